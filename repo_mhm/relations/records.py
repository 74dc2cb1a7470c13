"""The records of relations: uses, calls, classes, imports, errors, values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from repo_mhm.location import Location
from repo_mhm.source.symbols import Symbol

UseKind = Literal["call", "import", "base", "name"]
"""`base` is a name in a class's list of bases."""


@dataclass(frozen=True, slots=True)
class Use:
    """One line that uses a symbol."""

    path: str
    line: int
    kind: UseKind
    code: str
    """The line without the white space around it."""
    user: Symbol | None
    """The innermost definition around the line; None at the top of a file."""
    by_name_only: bool = False
    """Whether several definitions share the name, and nothing decides which is meant."""
    is_doubtful: bool = False
    """Whether the name stands behind a receiver of which nothing is known, and which is not called
    like its class either."""
    via: str = ""
    """Qualified name of the base's member that the line means, where the symbol overrides it."""
    is_guess: bool = False
    """Whether nothing but names led to it: no import, class, module or scope."""
    name: str = ""
    """What the line calls the symbol."""

    @property
    def location(self) -> Location:
        """The line."""
        return Location(self.path, self.line, self.line)


@dataclass(frozen=True, slots=True)
class Callee:
    """One call in a function's body."""

    name: str
    """As the call writes it, with its receiver: `self.get_adapter`."""
    path: str
    line: int
    code: str
    targets: tuple[Symbol, ...]
    """The definitions that it may mean; none where it is defined elsewhere."""
    by_name_only: bool = False

    @property
    def location(self) -> Location:
        """The line."""
        return Location(self.path, self.line, self.line)


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that a function raises itself."""

    error: str
    path: str
    line: int
    target: Symbol | None
    """Its class, where the repository defines it."""


@dataclass(frozen=True, slots=True)
class ConstantUse:
    """A constant that a function's body uses."""

    symbol: Symbol
    value: str
    """As the code writes it, on one line."""
    line: int
    """The first line that uses it."""


@dataclass(frozen=True, slots=True)
class Import:
    """One statement that imports or includes something."""

    path: str
    line: int
    code: str
    module: str
    names: tuple[str, ...]
    targets: tuple[str, ...]
    """Files of the repository that it leads to; none where the module is elsewhere."""

    @property
    def location(self) -> Location:
        """Its first line."""
        return Location(self.path, self.line, self.line)


@dataclass(frozen=True, slots=True)
class Relative:
    """A base of a class, or a class that has it as its base."""

    name: str
    """As the code writes it."""
    path: str
    line: int
    code: str
    symbol: Symbol | None
    """None where the repository does not define it."""
    by_name_only: bool = False
    """Whether only the last part of the base's name is the one that was asked for."""

    @property
    def location(self) -> Location:
        """The line."""
        return Location(self.path, self.line, self.line)


@dataclass(frozen=True, slots=True)
class Call:
    """One step of a call chain."""

    caller: Symbol
    callee: Symbol
    line: int
    """In the caller's file."""
