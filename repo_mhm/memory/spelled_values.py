"""What code spells beside a name: a constant's value, defaults, a short function's result. Pure.

The idea. A name can be looked up; that a limit is 8192 is what nobody guesses. So where a value is
short, the memory says it right behind the name: `LIMIT=8192`, `send(timeout=30)`, `size()=64`, and
`get()→request` for a function that does nothing but pass its call on. All of it is cut out of the
code, and nothing is said where the code may mean something else: of a constant that is assigned
within a condition, or of a function with more than one statement.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source.code_tokens import arguments
from repo_mhm.source.symbols import Symbol

MOST_CHARACTERS = 24
"""A longer value is not said."""
MOST_DEFAULTS = 3
"""Defaults of one function that are said; of more, the first."""
MOST_CODE = 400
"""Characters of such a function. A longer line is not read: patterns take time on it."""
MOST_LINES = 4
"""Lines of a function that has a single statement: signature, documentation, statement, end."""

_NUMBER = r"[-+]?(?:0[xXbBoO][\w]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?[a-zA-Z%]{0,3}|\.\d+)"
_STRING = r"[rbuf]?\"[^\"\n]*\"|[rbuf]?'[^'\n]*'|`[^`\n$]*`"
_WORD = r"[Tt]rue|[Ff]alse|None|null|nil|undefined"
_PRODUCT = r"[\w. ]+[-+*<|][\w.<| ]+"
_NAME = r"[A-Za-z_$][\w$]*"
_LITERAL = lazy_pattern(rf"{_NUMBER}|{_STRING}|{_WORD}|{_PRODUCT}")
_ALIAS = lazy_pattern(rf"(?:{_NAME}(?:\.|::))*({_NAME})")
_QUOTED = lazy_pattern(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`")
# A name begins at a word's beginning: tried inside words, it takes the square of their length.
_DEFAULT = lazy_pattern(
    rf"[^=]*?(?<![\w$])({_NAME})\??\s*(?::(?!:)[^=]{{0,80}})?(?<![=!<>])=(?![=>])\s*(\S.*)"
)
_DOCUMENTATION = lazy_pattern(r"^\s*(?:\"\"\".*?\"\"\"|'''.*?'''|\"[^\"]*\")\s*")
_SINGLE_STATEMENT = lazy_pattern(
    r"[\s:{]*(?P<returns>=>\s*|return\b\s*)*(?P<value>[^;{}]+?)[;}\s]*(?:\bend\s*)?"
)
_SAYS_NOTHING = frozenset({"None", "null", "nil", "undefined", '""', "''"})
"""A default or result that only says that there is none."""
_RETURNS_LAST = (".rs", ".rb", ".ex", ".exs", ".scala", ".swift", ".kt")
"""Endings of the languages in which a function returns its last expression."""
_CALL = lazy_pattern(rf"(?:await\s+)?({_NAME})\(([^()]*)\)")


class Spelled(NamedTuple):
    """What is said behind a name."""

    text: str
    values: tuple[str, ...]
    """The values in it, as the code writes them."""


NOTHING = Spelled("", ())


def spelled(symbol: Symbol, code: str, is_defined: Container[str]) -> Spelled:
    """What the code says of a symbol in a few characters.

    `code` is its lines, `is_defined` the names of all symbols: an alias of one says something.
    """
    if symbol.kind == "constant":
        return _constant(symbol, code, is_defined)
    if symbol.kind not in CALLABLE_KINDS:
        return NOTHING
    result = _result(symbol, code, is_defined)
    return result if result.text else _defaults(symbol)


def _constant(symbol: Symbol, code: str, is_defined: Container[str]) -> Spelled:
    is_conditional = not symbol.container and code[:1].isspace()
    value = symbol.signature.partition("=")[2].strip().rstrip(";,").rstrip()
    if is_conditional or not _is_short(value):
        return NOTHING
    alias = _ALIAS.fullmatch(value)
    is_alias = alias is not None and alias[1] in is_defined and alias[1] != symbol.name
    return Spelled(f"={value}", (value,)) if _LITERAL.fullmatch(value) or is_alias else NOTHING


def _is_short(value: str) -> bool:
    return 0 < len(value) <= MOST_CHARACTERS


def _result(symbol: Symbol, code: str, is_defined: Container[str]) -> Spelled:
    """What a function of one statement returns, or which function it passes its call on to."""
    if symbol.end - symbol.start >= MOST_LINES or len(code) > MOST_CODE:
        return NOTHING
    folded = " ".join(code.split())
    # The signature of an arrow function reaches to its end.
    signature = symbol.signature.partition("=>")[0]
    begin = folded.find(signature)
    if begin < 0:
        return NOTHING
    body = folded[begin + len(signature) :].lstrip(" :")
    statement = _SINGLE_STATEMENT.fullmatch(_DOCUMENTATION.sub("", body, count=1))
    if statement is None:
        return NOTHING
    value = statement["value"]
    call = _CALL.fullmatch(value)
    if call and call[1] in is_defined and call[1] != symbol.name:
        return Spelled(f"()→{call[1]}", (call[1],))
    is_returned = statement["returns"] or symbol.path.endswith(_RETURNS_LAST)
    is_value = is_returned and value not in _SAYS_NOTHING and _is_short(value)
    is_value = is_value and _LITERAL.fullmatch(value) is not None
    return Spelled(f"()={value}", (value,)) if is_value else NOTHING


def _defaults(symbol: Symbol) -> Spelled:
    """The defaults of a function that are literals."""
    signature = symbol.signature
    mask = _QUOTED.sub(lambda match: "_" * len(match[0]), signature)
    opening = mask.find("(", max(0, mask.find(symbol.name)))
    parts = arguments(mask, signature, opening) if opening >= 0 else None
    pairs = [match.groups() for part in parts or () if (match := _DEFAULT.fullmatch(part))]
    literal = [
        (name, value)
        for name, value in pairs
        if _is_short(value) and _LITERAL.fullmatch(value) and value not in _SAYS_NOTHING
    ]
    shown = literal[:MOST_DEFAULTS]
    if not shown:
        return NOTHING
    text = ", ".join(f"{name}={value}" for name, value in shown)
    return Spelled(f"({text})", tuple(value for _, value in shown))


class Surprise:
    """How little a value could have been guessed, by how rare it is in the repository."""

    def __init__(self, counts: Mapping[str, int], total: int) -> None:
        """`counts` say how often the code spells a value, of `total` values; others occur once."""
        self._counts = counts
        self._total = total

    @classmethod
    def among(cls, values: Iterable[str]) -> Surprise:
        """Among these values, which are all that the code spells."""
        counts = Counter(values)
        return cls(counts, counts.total())

    def of(self, spelled_value: Spelled) -> float:
        """From 0, for what nearly all values are, to 1 for one that occurs once."""
        most = math.log1p(self._total)
        shares = [
            math.log1p(self._total / self._counts.get(value, 1)) / most
            for value in spelled_value.values
        ]
        return max(shares, default=0.0)
