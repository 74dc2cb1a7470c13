"""Scripts that put no space between words (or join particles to them): how they are indexed. Pure.

The idea: a run of such letters is cut where the script changes, since Japanese writes words in Han
and Katakana and what joins them in Hiragana, and each piece into overlapping pairs of letters. Text
and query are cut alike, so no dictionary is needed: words in common show as pairs in common.
"""

from __future__ import annotations

from repo_mhm.lazy_pattern import lazy_pattern

PAIR = 2
"""Letters of a term: most Chinese words have two."""

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"
_SOUTH_EAST_ASIAN = "\u0e01-\u0e4e\u0e81-\u0ecf\u1000-\u104f\u1780-\u17d3"
LETTERS = _HAN + _HIRAGANA + _KATAKANA + _HANGUL + _SOUTH_EAST_ASIAN
"""All these letters, as the inside of a character class."""

_PIECE = lazy_pattern(
    f"[{_HAN}]+|[{_HIRAGANA}]+|[{_KATAKANA}]+|[{_HANGUL}]+|[{_SOUTH_EAST_ASIAN}]+|[^{LETTERS}]+"
)
_ANY = lazy_pattern(f"[{LETTERS}]")
_JOINING = lazy_pattern(f"[{_HIRAGANA}]+")
_BORDER = lazy_pattern(f"(?<=[{LETTERS}])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[{LETTERS}])")


def is_unspaced(text: str) -> bool:
    """Whether a text holds a letter of these scripts."""
    return not text.isascii() and bool(_ANY.search(text))


def is_joining(term: str) -> bool:
    """Whether a term is in Hiragana alone: mostly endings and particles."""
    return bool(_JOINING.fullmatch(term))


def script_pieces(token: str) -> list[str]:
    """A token cut where the script changes; letters of all other scripts stay together."""
    return _PIECE.findall(token)


def pairs(piece: str) -> list[str]:
    """The overlapping pairs of letters of a piece, or its only letter."""
    return [piece[start : start + PAIR] for start in range(max(1, len(piece) - PAIR + 1))]


def with_borders(text: str) -> str:
    """The text with a space where such a script meets a name in Latin letters."""
    return text if text.isascii() else _BORDER.sub(" ", text)
