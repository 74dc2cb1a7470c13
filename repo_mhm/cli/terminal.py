"""How results look in a terminal: consoles, tables, and text that cannot do harm.

Repository text, file names and model output go through `safe` before they are printed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from repo_mhm.errors import RepoMhmError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

SCHEMA = 1
"""Version of what `--json` prints: fields are added freely, never renamed."""

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: str) -> str:
    """`text` with control characters, escapes, bidirectional overrides and lone surrogates made visible.

    Line ends and tabs stay.
    """
    return _UNSAFE.sub(
        lambda found: (
            f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}"
        ),
        text,
    )


@lru_cache(maxsize=None)
def console(*, stderr: bool = False) -> Console:
    """The console for data (stdout) or for progress and diagnostics (stderr). Markup and highlighting are off."""
    from rich import console

    class Console(console.Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1 here; `cli` knows better

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line, with the schema's version first."""
    sys.stdout.write(json.dumps({"schema": SCHEMA, **value}, ensure_ascii=False, default=str))
    sys.stdout.write("\n")


def print_error(error: RepoMhmError) -> None:
    """What failed in red, and what to do next."""
    from rich.text import Text

    text = Text.assemble(("error: ", "bold red"), safe(error.message))
    if error.hint:
        text.append("\nhint: ", "bold").append(safe(error.hint))
    console(stderr=True).print(text)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A plain table; the columns named in `right` hold numbers."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def count(number: int, noun: str) -> str:
    """`1 chunk`, `2,000 chunks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
