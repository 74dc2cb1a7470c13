"""What the prompt offers while a command, a file or a symbol is being typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.prompt_commands import COMMANDS
from tui.rows import Row, Rows
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.store import Store

MOST_FILES = 6
MOST_SYMBOLS = 6
"""Files and symbols that are offered."""
_COMMAND = re.compile(r"/[a-z]*")
_MENTION = re.compile(r"(?:^|(?<=[\s(]))@([^\s@]{0,200})$")
_SOURCE = re.compile(r"/source +([^\s]{0,200})$")


@dataclass(frozen=True, slots=True)
class Typed:
    """The word that is being typed: what may complete it, and where it begins in its line."""

    kind: Literal["command", "name"]
    word: str
    start: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What a choice puts in the place of the typed word, and how it is shown."""

    text: str
    label: str
    detail: str
    runs: bool = False
    """Whether it is a command that is run at once."""


def typed_word(line: str, *, is_first_line: bool = True) -> Typed | None:
    """Return the word at the end of a line if it can be completed."""
    if is_first_line and _COMMAND.fullmatch(line):
        return Typed("command", line[1:], 0)
    mention = _MENTION.search(line)
    if mention is not None:
        return Typed("name", mention[1], mention.start(1) - 1)
    source = _SOURCE.match(line) if is_first_line else None
    return None if source is None else Typed("name", source[1], source.start(1))


def command_completions(word: str) -> list[Completion]:
    """Return the commands whose names begin with a word."""
    return [
        Completion(
            f"/{command.name}" if command.is_complete else f"/{command.name} ",
            f"/{command.name} {command.argument}".rstrip(),
            command.help,
            runs=command.is_complete,
        )
        for command in COMMANDS
        if command.name.startswith(word)
    ]


def name_completions(store: Store, word: str, prefix: str) -> list[Completion]:
    """Return the files and symbols that a word may mean; `prefix` goes in front of each."""
    path = word.removeprefix("./")
    files = store.paths_like(path, MOST_FILES) if path else []
    symbols = store.symbols_like(word, MOST_SYMBOLS) if word else store.best_symbols(MOST_SYMBOLS)
    named = [
        Completion(f"{prefix}{name} ", single_line(name), f"{kind} in {single_line(path)}:{line}")
        for name, kind, path, line in symbols
    ]
    # A space would end the mention, so such a file cannot be named in one.
    listed = [
        Completion(f"{prefix}{file} ", single_line(file), "file")
        for file in files
        if " " not in file
    ]
    return [*listed, *named]


class Completions(Rows, can_focus=False):
    """The list of what may be meant, above the prompt, which keeps the focus."""

    DEFAULT_CSS = """
    Completions {
        height: auto; max-height: 8; max-width: 100; display: none; padding: 0 2;
        background: $panel;
        &.-open { display: block; }
        & > .rows--cursor { background: $primary 45%; text-style: bold; }
        &:ansi > .rows--cursor { background: ansi_default; text-style: reverse; }
    }
    """

    @property
    def is_open(self) -> bool:
        """Whether anything is offered."""
        return self.has_class("-open")

    @property
    def chosen(self) -> Completion | None:
        """What is under the cursor."""
        row = self.current
        return row.key if row is not None and isinstance(row.key, Completion) else None

    def offer(self, completions: Sequence[Completion]) -> None:
        """Show what may be meant; nothing closes the list."""
        width = max((len(completion.label) for completion in completions), default=0)
        self.show_rows([_row(completion, width) for completion in completions], 0)
        self.set_class(bool(completions), "-open")


def _row(completion: Completion, width: int) -> Row:
    label = completion.label.ljust(min(width, 40))
    return Row(((label, "name"), (f"  {completion.detail}", "dim")), completion)
