"""Replies: what a model wrote, made fit to keep. Pure.

Owns the cleaning of notes: one line, no anchor repeated, no markup that could pass for structure, no cut-off word.
"""

from __future__ import annotations

import re
from unicodedata import category

LONGEST_NOTE = 400
"""Characters; about twice what the token limit of a note allows, for engines that do not keep it."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories of what could hide in a line, end it or turn it round."""
_LIST_MARK = re.compile(r"^([-*•>]\s+|#{1,6}\s+|\d+[.)]\s+)+")
_SPECIAL = re.compile(r"<\|[^|>]{0,40}\|>|</?s>|\[/?INST\]")
_ENDED = re.compile(r"[.!?…)`\"']$")
_CLAUSE = re.compile(r"^(.{30,}[.;])\s", re.DOTALL)
_EMPTY = frozenset({"", ".", "none", "n/a", "...", "…", "todo", "tbd"})


def clean_note(text: str, anchor: str, *, cut_off: bool = False) -> str:
    """One note's description from a model's raw completion; empty when it says nothing.

    `cut_off` says that the token limit ended it: the last sentence is then dropped, or an ellipsis shows the cut.
    """
    visible = "".join(
        " " if category(char) in _UNSEEN else char for char in text[: 4 * LONGEST_NOTE]
    )
    line = _SPECIAL.sub("", visible).strip()
    line = " ".join(_LIST_MARK.sub("", line).split())
    for lead in (f"`{anchor}`", anchor):
        if anchor and line.startswith(lead):
            line = line[len(lead) :].lstrip(" :-–—")
            break
    if line.lower().strip("`*_ ") in _EMPTY:
        return ""
    if len(line) > LONGEST_NOTE:
        line, cut_off = line[:LONGEST_NOTE].rstrip(), True
    return _close(line) if cut_off and not _ENDED.search(line) else line


def _close(line: str) -> str:
    whole = _CLAUSE.match(line + " ") if line.endswith((".", ";")) else _CLAUSE.match(line)
    if whole:
        return whole[1].rstrip(";")
    words = line.rpartition(" ")[0].rstrip(" ,;:(`")
    return f"{words} …" if words else f"{line}…"
