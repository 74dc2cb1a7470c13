"""Languages: which file is written in what, and how tree-sitter sees it. One file beside this one per language.

Each language file defines `LANGUAGE = Language(…)`: its suffixes, the wheel its grammar comes from and one query.
Grammars and queries are loaded on first use; importing this package imports neither tree_sitter nor a grammar.

The query's captures (the pairing of a definition with its name is done in `symbols`, by position):

    @definition.KIND      the whole definition (decorators, `export`, attributes and modifiers included)
    @name                 the name inside it: exactly one per definition, not inside a nested definition's name
    @container            a name that qualifies the definition it lies in (Go's receiver type)
    @definition.scope     a block whose @name only qualifies what is inside it (Rust's `impl`); not a symbol
    @container            a name inside a definition that stands for its container (Go's receiver, C++'s `Item::`)
    @definition.scope     no symbol of its own: with a @name it lends that name to what is inside (Rust's `impl`),
                          without one its span goes to the first definition inside (decorators, `export`, `template`)
    @decorator            the name of a decorator inside a definition (see `Language.decorators`)
    @attribute            an attribute or decorator that stands before a definition without being part of its node
    @doc                  a documentation string that lies inside the definition (docstring, `@doc` attribute)
    @comment              every comment; those that end right above a definition are its documentation
    @import               a whole import/include/require statement
    @reference.call       the name of what is called or instantiated
    @reference.import     a name that an import brings in
    @reference            any other use of a name

Captures whose names start with `_` serve the query's own predicates only.

KIND is one of KINDS; `constant` stands for every named value (constants, variables, fields, properties, members of
an enumeration), `class` also for structures, unions, records and objects, `type` for interfaces, traits, protocols,
enumerations and aliases. A definition captured under two kinds gets the one that stands later in KINDS, so a query may
say `function` for all and `method`, `test` or `command` for some of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from posixpath import splitext
from typing import TYPE_CHECKING

from repo_mhm.errors import LanguageError

if TYPE_CHECKING:
    import tree_sitter

KINDS = (
    "heading",
    "key",
    "rule",
    "element",
    "constant",
    "module",
    "type",
    "class",
    "function",
    "method",
    "table",
    "command",
    "test",
    "route",
)
"""Kinds of symbols, weakest first: of two captures on one node the later kind wins."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how its files are recognised, where its grammar comes from, what its query finds."""

    name: str
    grammar: str
    """Import name of the grammar wheel, e.g. `tree_sitter_python`."""
    query: str
    suffixes: tuple[str, ...] = ()
    """Lower case, with the dot."""
    filenames: tuple[str, ...] = ()
    """Whole file names without a telling suffix, e.g. `Rakefile`."""
    interpreters: tuple[str, ...] = ()
    """Programs a `#!` line may name, e.g. `python3`."""
    entry: str = "language"
    """The function of the grammar module that returns the language."""
    separator: str = "."
    """What stands between a container and its member in a qualified name."""
    bodies: tuple[str, ...] = ()
    """Node types of a definition's body where the grammar has no field `body`."""
    depth: int = 400
    """How deep below the root a pattern may begin to match. A query's time grows with the product of a tree's size
    and its depth (a chain of 20,000 calls took 62 s); this bounds it, and source seldom nests deeper than 100."""
    tests: str = ""
    """How the names of functions begin that are tests; empty where the query tells tests."""
    decorators: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By the name of a decorator that marks a definition, the kind it makes of it."""
    strip: str = ""
    """Characters cut from both ends of a captured name: quotes, back-ticks, a symbol's colon."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A loaded language: tree-sitter's language object and the compiled query."""

    language: tree_sitter.Language
    query: tree_sitter.Query


NAMES = (
    "bash", "c", "cpp", "csharp", "css", "elixir", "go", "html", "java", "javascript", "json", "kotlin", "lua",
    "markdown", "php", "python", "ruby", "rust", "scala", "sql", "swift", "toml", "tsx", "typescript", "yaml",
)  # fmt: skip


@lru_cache(maxsize=None)
def by_name(name: str) -> Language:
    """The language called `name`. Raises LanguageError for a name not in NAMES."""
    if name not in NAMES:
        raise LanguageError(
            f"no language is called {name!r}", hint=f"known languages: {', '.join(NAMES)}"
        )
    language: Language = importlib.import_module(f"{__name__}.{name}").LANGUAGE
    return language


@lru_cache(maxsize=None)
def _tables() -> tuple[dict[str, Language], dict[str, Language], dict[str, Language]]:
    suffixes: dict[str, Language] = {}
    filenames: dict[str, Language] = {}
    interpreters: dict[str, Language] = {}
    for language in map(by_name, NAMES):
        suffixes.update(dict.fromkeys(language.suffixes, language))
        filenames.update(dict.fromkeys(language.filenames, language))
        interpreters.update(dict.fromkeys(language.interpreters, language))
    return suffixes, filenames, interpreters


def for_file(path: str, head: bytes = b"") -> Language | None:
    """The language of a file by its name, else by the `#!` line in `head` (its first bytes); None: plain text."""
    suffixes, filenames, interpreters = _tables()
    name = path.rpartition("/")[2]
    found = filenames.get(name) or suffixes.get(splitext(name)[1].lower())
    if found is None and (program := _interpreter(head)):
        found = interpreters.get(program) or interpreters.get(program.rstrip("0123456789."))
    return found


def _interpreter(head: bytes) -> str:
    if not head.startswith(b"#!"):
        return ""
    words = head[2:200].split(b"\n", 1)[0].split()
    programs = [
        word.rsplit(b"/", 1)[-1] for word in words if not word.startswith(b"-") and b"=" not in word
    ]
    if programs[:1] == [b"env"]:
        programs = programs[1:]
    return programs[0].decode("ascii", "replace") if programs else ""


@lru_cache(maxsize=None)
def load(language: Language) -> Grammar:
    """Import the grammar wheel and compile the query.

    Raises LanguageError when the wheel is missing or does not fit the installed tree-sitter.
    """
    import tree_sitter

    try:
        module = importlib.import_module(language.grammar)
        grammar = tree_sitter.Language(getattr(module, language.entry)())
        return Grammar(grammar, tree_sitter.Query(grammar, language.query))
    except (ImportError, AttributeError, ValueError, tree_sitter.QueryError) as exc:
        wheel = language.grammar.replace("_", "-")
        raise LanguageError(
            f"the {language.name} grammar cannot be loaded: {exc}",
            hint=f"run: pip install --force-reinstall {wheel}",
        ) from exc
