"""A change of one definition, as its users may notice it, and the lines that show it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from repo_mhm.review.edits import Edit
from repo_mhm.review.result_changes import ResultDifference
from repo_mhm.review.signature_changes import Difference, OverloadsDifference
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.unified_diff import Line


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """One definition that changed."""

    kind: Literal["removed", "signature", "result", "constant"]
    symbol: Symbol
    """As the old tree has it: its uses are looked for there."""
    named: Symbol
    """What users name: the symbol, or the class of a constructor."""
    language: Language
    path: str
    line: int
    """Where the diff shows it, in the new file."""
    message: str
    difference: Difference | OverloadsDifference | None = None
    result: ResultDifference | None = None
    was: str = ""
    """The first line of the definition that the diff removes."""
    new_path: str = ""
    """Where the file of a removed definition is now, if it moved as a whole."""
    is_renamed: bool = False
    """Whether the definition is still there under another name."""
    is_file_gone: bool = False
    is_hidden: bool = False
    """Whether it is still there, and other files cannot name it any more."""
    is_field: bool = False
    """Whether it is a field that no definition declares."""


def names_of(change: SymbolChange) -> set[str]:
    """The names by which the users of a change may call it."""
    return {change.symbol.name, change.named.name}


def removed_text(edit: Edit, symbol: Symbol) -> str:
    """The first line of an old definition that the diff removes; empty where it removes none."""
    line = first_removed_line(edit, symbol)
    return line.text if line else ""


def first_removed_line(edit: Edit, symbol: Symbol) -> Line | None:
    """The first line of an old definition that the diff removes."""
    return edit.first_removed(symbol.start, symbol.end)


def has_decorator(text: str, names: Sequence[str]) -> bool:
    """Whether a line of the text is one of these decorators (regular expressions)."""
    if not names:
        return False
    pattern = rf"^\s*@(?:\w+\.)*(?:{'|'.join(names)})\b"
    return re.search(pattern, text, re.MULTILINE) is not None
