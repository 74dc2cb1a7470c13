"""Commands that are imported when they are first asked for: a run needs one of twenty.

Together their imports and options take a fifth of the time of a review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer.main

from repo_mhm.cli.command_line import CommandGroup, Program


class Source(NamedTuple):
    """Where a command is defined."""

    module: str
    """Of `repo_mhm.cli`; with nothing else named, its `app` is a group of commands."""
    function: str = ""
    examples: str = "EXAMPLES"


class LazyCommands(Mapping[str, Any]):
    """Commands by name, in the order of the help."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._commands: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._commands:
            self._commands[name] = _load(name, self._sources[name])
        return self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


class LazyProgram(Program):
    """All commands, of which only those are imported that are asked for."""

    sources: ClassVar[Mapping[str, Source]]

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.commands: Any = LazyCommands(self.sources)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(self.sources)


def _load(name: str, source: Source) -> Any:
    module = import_module(f"repo_mhm.cli.{source.module}")
    if not source.function:
        group = typer.main.get_group(module.app)
        group.name = name
        return group

    single = CommandGroup()
    single.add(name, *getattr(module, source.examples))(getattr(module, source.function))
    return typer.main.get_command(single)
