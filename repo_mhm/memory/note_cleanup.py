"""Clean what a model wrote for a note. Pure.

A note is one line without its anchor, and without markup that could pass for structure.
"""

from __future__ import annotations

import re
from unicodedata import category

LONGEST_NOTE = 400
"""Characters, about twice what a note's token limit allows, for engines that ignore the limit."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories of characters that could hide in a line, end it, or reverse its direction."""
_LIST_MARK = re.compile(r"^([-*•>]\s+|#{1,6}\s+|\d+[.)]\s+)+")
_SPECIAL_TOKEN = re.compile(r"<\|[^|>]{0,40}\|>|</?s>|\[/?INST\]")
_SENTENCE_END = re.compile(r"[.!?…)`\"']$")
_WHOLE_CLAUSES = re.compile(r"^(.{30,}[.;])\s", re.DOTALL)
_SAYS_NOTHING = frozenset({"", ".", "none", "n/a", "...", "…", "todo", "tbd"})


def clean_note(text: str, anchor: str, *, cut_off: bool = False) -> str:
    """One note's description from a model's raw completion; empty when it says nothing.

    `cut_off` says that the token limit ended it: then the unfinished last sentence is dropped, or
    an ellipsis shows the cut.
    """
    line = _without_anchor(_plain_line(text), anchor)
    if line.lower().strip("`*_ ") in _SAYS_NOTHING:
        return ""

    if len(line) > LONGEST_NOTE:
        line, cut_off = line[:LONGEST_NOTE].rstrip(), True
    is_unfinished = cut_off and not _SENTENCE_END.search(line)
    return _without_unfinished_end(line) if is_unfinished else line


def _plain_line(text: str) -> str:
    """One line of visible text, without special tokens and list marks."""
    characters = text[: 4 * LONGEST_NOTE]
    visible = "".join(" " if category(char) in _INVISIBLE else char for char in characters)
    line = _SPECIAL_TOKEN.sub("", visible).strip()
    return " ".join(_LIST_MARK.sub("", line).split())


def _without_anchor(line: str, anchor: str) -> str:
    """The line without the anchor it begins with, plain or quoted."""
    if not anchor:
        return line
    for lead in (f"`{anchor}`", anchor):
        if line.startswith(lead):
            return line[len(lead) :].lstrip(" :-–—")
    return line


def _without_unfinished_end(line: str) -> str:
    """A line up to its last whole clause, else up to its last whole word with an ellipsis."""
    clauses = _WHOLE_CLAUSES.match(line + " " if line.endswith((".", ";")) else line)
    if clauses:
        return clauses[1].rstrip(";")
    words = line.rpartition(" ")[0].rstrip(" ,;:(`")
    return f"{words} …" if words else f"{line}…"
