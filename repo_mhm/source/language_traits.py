"""Traits: what review and relations need to know about a language beyond its query. Pure.

Each language file sets them as fields of its `Language`. They are values and functions on text; no
trait parses a file. Code passed to a function here has its comments and strings blanked out (see
`code_mask`). They are named tuples, because a dataclass takes 1 ms to make at every start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from repo_mhm.source.repository_paths import RepositoryPaths

ParameterKind = Literal["plain", "positional", "keyword", "rest", "options"]


class Parameter(NamedTuple):
    """One parameter of a definition."""

    name: str
    kind: ParameterKind
    """How a call passes it: `positional` only by position, `keyword` only by name, `plain` either
    way. `rest` is `*args`, `options` is `**kwargs`."""
    default: str | None = None


Signature = tuple[Parameter, ...]

_RECEIVERS = frozenset({"void", "&self", "&mut self", "self", "mut self"})
_OPTIONAL = re.compile(r"[\w$]+\?\s*:")


def parameters_by_position(parts: Sequence[str]) -> Signature:
    """The parameters of a C-like language: what counts is their order, and which have a default.

    `parts` are the texts between the commas. A name includes the type that is written beside it.
    What a call writes in front of the name (`self`, C#'s `this Url url`) is left out.
    """
    parameters: list[Parameter] = []

    for part in parts:
        declaration, equals, default = part.partition("=")
        name = " ".join(declaration.split())
        if name in _RECEIVERS or name.startswith("this "):
            continue

        is_optional = equals or _OPTIONAL.match(name)
        kind: ParameterKind = "rest" if _takes_the_rest(part) else "plain"
        parameters.append(Parameter(name, kind, default.strip() if is_optional else None))

    return tuple(parameters)


def _takes_the_rest(parameter: str) -> bool:
    return (
        "..." in parameter
        or parameter.startswith(("params ", "vararg "))
        or parameter.endswith("*")
    )


class LiteralStyle(NamedTuple):
    """How comments and strings are written (regular expressions, in which `.` matches line feeds).

    `literals` has the groups `comment`, `string`, and `template` for the quote that opens and
    closes a string with code inside. Such code comes after `code_begin` and ends with a brace;
    `no_code` is what only looks like its beginning.
    """

    literals: str
    code_begin: str = r"\$\{"
    no_code: str = r"\\\$"


class ImportStatement(NamedTuple):
    """One statement that imports, includes or passes on what another file defines."""

    start: int
    """Its first character and its end."""
    end: int
    module: str
    """As the statement writes it, without quotes."""
    names: tuple[tuple[str, str], ...] = ()
    """What it imports: the name there and the name here. The name `default` is the module's one."""
    local: str = ""
    """The name here of the module itself; it may be dotted."""
    is_star: bool = False
    """Whether all names of the module are imported."""
    is_export: bool = False
    """Whether the names are passed on only, and have no meaning in this file."""


class ImportSyntax(NamedTuple):
    """How imports are written, and which files they lead to."""

    statements: Callable[[str, str], Sequence[ImportStatement]]
    """Reads a file's text and its code."""
    targets: Callable[[str, str, RepositoryPaths], Sequence[str]]
    """`targets(module, importer, paths)`: the files of the module; none where it is elsewhere."""


def no_bases(_: str) -> Sequence[str]:
    """The bases of a class in a language without any."""
    return ()


class TypeSyntax(NamedTuple):
    """How types are declared: regular expressions with `{name}` in the place of a name.

    Each has a group `type` (the declared type) or `value` (an expression of that type).
    """

    variables: tuple[str, ...]
    """Declarations of a variable or parameter inside a function, or at the top of a file."""
    fields: tuple[str, ...]
    """Declarations of a field inside its class."""
    assignments: tuple[str, ...] = ()
    """What gives a variable another value, and does not declare it."""
    result: str = r"(?!)"
    """The type of what a function returns, in its signature; no `{name}`."""
    bases: Callable[[str], Sequence[str]] = no_bases
    """Reads the bases from the code of a class, from its first character on."""
    variables_hide_calls: bool = True
    """Whether a variable's name cannot be called as a function of that name."""
    implicit_receiver: bool = False
    """Whether a member's bare name means that of the class around."""
    any_types: frozenset[str] = frozenset()
    """Types that say nothing."""
    builtin_members: frozenset[str] = frozenset()
    """Members of the language's own types: behind an unknown receiver such a name says nothing."""


class CallSyntax(NamedTuple):
    """How a call passes its arguments, in a language where it is a name with parentheses."""

    parameters: Callable[[Sequence[str]], Signature | None] = parameters_by_position
    """Reads the texts between the commas of a definition's parentheses; None: it cannot tell."""
    keyword: str = ""
    """What stands in front of the name where it is defined (a regular expression), where lines
    above have the name and brackets too."""
    exact: bool = False
    """Whether `parameters` tells names and kinds apart, so that both can be compared."""
    by_name: bool = False
    """Whether `name=value` passes an argument by name."""
    may_omit: bool = False
    """Whether a call may leave out any argument."""
    unpacks: tuple[str, ...] = ("...",)
    """What begins an argument that stands for any number of them."""
    spread: str = ""
    """What ends a last argument that is all the rest takes, as a list: Go's `f(a, list...)`."""
    argument_name: re.Pattern[str] = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)")
    """What begins an argument that is passed by name."""
    makes_hash: bool = False
    """Whether arguments by name are one hash to a definition that names none (Ruby)."""
    block: str = ""
    """What begins an argument that no parameter takes by its position: Ruby's block."""
    commands: bool = False
    """Whether a call needs no brackets: `move left, 2`."""
    block_behind: re.Pattern[str] | None = None
    """The beginning of a block behind a call, as its last argument: `use(file) { … }`."""
    pipe: str = ""
    """What in front of a call passes its first argument: Elixir's `list |> first()`."""
    keeps_order: bool = False
    """Whether arguments by name stand in the order of the parameters (Swift)."""
    statement: re.Pattern[str] | None = None
    """What stands in front of a call behind which a brace is no block, but a statement's body."""
    label: re.Pattern[str] | None = None
    """The name of a parameter in what `parameters_by_position` keeps of it; None: it is exact, or
    no call passes it by name."""


BRACE_BEHIND = re.compile(r"[ \t]*\{")
"""How a block behind a call begins in Kotlin and Swift."""
NAMED_BY_COLON = re.compile(r"([A-Za-z_]\w*)\s*:(?!:)")
"""How C#, PHP and Swift pass an argument by name."""


class ResultSyntax(NamedTuple):
    """How the head of a definition says what a call gives back."""

    place: Literal["arrow", "colon", "before", "behind"]
    """Where the type stands: behind `->`, behind `:`, before the name, behind the parameters."""
    asynchronous: str = r"(?!)"
    """What in the head says that a call must be awaited (a regular expression)."""
    promises: frozenset[str] = frozenset()
    """Types of results that must be awaited."""
    is_nothing_unless_written: bool = False
    """Whether a head without a type gives back nothing; elsewhere that says nothing."""
    must_be_awaited: bool = True
    """Whether an asynchronous result is of no use before it is awaited, and any other cannot be."""
    waiting: frozenset[str] = frozenset()
    """Functions that take a result that is not awaited yet."""
    yields: str = r"(?!)"
    """What in a body makes it a generator (a regular expression)."""
    generator_head: str = r"(?!)"
    """What in a head makes it a generator (a regular expression)."""


class Methods(NamedTuple):
    """How the members of a class are defined and named."""

    receivers: frozenset[str] = frozenset({"this", "self", "Self", "$this"})
    """What stands before a member's name inside its class."""
    is_implicit: bool = False
    """Whether a member's bare name means that of the class around; `types` says so if there are
    any."""
    receiver_is_parameter: bool = False
    """Whether a method's first parameter is its receiver."""
    static: str = ""
    """The decorator of a method that takes no receiver."""
    of_class: str = ""
    """The decorator of a method whose receiver is the class, which no call passes."""
    constructor: str = ""
    """The method that calling the class calls."""
    attribute_hook: str = ""
    """The function whose definition means that any name may exist."""
    abstract: str = r"(?!)"
    """What in front of a method says that subclasses must define it (a regular expression)."""
    interface: str = r"(?!)"
    """What in the head of a class says so of all its methods without a body (the same)."""
    concrete: str = r"(?!)"
    """What in front of such a method says that they need not (the same)."""
    marks_overrides: bool = False
    """Whether a member that a base has too says so: `override`, `@Override`."""
    computed: tuple[str, ...] = ()
    """Decorators (regular expressions) whose definition is not called with its own parameters."""


METHODS = Methods()
"""Those of most languages."""
METHODS_WITH_INTERFACES = Methods(
    abstract=r"\babstract\b",
    interface=r"\binterface\b",
    concrete=r"\b(?:default|static|private)\b",
    marks_overrides=True,
)
"""Those of Java, C# and Kotlin."""


Reach = Literal["anywhere", "import", "module", "package"]
"""How another file names what a file defines at its top level.

`anywhere`  by its bare name
`import`    by its bare name, after a statement that imports it from that file
`module`    by its bare name, or behind the name of the file or its folder (`module::name`)
`package`   by its bare name in the same folder, behind the folder's name elsewhere
"""


Overloads = Literal["none", "scope", "bases"]
"""Which definitions of one name may stand side by side, so that a call takes the one that fits.

`none`   a later one takes the place of the earlier
`scope`  those of one scope
`bases`  those of a class and of its bases
"""


class ErrorHandling(NamedTuple):
    """How errors are raised and handled: regular expressions, each for one line of code."""

    handles_all: str
    handles_some: str
    mentions: str
    """A line that raises or handles errors; its first group names them."""
    suppresses: str
    """Code that handles the error NAME in another way, with `{name}` in its place."""
