"""Python, with the routes of flask and fastapi, the commands of click and typer, pytest's tests.

Parameters, values and imports are read exactly, so that review can resolve a name to its file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repo_mhm.source.language_traits import (
    CallSyntax,
    ErrorHandling,
    ImportStatement,
    ImportSyntax,
    Methods,
    Parameter,
    ParameterKind,
    Signature,
)
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._literals import PYTHON_LITERALS
from repo_mhm.source.languages._results import PYTHON_RESULTS
from repo_mhm.source.languages._types import PYTHON_TYPES
from repo_mhm.source.repository_paths import RepositoryPaths, ancestors

if TYPE_CHECKING:
    import ast

# Parameters and values ----------------------------------------------------------------------------


def _parameters(parts: Sequence[str]) -> Signature | None:
    """The parameters of a `def` by name and kind, each with its default in one spelling."""
    import ast

    try:
        definition = ast.parse(f"def f({', '.join(parts)}): pass").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

    assert isinstance(definition, ast.FunctionDef)
    arguments = definition.args
    parameters = _positional(arguments)
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.arg, "rest"))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        text = ast.unparse(default) if default else None
        parameters.append(Parameter(argument.arg, "keyword", text))
    if arguments.kwarg:
        parameters.append(Parameter(arguments.kwarg.arg, "options"))
    return tuple(parameters)


def _positional(arguments: ast.arguments) -> list[Parameter]:
    import ast

    plain = [*arguments.posonlyargs, *arguments.args]
    without_default = len(plain) - len(arguments.defaults)
    parameters = []

    for index, argument in enumerate(plain):
        kind: ParameterKind = "positional" if index < len(arguments.posonlyargs) else "plain"
        default = None
        if index >= without_default:
            default = ast.unparse(arguments.defaults[index - without_default])
        parameters.append(Parameter(argument.arg, kind, default))
    return parameters


def _value_of(assignment: str) -> str | None:
    """The value's syntax tree as text; None where it cannot be parsed."""
    import ast

    try:
        statement = ast.parse(assignment.strip()).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return None

    value = getattr(statement, "value", None)
    return ast.dump(value) if isinstance(value, ast.expr) else None


# Imports ------------------------------------------------------------------------------------------

# The patterns are compiled on first use: that takes 5 ms, and few commands need them.
_FROM_IMPORT = r"(?m)^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n;\\]|\\\n)+)"
_IMPORT = r"(?m)^[ \t]*import[ \t]+((?:[^\n;\\(]|\\\n)+)"
_IMPORTED_NAME = r"([\w.]+|\*)(?:\s+as\s+(\w+))?\s*$"
_SOURCE_FOLDERS = frozenset({"src", "lib", "python"})
"""Folders that are commonly on the import path."""


def _statements(_: str, code: str) -> list[ImportStatement]:
    statements = []

    for match in re.finditer(_FROM_IMPORT, code):
        pairs = _imported_names(match[2].strip("() \t\n"))
        names = tuple((name, local or name) for name, local in pairs if name != "*")
        is_star = ("*", "") in pairs
        statements.append(
            ImportStatement(match.start(), match.end(), match[1], names, is_star=is_star)
        )

    for match in re.finditer(_IMPORT, code):
        for module, local in _imported_names(match[1]):
            statements.append(
                ImportStatement(match.start(), match.end(), module, local=local or module)
            )

    return statements


def _imported_names(text: str) -> list[tuple[str, str]]:
    """The names between the commas of an import, each with its local name, which may be empty."""
    parts = text.replace("\\\n", " ").split(",")
    matches = [re.search(_IMPORTED_NAME, part.strip()) for part in parts]
    return [(match[1], match[2] or "") for match in matches if match]


def _targets(module: str, importer: str, paths: RepositoryPaths) -> Sequence[str]:
    """The files of a module: one, or its implementation and its stub."""
    names = "/".join(name for name in module.split(".") if name)
    dots = len(module) - len(module.lstrip("."))
    folders = ancestors(importer)

    if dots:
        roots = folders[dots - 1 : dots]
    else:
        # A folder that is a package itself is not on the import path.
        roots = [folder for folder in folders if _join(folder, "__init__.py") not in paths]
        roots += sorted(
            folder
            for name in _SOURCE_FOLDERS
            for folder in paths.folders_named(name)
            if folder not in roots
        )

    for root in roots:
        stem = _join(root, names)
        ends = ("/__init__.py", "/__init__.pyi", ".py", ".pyi") if stem else ("__init__.py",)
        files = paths.existing(stem + end for end in ends)
        if files:
            return files
    return ()


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


# The language -------------------------------------------------------------------------------------

_ROUTES = "route get post put patch delete head options websocket api_route".split()
_COMMANDS = "command group callback".split()

LANGUAGE = Language(
    name="python",
    grammar="tree_sitter_python",
    suffixes=(".py", ".pyi", ".pyw", ".ipynb"),
    filenames=("SConstruct", "SConscript", "wscript"),
    interpreters=("python", "python2", "python3", "pypy", "pypy3"),
    tests="test_",
    decorators={**dict.fromkeys(_ROUTES, "route"), **dict.fromkeys(_COMMANDS, "command")},
    comments=("comment",),
    strings=("string",),
    literals=PYTHON_LITERALS,
    embedded=("(interpolation expression: (_) @code)",),
    imports=ImportSyntax(_statements, _targets),
    types=PYTHON_TYPES,
    reach="import",
    calls=CallSyntax(_parameters, exact=True, by_name=True, unpacks=("*",)),
    methods=Methods(
        receivers=frozenset({"self", "cls"}),
        receiver_is_parameter=True,
        static="staticmethod",
        of_class="classmethod",
        constructor="__init__",
        attribute_hook="__getattr__",
        abstract=r"@(?:\w+\.)*abstract(?:method|property)\b",
        computed=("property", "cached_property", "overload", "singledispatch", r"\w+\.setter"),
    ),
    errors=ErrorHandling(
        handles_all=(
            r"\s*except\s*(?:\(?\s*(?:Exception|BaseException)\b[^,)]*\)?(?:\s+as\s+\w+)?)?\s*:"
        ),
        handles_some=r"\s*except\s+(?!.*\b(?:Exception|BaseException)\b)\S",
        mentions=r"\s*(?:except|raise)\s+(\([^)]*\)|[\w.]+)",
        suppresses=r"\bsuppress\s*\([^)]*\b{name}\b",
    ),
    value_of=_value_of,
    results=PYTHON_RESULTS,
    has_open_fields=True,
    query=r"""
(function_definition name: (identifier) @name) @definition.function
(function_definition body: (block . (expression_statement . (string) @doc)))
(class_definition name: (identifier) @name) @definition.class
(class_definition body: (block . (expression_statement . (string) @doc)))
(decorated_definition) @definition.scope
(type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)]))
  @definition.type

(module . (expression_statement . (string) @doc))
(module (expression_statement (assignment left: (identifier) @name) @definition.constant))
(module (expression_statement
  (assignment left: [
    (pattern_list . (identifier) @name) (tuple_pattern . (identifier) @name)
    (list_pattern . (identifier) @name)]) @definition.constant))
(module (expression_statement (assignment left: [
  (pattern_list "," @_comma . (identifier) @name @definition.constant)
  (tuple_pattern "," @_comma . (identifier) @name @definition.constant)
  (list_pattern "," @_comma . (identifier) @name @definition.constant)])))
(module (expression_statement (assignment
  right: (assignment left: (identifier) @name) @definition.constant)))
(class_definition
  body: (block (expression_statement (assignment left: (identifier) @name) @definition.constant)))

(decorator [
  (attribute attribute: (identifier) @decorator)
  (call function: (attribute attribute: (identifier) @decorator))
])

(comment) @comment
(import_statement name: (dotted_name (identifier) @reference.import .))
(import_from_statement name: (dotted_name (identifier) @reference.import))
(aliased_import name: (dotted_name (identifier) @reference.import .))

(call function: (identifier) @reference.call)
(call function: (attribute attribute: (identifier) @reference.call))
(decorator (identifier) @reference.call)
(decorator (attribute attribute: (identifier) @reference.call))
(argument_list (identifier) @reference)
(argument_list (attribute object: (identifier)? @reference attribute: (identifier) @reference))
(keyword_argument value: (identifier) @reference)
(keyword_argument value: (attribute attribute: (identifier) @reference))
(comparison_operator
  (attribute object: (identifier)? @reference attribute: (identifier) @reference))
(type (identifier) @reference)
(type (attribute attribute: (identifier) @reference))
(type (binary_operator (identifier) @reference))
(generic_type (identifier) @reference)
(assignment right: (identifier) @reference)
(assignment right: (attribute attribute: (identifier) @reference))
(return_statement (attribute attribute: (identifier) @reference))
(pair value: (identifier) @reference)
(list (identifier) @reference)
(except_clause (identifier) @reference)
(except_clause (as_pattern . (identifier) @reference))
(raise_statement . (identifier) @reference)
""",
)
