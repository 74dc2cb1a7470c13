"""Replies: what a model wrote, made fit to keep. Pure.

Owns the cleaning of notes: one line, no anchor repeated, no markup that could pass for structure, no cut-off word.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LIST_MARK = re.compile(r"^([-*•>#]\s+|\d+[.)]\s+)+")
_SPECIAL = re.compile(r"<\|[^|>]{0,40}\|>|</?s>|\[/?INST\]")
_ENDED = re.compile(r"[.!?…)`\"']$")
_CLAUSE = re.compile(r"^(.{30,}[.;])\s", re.DOTALL)
_EMPTY = frozenset({"", ".", "none", "n/a", "...", "…", "todo", "tbd"})


def clean_note(text: str, anchor: str, *, cut_off: bool = False) -> str:
    """One note's description from a model's raw completion; empty when it says nothing.

    `cut_off` says that the token limit ended it: the last sentence is then dropped, or an ellipsis shows the cut.
    """
    line = _SPECIAL.sub("", _CONTROL.sub(" ", text)).strip()
    line = " ".join(_LIST_MARK.sub("", line).split())
    for lead in (f"`{anchor}`", anchor):
        if anchor and line.startswith(lead):
            line = line[len(lead) :].lstrip(" :-–—")
            break
    if line.lower().strip("`*_ ") in _EMPTY:
        return ""
    return _close(line) if cut_off and not _ENDED.search(line) else line


def _close(line: str) -> str:
    whole = _CLAUSE.match(line + " ") if line.endswith((".", ";")) else _CLAUSE.match(line)
    if whole:
        return whole[1].rstrip(";")
    return line.rpartition(" ")[0].rstrip(" ,;:(`") + " …" if " " in line else line + "…"
