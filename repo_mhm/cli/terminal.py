"""What the commands print with: consoles, tables, JSON and errors.

Every console makes what it prints harmless at the very end, whatever its callers did. Text that is
written around it (JSON, SARIF, annotations) is escaped by its own format.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TextIO

from repo_mhm.cli import run_options
from repo_mhm.errors import RepoMhmError
from repo_mhm.formatting import escaped_json, safe, without_commands

if TYPE_CHECKING:
    from rich.console import Console
    from rich.segment import Segment
    from rich.table import Table

SCHEMA = 1
"""Version of what `--json` prints: fields are added freely, never renamed."""


def console(*, stderr: bool = False) -> Console:
    """The console for data (stdout), or for progress and remarks (stderr).

    Markup and highlighting are off: what is printed is the repository's text. With `--quiet` there
    is nothing on stderr but what `print_warning` and `print_error` print.
    """
    return _console(stderr, run_options.chosen_color(), stderr and run_options.is_quiet())


def _let_text_pass(stream: TextIO) -> None:
    """A terminal without UTF-8 must not be what a command fails on."""
    with suppress(AttributeError):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]


@lru_cache(maxsize=None)
def _console(stderr: bool, color: run_options.Color, is_quiet: bool) -> Console:
    from rich import console

    _let_text_pass(sys.stderr if stderr else sys.stdout)

    class Console(console.Console):
        begins_line = True
        """Whether what is written next begins a line."""

        @property
        def is_terminal(self) -> bool:
            """Whether somebody reads it now; that output is coloured does not say so."""
            return bool(getattr(self.file, "isatty", bool)())

        def _render_buffer(self, buffer: Iterable[Segment]) -> str:
            """All that is written goes through here: progress bars and tables as well."""
            segments = (
                segment if segment.control else segment._replace(text=safe(segment.text))
                for segment in buffer
            )
            text = super()._render_buffer(segments)
            harmless = without_commands(text, at_line_start=self.begins_line)
            self.begins_line = text.endswith("\n") if text else self.begins_line
            return harmless

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1; `program` ends without an error

    return Console(
        stderr=stderr,
        color_system=_color_system(color),
        no_color=False,
        quiet=is_quiet,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=True,
    )


def _color_system(
    color: run_options.Color,
) -> Literal["auto", "standard", "256", "truecolor"] | None:
    """What rich is to write: nothing at all, what the terminal can show, or at least something."""
    if color != "always":
        return "auto" if color == "auto" else None
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    return "256" if "256" in os.environ.get("TERM", "") else "standard"


def print_line(text: str) -> None:
    """Print one line of data on stdout as it is: rich would turn tabs into spaces."""
    _let_text_pass(sys.stdout)
    sys.stdout.write(f"{text}\n")


def print_safely(text: str) -> None:
    """Print one line on stdout without styles, made harmless as a console does.

    It needs no console, which takes 20 ms to import.
    """
    print_line(without_commands(safe(text)))


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line, with the schema's version first."""
    document = json.dumps({"schema": SCHEMA, **value}, ensure_ascii=False, default=str)
    sys.stdout.write(f"{escaped_json(document)}\n")


def print_warning(text: str) -> None:
    """Print what the user must know, on stderr; also with `--quiet`."""
    _loud_console().print(f"warning: {safe(text)}", style="dim")


def _loud_console() -> Console:
    return _console(True, run_options.chosen_color(), False)


def print_error(error: RepoMhmError) -> None:
    """Print what failed in red, and what to do next."""
    from rich.text import Text

    text = Text.assemble(("error: ", "bold red"), safe(error.message))
    if error.hint:
        text.append("\nhint: ", "bold").append(safe(error.hint))
    _loud_console().print(text)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A plain table; the columns named in `right` hold numbers."""
    from rich import box
    from rich.table import Table

    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        empty.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return empty
