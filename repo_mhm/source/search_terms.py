"""Search terms: the words by which full-text search finds text and identifiers.

Owns how both the index and the queries are split into words. `HTTPDigestAuth.build_header` is found
by its parts and by itself, and so is `nonce_count`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"\w+")
_LONGEST_KEPT = 64
"""Longer tokens, such as data in base64, are not kept: they seldom come again."""
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")


def identifier_parts(identifier: str) -> list[str]:
    """The lower-case words of an identifier, split at underscores, digits and changes of case.

    >>> identifier_parts("numTimeouts2")
    ['num', 'timeouts', '2']
    """
    return [part.lower() for part in _PART.findall(identifier)]


def words(text: str) -> list[str]:
    """Every word of `text` in its order, lower case; identifiers both whole and in parts."""
    all_words: list[str] = []
    for token in _TOKEN.findall(text):
        is_kept = len(token) <= _LONGEST_KEPT
        all_words += _token_words(token) if is_kept else _token_words.__wrapped__(token)
    return all_words


@lru_cache(maxsize=2**14)
def _token_words(token: str) -> tuple[str, ...]:
    """The words of one token; source repeats its identifiers, and splitting them takes long."""
    parts = identifier_parts(token)
    return tuple(parts) if len(parts) == 1 else (token.lower(), *parts)


def searchable_text(text: str) -> str:
    """What the full-text index stores for `text`."""
    return " ".join(words(text))


def match_any(terms: Iterable[str]) -> str:
    """An FTS5 query for rows that hold any of `terms`; empty if there are none.

    Every term is quoted, so that none can be an operator; terms with a quote in them are left out.
    A term that comes twice counts twice. Words with spaces between them must stand together.
    """
    return " OR ".join(f'"{term}"' for term in terms if '"' not in term)
