"""Cosmetic changes: hunks that change only how code looks. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from repo_mhm.review.edits import Edit
from repo_mhm.source.code_tokens import TOKEN
from repo_mhm.source.unified_diff import Hunk

_LOCAL_NAME = re.compile(r"[a-z_]\w*")
_LAYOUT = frozenset({",", "(", ")", "\\"})
"""Tokens that formatting adds and removes."""

TextAndCode = tuple[str, str]
"""A line and its mask."""


def is_cosmetic(edit: Edit, hunk: Hunk) -> bool:
    """Whether a hunk changes only comments, white space, quotes or the names of local variables."""
    old, new = edit.old, edit.new
    if new is None or new.language is None:
        return False

    was = [(line.text, old.code_line(line.old)) for line in hunk.removed] if old else []
    now = [(line.text, new.code_line(line.new)) for line in hunk.added]
    if _strings(was) != _strings(now):
        return False

    before, after = _tokens(was), _tokens(now)
    old_words = set(re.findall(r"\w+", old.code)) if old else set()
    return _without_layout(before) == _without_layout(after) or _is_renaming(
        before, after, old_words
    )


def _tokens(lines: Sequence[TextAndCode]) -> list[str]:
    return TOKEN.findall("\n".join(code for _, code in lines))


def _strings(lines: Sequence[TextAndCode]) -> list[str]:
    """The strings of lines that have code too: a string alone on its lines is a docstring."""
    texts = [text for text, code in lines if code.strip().strip('"').strip()]
    return re.findall(r'"([^"\n]*)"', "\n".join(texts).replace("'", '"'))


def _without_layout(tokens: Sequence[str]) -> list[str]:
    """Tokens without layout, and without strings, which are compared by themselves."""
    return [token for token in tokens if token not in _LAYOUT and not token.startswith('"')]


def _is_renaming(before: Sequence[str], after: Sequence[str], old_words: Collection[str]) -> bool:
    """Whether lower-case names were replaced, each by one that the old file did not have."""
    if len(before) != len(after):
        return False

    new_name: dict[str, str] = {}
    for old, new in zip(before, after, strict=True):
        if new_name.setdefault(old, new) != new:
            return False

    renamed = {old: new for old, new in new_name.items() if old != new}
    if any(name in old_words for name in renamed.values()):
        return False
    return all(_LOCAL_NAME.fullmatch(word) for pair in renamed.items() for word in pair)
