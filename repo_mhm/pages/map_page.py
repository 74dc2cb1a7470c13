"""What the map of a repository says: plain records, each statement with its location. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from repo_mhm.location import Location


@dataclass(frozen=True, slots=True)
class Statement:
    """A text of the repository and the lines that say it."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class KeySymbol:
    """A definition that much of the repository depends on."""

    name: str
    """Qualified, as in `Session.send`."""
    kind: str
    doc: str
    """The first sentence of its documentation; may be empty."""
    location: Location


@dataclass(frozen=True, slots=True)
class MapModule:
    """A file, a file with its header, or a folder: one node of the dependency graph."""

    path: str
    files: tuple[str, ...]
    """Its files of source, the most valuable first."""
    lines: int
    """How many lines its files have together."""
    purpose: Statement | None
    """What its authors say it is for."""
    note: Statement | None
    """What a model's note says it is for, where its authors say nothing."""
    symbols: tuple[KeySymbol, ...]
    """Its most valuable definitions, the best first."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One module imports another."""

    importer: str
    """Path of the module that imports."""
    imported: str
    statements: tuple[Location, ...]
    """The import statements, by path and line."""


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A function on a chain of calls."""

    name: str
    location: Location
    """Its definition."""
    call: Location | None
    """The line of the step before that calls it; None for the first."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Where calls enter the code, and what they lead to."""

    kind: str
    """`command`, `script`, `route`, `main`, or `API` for what other code calls."""
    name: str
    """As users write it: a command, the path of a route, a function."""
    location: Location
    chain: tuple[ChainStep, ...]
    """What it calls, one function after the other; without exact calls it has no steps."""
    also: tuple[KeySymbol, ...] = ()
    """Other entry points that lead into the same chain."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file and how many of the newest commits changed it."""

    path: str
    commits: int


@dataclass(frozen=True, slots=True)
class History:
    """The files that change most."""

    commits: int = 0
    """How many of the newest commits were counted."""
    files: tuple[ChangedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenCommand:
    """A command that a file of the repository gives."""

    task: str
    """What it is for: one of `commands_seen.TASKS`, or empty."""
    command: str
    location: Location


@dataclass(frozen=True, slots=True)
class FileCount:
    """How many files of one role or language there are."""

    name: str
    files: int


@dataclass(frozen=True, slots=True)
class MapPage:
    """All that the map says."""

    title: str
    about: Statement | None
    """What its authors say the project is."""
    languages: tuple[FileCount, ...]
    """Source files by language, most first."""
    roles: tuple[FileCount, ...]
    """Files that are no source, by role: tests, documents …"""
    entry_points: tuple[EntryPoint, ...]
    modules: tuple[MapModule, ...]
    """Most valuable first."""
    grouped: tuple[str, ...]
    """Paths of the modules that are drawn as one, because there are too many; empty otherwise."""
    dependencies: tuple[Dependency, ...]
    cycles: tuple[tuple[str, ...], ...]
    """Modules that import each other, directly or through others."""
    history: History
    commands: tuple[SeenCommand, ...]
    gaps: tuple[str, ...]
    """What the page does not show, one sentence each."""
    scope: tuple[str, ...] = ()
    """The part of the repository that it is about; empty for all of it."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON (DESIGN §12)."""
        return asdict(self)
