"""Reads command lines of a plain form without typer, for answers that take less time than typer.

Only options that are listed are read, each in its simplest spelling. Whatever else stands there
(`--`, `-qm`, a value that looks like an option) makes it no plain command line, and typer reads it:
so this cannot mean anything else than typer does.

Nothing here is a dataclass: to import `dataclasses` takes a quarter of the time that a hook takes
which has nothing to do.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from repo_mhm.cli import run_options

_QUIET = ("-q", "--quiet")
_VALUED = ("-C", "--color")
"""Common options with a value."""


class PlainArguments:
    """A command line of a plain form."""

    def __init__(self) -> None:
        self.command = ""
        self.words: list[str] = []
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        """The last value of each option that has one."""
        self.repeated: set[str] = set()
        """Options with a value that come more than once."""
        self.folders: list[str] = []
        """Those of `-C`, each relative to the one before."""

    @property
    def is_quiet(self) -> bool:
        """Whether progress and remarks are left out."""
        return not self.flags.isdisjoint(_QUIET)


def read_plain(
    arguments: Sequence[str], command: str, flags: Collection[str], valued: Collection[str]
) -> PlainArguments | None:
    """A command line of `command` with no other options than these and the common ones.

    None where there is more to it.
    """
    plain = PlainArguments()
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            if not _take_word(plain, argument, command):
                return None
            continue

        allowed = _VALUED if not plain.command else (*_VALUED, *valued)
        name, equals, value = argument.partition("=")
        if argument in _QUIET or (plain.command and argument in flags):
            plain.flags.add(argument)
        elif name in allowed and (not equals or name.startswith("--")):
            value = value if equals else next(rest, "")
            if not _take_value(plain, name, value):
                return None
        else:
            return None
    return plain if plain.command else None


def _take_word(plain: PlainArguments, word: str, command: str) -> bool:
    """Whether a word is the command's name or stands behind it."""
    if not plain.command:
        plain.command = word
        return word == command
    plain.words.append(word)
    return True


def _take_value(plain: PlainArguments, name: str, value: str) -> bool:
    """Whether a value can be nothing else; an empty one, or one like an option, may be."""
    if not value or value.startswith("-"):
        return False
    if name == "-C":
        plain.folders.append(value)
    else:
        if name in plain.values:
            plain.repeated.add(name)
        plain.values[name] = value
    return plain.values.get("--color", "auto") in run_options.COLORS


@contextmanager
def in_effect(plain: PlainArguments) -> Iterator[None]:
    """Set what the common options say; the folder is the former one again at the end.

    Raises RepositoryError.
    """
    before = os.getcwd() if plain.folders else ""  # noqa: PTH109  a string is enough, and sooner
    if plain.is_quiet:
        run_options.set_quiet()
    if "--color" in plain.values:
        run_options.set_color(plain.values["--color"])  # type: ignore[arg-type]
    try:
        for folder in plain.folders:
            run_options.enter(folder)
        yield
    finally:
        if before:
            os.chdir(before)
