"""Python, with the routes of flask and fastapi, the commands of click and typer, pytest's tests.

Parameters, values and imports are read exactly, so that review can resolve a name to its file.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repo_mhm.source.language_traits import (
    CallSyntax,
    ErrorHandling,
    Imports,
    ImportStatement,
    ImportSyntax,
    Methods,
    Modules,
    Parameter,
    ParameterKind,
    Signature,
)
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._literals import PYTHON_LITERALS
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


def _imports(code: str) -> Imports:
    names: dict[str, tuple[str, str]] = {}
    modules: dict[str, str] = {}
    stars: list[str] = []
    spans: list[tuple[int, int, str]] = []

    for statement in _statements(code, code):
        module = statement.module
        if statement.local:
            modules[statement.local] = module
            if statement.local == module:
                top = module.partition(".")[0]
                modules.setdefault(top, top)
            continue
        spans.append((statement.start, statement.end, module))
        names |= {local: (module, original) for original, local in statement.names}
        if statement.is_star:
            stars.append(module)

    return Imports(names, modules, tuple(stars), tuple(spans))


def _imported_names(text: str) -> list[tuple[str, str]]:
    """The names between the commas of an import, each with its local name, which may be empty."""
    parts = text.replace("\\\n", " ").split(",")
    matches = [re.search(_IMPORTED_NAME, part.strip()) for part in parts]
    return [(match[1], match[2] or "") for match in matches if match]


def _leads_to(module: str, importer: str, target: str) -> str:
    """See `Modules.leads_to`."""
    target_parts = _module_parts(target)
    names = [name for name in module.split(".") if name]

    for prefix in _prefixes(module, importer, target_parts):
        whole = [*prefix, *names]
        if whole == target_parts:
            return "module"
        if whole and len(whole) < len(target_parts) and target_parts[: len(whole)] == whole:
            return "/".join(whole)
    return ""


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
            for folder in paths.folders_above
            if folder.rpartition("/")[2] in _SOURCE_FOLDERS and folder not in roots
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


def _prefixes(module: str, importer: str, target_parts: list[str]) -> list[list[str]]:
    """The folders that a module's name may begin in."""
    folder = list(PurePosixPath(importer).parent.parts)
    dots = len(module) - len(module.lstrip("."))

    if dots:
        levels_up = dots - 1
        return [folder[: len(folder) - levels_up]] if levels_up <= len(folder) else []

    source_folders = [
        target_parts[: index + 1]
        for index, part in enumerate(target_parts)
        if part in _SOURCE_FOLDERS
    ]
    return [[], folder, *source_folders]


def _module_parts(path: str) -> list[str]:
    parts = list(PurePosixPath(path).with_suffix("").parts)
    return parts[:-1] if parts and parts[-1] == "__init__" else parts


# Names that a file binds itself -------------------------------------------------------------------

_LONGEST_PARAMETERS = 2000
_GLOBAL = r"\bglobal\s[^\n]*\Z"
_LOOP = r"\b(?:for|as|nonlocal|lambda)\s+(?:[\w*]+\s*,\s*)*\Z"
_STATEMENT_START = r"(?:\A|[;\n])[ \t]*(?:\w+\s*[,=]\s*)*\Z"
_ASSIGNED = r"[\w$]+(?:\s*,\s*\w+)*\s*(?::[^=\n()]+)?=(?!=)"
_DEFINITION = r"\bdef\s+\w+\s*\Z"
_PARAMETER_START = r"[(,*]\s*\Z"
_BASE_OR_DECORATOR = r"\s*(class\s+\w+\s*\(|@\Z)"


def _rebinds(code: str, name: str, position: int) -> bool:
    """Whether the name is assigned here, a loop's or an import's variable, or a parameter."""
    before = code[max(0, position - 120) : position]

    if re.search(_GLOBAL, before) or re.search(_LOOP, before):
        return True
    is_assigned = _starts_with(_ASSIGNED, code, position) and re.search(_STATEMENT_START, before)
    if is_assigned and not name.isupper():
        return True
    return bool(re.search(_PARAMETER_START, before)) and _is_parameter(code, position)


def _starts_with(pattern: str, code: str, position: int) -> bool:
    return re.compile(pattern).match(code, position) is not None


def _is_parameter(code: str, position: int) -> bool:
    """Whether this is directly inside the parentheses of a `def`."""
    depth = 0
    for index in range(position - 1, max(-1, position - _LONGEST_PARAMETERS), -1):
        char = code[index]
        depth += (char in ")]}") - (char in "([{")
        if depth < 0:
            return re.search(_DEFINITION, code[max(0, index - 200) : index]) is not None
    return False


def _is_base(line_start: str) -> bool:
    return re.match(_BASE_OR_DECORATOR, line_start) is not None


# The language -------------------------------------------------------------------------------------

_ROUTES = "route get post put patch delete head options websocket api_route".split()
_COMMANDS = "command group callback".split()

LANGUAGE = Language(
    name="python",
    grammar="tree_sitter_python",
    suffixes=(".py", ".pyi", ".pyw"),
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
    modules=Modules(
        imports=_imports,
        leads_to=_leads_to,
        package_file="__init__.py",
        rebinds=_rebinds,
        is_base=_is_base,
    ),
    calls=CallSyntax(parameters=_parameters, exact=True, by_name=True),
    methods=Methods(
        receivers=frozenset({"self", "cls"}),
        receiver_is_parameter=True,
        static="staticmethod",
        constructor="__init__",
        attribute_hook="__getattr__",
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
    builtins=frozenset(dir(builtins)),
    value_of=_value_of,
    query=r"""
(function_definition name: (identifier) @name) @definition.function
(function_definition body: (block . (expression_statement . (string) @doc)))
(class_definition name: (identifier) @name) @definition.class
(class_definition body: (block . (expression_statement . (string) @doc)))
(decorated_definition) @definition.scope
(type_alias_statement left: (type (identifier) @name)) @definition.type

(module . (expression_statement . (string) @doc))
(module (expression_statement (assignment left: (identifier) @name) @definition.constant))
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
