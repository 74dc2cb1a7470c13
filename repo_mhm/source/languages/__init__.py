"""Languages: which file is written in what, and how tree-sitter and review see it.

Every file beside this one whose name does not begin with `_` is a language, and defines
`LANGUAGE = Language(…)`: how its files are recognised, the wheel of its grammar, one query, and the
traits that review needs. Adding a language is adding a file. Grammars and queries are loaded on
first use; importing this package imports neither tree_sitter nor a grammar.

The query's captures (`symbol_extraction` pairs a definition with its name, by position):

    @definition.KIND      the whole definition (with decorators, `export`, attributes and modifiers)
    @name                 the name inside it: exactly one, not inside a nested definition's name
    @container            a name inside a definition that qualifies it (Go's receiver, `Item::`)
    @definition.scope     no symbol of its own: with a @name it lends that name to what is inside
                          (Rust's `impl`), without one its span goes to the first definition inside
                          (decorators, `export`, `template`)
    @decorator            the name of a decorator inside a definition (see `Language.decorators`)
    @attribute            an attribute or decorator before a definition, outside its node
    @doc                  a documentation string inside the definition (docstring, `@doc` attribute)
    @comment              every comment; those that end right above a definition document it
    @import               a whole import, include or require statement
    @reference.call       the name of what is called or instantiated
    @reference.import     a name that an import brings in
    @reference            any other use of a name

Captures whose names begin with `_` serve the query's own predicates only.

KIND is one of KINDS. `constant` is every named value (constants, variables, fields, properties,
members of an enumeration), `class` also structures, unions, records and objects, `type` interfaces,
traits, protocols, enumerations and aliases. A definition captured under two kinds gets the one that
is later in KINDS, so a query may say `function` for all and `method`, `test` or `command` for some.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from posixpath import splitext
from typing import TYPE_CHECKING

from repo_mhm.errors import LanguageError
from repo_mhm.source.language_traits import (
    METHODS,
    CallSyntax,
    ErrorHandling,
    ImportSyntax,
    LiteralStyle,
    Methods,
    Overloads,
    Reach,
    ResultSyntax,
    TypeSyntax,
)
from repo_mhm.source.shared_suffixes import rival_language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    """One language: how its files are recognised, its grammar and query, and its traits."""

    name: str
    grammar: str
    """Import name of the grammar's wheel, e.g. `tree_sitter_python`."""
    query: str
    suffixes: tuple[str, ...] = ()
    """Lower case, with the dot."""
    filenames: tuple[str, ...] = ()
    """Whole file names without a telling suffix, e.g. `Rakefile`."""
    interpreters: tuple[str, ...] = ()
    """Programs that a `#!` line may name, e.g. `python3`."""
    entry: str = "language"
    """The function of the grammar's module that returns the language."""
    separator: str = "."
    """What parts a container from its member in a qualified name."""
    bodies: tuple[str, ...] = ()
    """Node types of a definition's body where the grammar has no field `body`."""
    tails: tuple[str, ...] = ()
    """Node types that belong to the definition right before them, as a body beside its head."""
    depth: int = 400
    """How deep below the root a pattern may begin to match.

    A query's time grows with the product of a tree's size and its depth: a chain of 20,000 calls
    took 62 s. Source seldom nests deeper than 100.
    """
    tests: str = ""
    """How the names of functions begin that are tests; empty where the query tells tests."""
    decorators: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By the name of a decorator that marks a definition, the kind that it makes of it."""
    strip: str = ""
    """Characters cut from both ends of a captured name: quotes, back-ticks, a symbol's colon."""

    prepare: Callable[[bytes], bytes] | None = None
    """Blanks what the grammar cannot parse though the language has it; keeps every offset."""
    learn: Callable[[bytes, Sequence[int]], bytes] | None = None
    """Does so in a file with errors, given the lines of these (from 0)."""
    needs_last_newline: bool = False
    """Whether the grammar's scanner may never return where the text's last line has no end."""
    has_directives: bool = False
    """Whether `#if`, `#else` and `#endif` choose between branches of the text."""
    hides_branches: bool = False
    """Whether the grammar passes over the branches behind `#else` without an error."""
    heads: re.Pattern[bytes] | None = field(default=None, hash=False)
    """How definitions begin in dialects that the grammar does not know: the groups are `head`,
    `kind` and `name`."""
    parts: str = ""
    """Query of what is written in another language: each node captured as @part.NAME is a text of
    its own, all nodes captured as @parts.NAME are one text. NAME is a file of this package."""

    comments: tuple[str, ...] = ()
    """Node types of comments, and of all else that is not code."""
    strings: tuple[str, ...] = ()
    """Node types of literals whose text is not code: strings, characters, regular expressions."""
    embedded: tuple[str, ...] = ()
    """Query patterns that capture code inside such a literal as @code (interpolations)."""
    unparsed: tuple[str, ...] = ()
    """Node types whose text is code that the grammar leaves whole (a macro's body in C)."""
    literals: LiteralStyle | None = None
    """The same by patterns, where many files must be looked through quickly."""

    is_data: bool = False
    """Whether its files are prose or data, in which nothing can misbehave."""
    family: str = ""
    """Languages of one family use each other's definitions; empty: a family of its own."""
    reach: Reach = "anywhere"
    """How another file names a definition, where `modules` does not say it exactly."""
    imports: ImportSyntax | None = None
    """None: relations follow no imports."""
    types: TypeSyntax | None = None
    """None: relations tell receivers apart by name only."""
    bases: Callable[[str], Sequence[str]] | None = None
    """Reads the bases from the code of a class, as they are written, where `types` does not."""
    calls: CallSyntax | None = None
    """None: signatures are not compared."""
    results: ResultSyntax | None = None
    """None: what calls give back is not compared."""
    methods: Methods = METHODS
    overloads: Overloads = "none"
    is_named_by_package: bool = False
    """Whether users name a package or nothing, and never the file that a definition is in."""
    has_open_fields: bool = False
    """Whether any code may give an object a field that its class does not declare."""
    errors: ErrorHandling | None = None
    value_of: Callable[[str], str | None] | None = None
    """Reads the value of an assignment in a form in which equal values are equal texts.

    It returns None where it cannot; without it, values are compared as they are written.
    """


@dataclass(frozen=True, slots=True)
class Grammar:
    """A loaded language: tree-sitter's language object and the compiled query."""

    language: tree_sitter.Language
    query: tree_sitter.Query


NAMES = tuple(
    sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_")
)
"""The names of all languages: the files of this package."""


@lru_cache(maxsize=None)
def by_name(name: str) -> Language:
    """The language called `name`.

    Raises:
        LanguageError: The name is not in NAMES.
    """
    if name not in NAMES:
        raise LanguageError(f"no language is called {name!r}", hint=f"Known: {', '.join(NAMES)}.")
    language: Language = importlib.import_module(f"{__name__}.{name}").LANGUAGE
    return language


def for_file(path: str, data: bytes = b"") -> Language | None:
    """The language of a file by its name, else by the `#!` line in `data`; None: plain text.

    `data` is the file's content. Where languages share a suffix (`.h`) it decides between them.
    """
    by_suffix, by_filename, by_interpreter = _tables()
    name = path.rpartition("/")[2]
    suffix = splitext(name)[1].lower()
    language = by_filename.get(name) or by_suffix.get(suffix)

    if language is not None and (rival := rival_language(suffix, data)):
        return by_name(rival)
    if language is None and (program := _interpreter(data)):
        unversioned = program.rstrip("0123456789.")
        language = by_interpreter.get(program) or by_interpreter.get(unversioned)
    return language


LanguageByKey = dict[str, Language]


@lru_cache(maxsize=None)
def _tables() -> tuple[LanguageByKey, LanguageByKey, LanguageByKey]:
    """The languages by suffix, by file name and by interpreter."""
    by_suffix: LanguageByKey = {}
    by_filename: LanguageByKey = {}
    by_interpreter: LanguageByKey = {}

    for language in map(by_name, NAMES):
        by_suffix.update(dict.fromkeys(language.suffixes, language))
        by_filename.update(dict.fromkeys(language.filenames, language))
        by_interpreter.update(dict.fromkeys(language.interpreters, language))
    return by_suffix, by_filename, by_interpreter


def _interpreter(head: bytes) -> str:
    """The program that the `#!` line names, without its folder; empty where there is none."""
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
    """Import the grammar's wheel and compile the query.

    Raises:
        LanguageError: The wheel is missing or does not fit the installed tree-sitter.
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
            hint=f"Run: pip install --force-reinstall {wheel}",
        ) from exc


@lru_cache(maxsize=None)
def literal_query(language: Language) -> tree_sitter.Query:
    """The query for what is not code: captures `comment`, `string`, `code` (in one), `unparsed`.

    Raises:
        LanguageError: As `load`.
    """
    import tree_sitter

    node_types = {
        "comment": language.comments,
        "string": language.strings,
        "unparsed": language.unparsed,
    }
    patterns = [f"({name}) @{capture}" for capture, names in node_types.items() for name in names]
    grammar: tree_sitter.Language = load(language).language
    query: tree_sitter.Query = tree_sitter.Query(
        grammar, "\n".join([*patterns, *language.embedded])
    )
    return query
