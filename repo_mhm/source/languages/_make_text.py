"""Makefiles whose variables are indented by tabs, which the grammar takes for lines of a recipe.

Where no rule is open, Make reads a line behind a tab as any other. A rule is open from its targets
to the next line without a tab that is neither empty, nor a comment, nor a condition.
"""

from __future__ import annotations

import re

_ASSIGNMENT = re.compile(
    rb"[ \t]*(?:(?:export|override|private)[ \t]+)*[^\s:#=+?!]+[ \t]*(?::{0,3}|[+?!])="
)
_KEEPS_RULE = re.compile(rb"[ ]*(?:#|\r?$|(?:ifn?eq|ifn?def|else|endif)\b)")
_RULE = re.compile(rb"[^=#]*:")


def without_tabs(data: bytes) -> bytes:
    """The text with a blank for each tab before a variable that is in no recipe."""
    if b"\n\t" not in data:
        return data
    lines = data.split(b"\n")
    is_rule_open = is_continued = False
    for number, line in enumerate(lines):
        if not is_continued:
            is_assignment = _ASSIGNMENT.match(line) is not None
            if line.startswith(b"\t"):
                if is_assignment and not is_rule_open:
                    lines[number] = line.replace(b"\t", b" ", len(line) - len(line.lstrip(b"\t")))
            elif not _KEEPS_RULE.match(line):
                is_rule_open = not is_assignment and _RULE.match(line) is not None
        is_continued = line.endswith((b"\\", b"\\\r"))
    return b"\n".join(lines)
