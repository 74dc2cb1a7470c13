"""Variables: which names the functions around a line declare as their own, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repo_mhm.relations.declarations import Declaration, declarations
from repo_mhm.relations.expressions import without_brackets
from repo_mhm.relations.source_file import CALLABLE_KINDS, SourceFile
from repo_mhm.source.language_traits import TypeSyntax
from repo_mhm.source.symbols import Symbol

_PARAMETER = (r"[(,{\[]\s*(?:\.\.\.|\*+)?{name}\s*[?]?\s*[,:=)}\]]",)
_GLOBAL = (r"^[ \t]*(?:global|nonlocal)\s[^\n]*\b{name}\b",)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands."""

    file: SourceFile
    line: int


class Variables:
    """Finds the declarations of variables; what a long function declares is asked often."""

    def __init__(self) -> None:
        self._declared_in: dict[tuple[str, str, int, int, int], list[Declaration]] = {}

    def is_variable(self, file: SourceFile, name: str, line: int) -> bool:
        """Whether the name is a variable or parameter of a function around the line."""
        types = types_of(file)
        if types is None:
            return False
        for function in functions_around(file, line):
            if function.name == name:
                return False
            if is_parameter(file, function, name):
                return True
            if self._is_declared(file, function, types, name):
                return True
        return False

    def declarations(
        self, file: SourceFile, patterns: Sequence[str], name: str, begin: int, end: int
    ) -> list[Declaration]:
        """Where the file declares a name between two offsets, by patterns of its language."""
        key = file.path, name, begin, end, id(patterns)
        if key not in self._declared_in:
            self._declared_in[key] = declarations(file.code, patterns, name, begin, end)
        return self._declared_in[key]

    def _is_declared(
        self, file: SourceFile, function: Symbol, types: TypeSyntax, name: str
    ) -> bool:
        """Whether a function declares a variable of its own; `global` says that it does not."""
        span = span_of(file, function)
        if not self.declarations(file, types.variables, name, *span):
            return False
        return not self.declarations(file, _GLOBAL, name, *span)


def types_of(file: SourceFile) -> TypeSyntax | None:
    """How the language of a file declares types; None where that is not known."""
    return file.language.types if file.language else None


def span_of(file: SourceFile, symbol: Symbol) -> tuple[int, int]:
    """The first character of a symbol's lines, and their end."""
    return file.offset(symbol.start), file.offset(symbol.end + 1)


def functions_around(file: SourceFile, line: int) -> Iterator[Symbol]:
    """The functions around a line, the innermost first."""
    return (symbol for symbol in file.around(line) if symbol.kind in CALLABLE_KINDS)


def is_parameter(file: SourceFile, function: Symbol, name: str) -> bool:
    """Whether a function has a parameter of the name, with or without a type."""
    parameters = function.signature.partition(function.name)[2]
    if name not in parameters or file.family not in ("python", "javascript"):
        # Elsewhere a parameter has its type beside it, and is declared like a variable.
        return False
    if file.family != "javascript":
        # Names between brackets are arguments of types; JavaScript takes parameters apart there.
        parameters = without_brackets(parameters)
    return bool(declarations(parameters, _PARAMETER, name, 0, len(parameters)))
