"""Search terms: the words by which full-text search finds text and identifiers.

Owns how both the index and the queries are split into words. `HTTPDigestAuth.build_header` is found
by its parts and by itself, and so is `nonce_count`; words of scripts without spaces by pairs of
their letters. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import lru_cache

from repo_mhm.source.unspaced import is_unspaced, pairs, script_pieces

_TOKEN = re.compile(r"\w+")
_LONGEST_KEPT = 64
"""Longer tokens, such as data in base64, are not kept: they seldom come again."""
_MOST_KEPT = 2**15
"""Tokens: about 8 MB."""
_SHORTEST_INFLECTED = 5
"""Letters; shorter words are compared whole."""
_STEM_LETTERS = 5
"""As `answerability` compares words."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")


def identifier_parts(identifier: str) -> list[str]:
    """The lower-case words of an identifier, split at underscores, digits and changes of case.

    >>> identifier_parts("numTimeouts2")
    ['num', 'timeouts', '2']
    """
    return [part.lower() for part in _PART.findall(identifier)]


def words(text: str) -> list[str]:
    """Every word of `text` in its order, lower case; identifiers both whole and in parts."""
    return [word for words in map(_kept_words.__getitem__, _TOKEN.findall(text)) for word in words]


class _KeptWords(dict[str, tuple[str, ...]]):
    """The words of tokens; source repeats its identifiers, and splitting them takes long."""

    def __missing__(self, token: str) -> tuple[str, ...]:
        words = _token_words(token)
        if len(token) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[token] = words
        return words


class _KeptTexts(dict[str, str]):
    """The same as texts, which are put together in half the time."""

    def __missing__(self, token: str) -> str:
        text = " ".join(_kept_words[token])
        if len(token) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[token] = text
        return text


_kept_words = _KeptWords()
_kept_texts = _KeptTexts()


def _token_words(token: str) -> tuple[str, ...]:
    if is_unspaced(token):
        return tuple(word for piece in script_pieces(token) for word in _piece_words(piece))
    parts = identifier_parts(token)
    return tuple(parts) if len(parts) == 1 else (token.lower(), *parts)


def _piece_words(piece: str) -> Iterable[str]:
    return pairs(piece) if is_unspaced(piece) else _token_words(piece)


def searchable_text(text: str) -> str:
    """What the full-text index stores for `text`."""
    return " ".join(map(_kept_texts.__getitem__, _TOKEN.findall(text)))


def match_any(terms: Iterable[str]) -> str:
    """An FTS5 query for rows that hold any of `terms`; empty if there are none.

    Every term is quoted, so that none can be an operator; terms with a quote in them are left out.
    A term that comes twice counts twice. Words with spaces between them must stand together. Words
    that no stemmer of the index knows match by how they begin.
    """
    return " OR ".join(_match(term) for term in terms if '"' not in term)


def _match(term: str) -> str:
    stem = inflected_stem(term)
    return f'"{stem}"*' if stem else f'"{term}"'


@lru_cache(maxsize=2**10)
def inflected_stem(term: str) -> str:
    """What the forms of a word have in common; empty for words that the index stems itself.

    The index knows English endings. In other alphabets the beginning of a word stands for its
    forms, as many languages put endings of one to five letters there.
    """
    is_word = len(term) >= _SHORTEST_INFLECTED and term.isalpha() and not _LATIN.search(term)
    if not is_word or is_unspaced(term):
        return ""
    return term[: max(_SHORTEST_INFLECTED - 1, min(len(term) - 1, _STEM_LETTERS))]


def holds(text_words: Set[str], term: str) -> bool:
    """Whether words of a text hold a term, or one of its forms, as full-text search finds them."""
    if term in text_words or term.removesuffix("s") in text_words:
        return True
    stem = inflected_stem(term)
    return bool(stem) and any(word.startswith(stem) for word in text_words)
