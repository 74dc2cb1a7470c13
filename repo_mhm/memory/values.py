"""The value of files and symbols: which of them a reader should hear of first, and why. Pure.

The idea: a symbol is worth the square root of its PageRank, since a symbol with ten users is not
worth ten times as much as a symbol with one. That is multiplied by factors, each with a reason: the
role of its file (source, tests, documents …), whether other code may use it, whether calls enter
the code through it, and how often its file was changed of late. The same values order the names of
the overview, divide the memory among its heads, and order the chunks that a model reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from repo_mhm.source.file_roles import (
    is_configuration,
    is_documentation,
    is_example,
    is_history,
    is_test,
)
from repo_mhm.source.redaction import MASK
from repo_mhm.source.symbols import Symbol

NAMED_KINDS = frozenset(
    "class command constant function method module route table test type".split()
)
"""Kinds of symbols that the memory names; the others are headings, keys and the like."""

SOURCE, TESTS, EXAMPLES, DOCUMENTS, CONFIGURATION = 1.0, 0.1, 0.1, 0.05, 0.02
"""Factor for the role of a file: source over tests and examples, documents, configuration."""
PRIVATE = 0.6
"""Factor for a symbol that its own file or class keeps to itself."""
ENTRY_POINT = 1.5
"""Factor for a public function that no source calls, a route, a command, and `main`."""
TEST = 0.1
"""Factor for a test itself: its name says what it does, and nothing uses it."""
LOCAL = 0.3
"""Factor for what a function defines inside itself."""
STEP = 1.15
"""Values lie this factor apart; PageRank of all symbols changes a little with every commit."""
CENTRAL = 1.0
"""What the file gains that most other files use, as a part of its value."""
CHANGED = 0.5
"""What the file gains that was changed most of late, as a part of its value."""

_FOR_TOOLS = re.compile(
    r"(?i)(\.(css|html?)"
    r"|(^|/)(makefile|dockerfile|gemfile|rakefile|setup\.py|noxfile\.py|tasks\.py|conf\.py"
    r"|conftest\.py|gulpfile\.\w+|.*\.config\.\w+))$"
)
_NOT_NOTED = re.compile(
    r"(?i)(^|/)(\.(gitignore|gitattributes|gitmodules|editorconfig|dockerignore|npmignore|npmrc"
    r"|nvmrc|prettierrc.*|prettierignore|eslintignore|eslintrc.*|mailmap|python-version"
    r"|tool-versions|hgignore|clang-format|clang-tidy|flake8|pylintrc|coveragerc)"
    r"|[^/]*\.(lock|sum|lockfile)|py\.typed|(.vscode|.idea)/.*)$"
)
_TYPE_VARIABLE = re.compile(r"=\s*(?:\w+\.)?(TypeVar|TypeVarTuple|ParamSpec|NewType)\s*\(")
_SENTINEL = re.compile(r"=\s*(?:\w+\.)?(object|Symbol|sentinel|Sentinel)\s*\(")
_PRIVATE_WORDS = re.compile(r"(?:^|\s)(private|protected|static(?=\s.*\())\s")
_PUBLIC_WORD = re.compile(r"(?:^|\s)pub\b")


@dataclass(frozen=True, slots=True)
class Value:
    """How much something is worth, as factors with their reasons."""

    factors: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """The product of all factors."""
        return math.prod(factor for _, factor in self.factors)

    def because(self, reason: str, factor: float) -> Value:
        """The value with one factor more."""
        return Value((*self.factors, (reason, factor)))


class FileValues:
    """What the symbols of files are worth for lying in them."""

    def __init__(
        self,
        users: Mapping[str, int],
        change_weights: Mapping[str, float],
        most_users: int = 0,
    ) -> None:
        """`users` says how many other files use what a file defines.

        `most_users` is the most that use any file, where `users` has not all; `change_weights`
        holds numbers of commits by path, recent ones counted more.
        """
        self._users, self._change_weights = users, change_weights
        self.most_users = max(most_users, *users.values(), 0)
        self._most_changes = max(change_weights.values(), default=0.0)

    def of(self, path: str) -> Value:
        """What the symbols of one file are worth for lying in it."""
        central = CENTRAL * _share(self._users.get(path, 0), self.most_users)
        changed = CHANGED * _share(self._change_weights.get(path, 0.0), self._most_changes)
        value = Value((role(path),)).because("used by other files", 1 + central)
        return value.because("changed of late", _in_steps(1 + changed))


def _share(number: float, most: float) -> float:
    """How near a number is to the most, from 0 to 1: twice as many are not worth twice as much."""
    return math.log1p(number) / math.log1p(most) if most else 0.0


def role(path: str) -> tuple[str, float]:
    """What a file is for by its path, and the factor for that."""
    folders = path.lower().split("/")[:-1]
    if is_test(path):
        return "tests", TESTS
    if is_documentation(path) or is_history(path) or path.lower().endswith((".txt", ".rst")):
        return "documents", DOCUMENTS
    if is_example(path):
        return "examples and tools", EXAMPLES
    if is_configuration(path) or _FOR_TOOLS.search(path):
        return "configuration", CONFIGURATION
    if {"doc", "docs"}.intersection(folders):
        return "documents", DOCUMENTS
    return "source", SOURCE


def symbol_value(
    symbol: Symbol, rank: float, file_value: Value, *, is_entry: bool, is_local: bool
) -> Value:
    """What a symbol with this PageRank is worth in its file."""
    factors = (("used by", _in_steps(math.sqrt(rank))), *file_value.factors)
    own = _own_factor(symbol, is_entry=is_entry, is_local=is_local)
    return Value((*factors, own) if own else factors)


def symbol_worth(
    symbol: Symbol, rank: float, file_factors: Sequence[float], *, is_entry: bool, is_local: bool
) -> float:
    """The total of `symbol_value`, for when nobody asks for the reasons."""
    _, own = _own_factor(symbol, is_entry=is_entry, is_local=is_local) or ("", 1.0)
    return math.prod((_in_steps(math.sqrt(rank)), *file_factors, own))


def _own_factor(symbol: Symbol, *, is_entry: bool, is_local: bool) -> tuple[str, float] | None:
    """The factor for what a symbol is in its file, with the reason."""
    if symbol.kind == "test":
        return "a test", TEST
    if is_local:
        return "local", LOCAL
    if not is_public(symbol):
        return "private", PRIVATE
    return ("entry point", ENTRY_POINT) if is_entry else None


@lru_cache(maxsize=2**14)
def _in_steps(value: float) -> float:
    """The nearest power of STEP: a small change of the repository changes few values."""
    return STEP ** round(math.log(value, STEP)) if value > 0 else 0.0


@lru_cache(maxsize=2)
def is_public(symbol: Symbol) -> bool:
    """Whether code outside its file or class may use a symbol, as far as its spelling tells."""
    name = symbol.name
    if name.startswith(("_", "#")):
        return False
    if symbol.path.endswith(".go"):
        return name[:1].isupper()
    declaration = symbol.signature.partition("(")[0]
    if symbol.path.endswith(".rs"):
        return bool(_PUBLIC_WORD.search(declaration)) or symbol.kind == "method"
    words = symbol.signature if symbol.path.endswith((".c", ".h")) else declaration
    return not _PRIVATE_WORDS.search(words.replace("public static", "public"))


@lru_cache(maxsize=2**8)
def is_noted_file(path: str) -> bool:
    """Whether anything in a file is worth a note: not in lock, ignore and editors' files."""
    return not _NOT_NOTED.search(path)


def is_worth_noting(symbol: Symbol) -> bool:
    """Whether a symbol is worth a note.

    Type variables, bare annotations and private sentinels are not, nor are names that the language
    gives (`__all__`, `__init__`) and masked ones.
    """
    if symbol.kind not in NAMED_KINDS or not is_noted_file(symbol.path):
        return False
    if _is_dunder(symbol.name) or MASK in symbol.name:
        return False
    if symbol.kind != "constant":
        # A test that has a title, which may be any text, is no name.
        return symbol.kind != "test" or symbol.name.isidentifier()
    signature = symbol.signature
    if _TYPE_VARIABLE.search(signature):
        return False
    if symbol.name.startswith("_") and _SENTINEL.search(signature):
        return False
    is_python = symbol.path.endswith((".py", ".pyi"))
    is_bare_annotation = is_python and ":" in signature and "=" not in signature
    return not is_bare_annotation


def _is_dunder(name: str) -> bool:
    is_given = name.startswith("__") and name.endswith("__")
    return is_given and name not in ("__version__", "__call__")
