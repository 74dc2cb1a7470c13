"""Files and symbols that a question names with `@`: what they mean in the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.store import Store

_MENTION = re.compile(r"(?:^|(?<=[\s(]))@([^\s@]{1,300})")
_LINES = re.compile(r":\d{1,9}(?:-\d{1,9})?$")
_PUNCTUATION = "?!.,;:)\"'"


def resolve_mentions(store: Store, text: str) -> tuple[str, tuple[str, ...]]:
    """Return the question with its mentions as plain names, and the files that they name.

    A mention that is neither a file nor a symbol stays as it is: it may be a decorator.
    """
    files: list[str] = []

    def resolved(match: re.Match[str]) -> str:
        name = match[1].rstrip(_PUNCTUATION)
        rest = match[1][len(name) :]
        path = _LINES.sub("", name)
        if path and store.chunk_counts([path]).get(path):
            files.append(name)
            return f"{name}{rest}"
        if name and store.symbols_named([name], 1):
            return f"`{name}`{rest}"
        return match[0]

    return _MENTION.sub(resolved, text), tuple(dict.fromkeys(files))
