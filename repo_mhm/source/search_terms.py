"""Words: how text and identifiers are split for full-text search. Pure.

`HTTPDigestAuth.build_header` is found by its parts and by itself; so is `nonce_count`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")


def identifier_parts(identifier: str) -> list[str]:
    """The lower-case words of an identifier, split at underscores, digits and case: `numTimeouts2` has three."""
    return [part.lower() for part in _PART.findall(identifier)]


def words(text: str) -> list[str]:
    """Every word of `text`, lower case: identifiers both whole and in parts, in the order of the text."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        pieces = identifier_parts(token)
        if len(pieces) != 1:
            found.append(token.lower())
        found += pieces
    return found


def searchable_text(text: str) -> str:
    """What the full-text index holds for `text`."""
    return " ".join(words(text))


def match_any(terms: Iterable[str]) -> str:
    """An FTS5 query for rows that hold any of `terms`; every term is quoted, so none can be an operator."""
    return " OR ".join(f'"{term}"' for term in dict.fromkeys(terms) if '"' not in term)
