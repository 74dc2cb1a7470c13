"""A file as relations see it: its text, its code mask, its imports, its symbols. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from repo_mhm.source.language_traits import ImportStatement
from repo_mhm.source.languages import Language
from repo_mhm.source.literal_patterns import pattern_mask
from repo_mhm.source.symbols import Symbol

CLASS_KINDS = frozenset({"class", "type", "command"})
"""Kinds of symbols that may have members."""
OWNER_KINDS = CLASS_KINDS | {"module"}
"""Kinds of symbols behind which another name may stand."""
CALLABLE_KINDS = frozenset({"function", "method", "test", "route", "command"})
_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".vue", ".svelte")
_NAMESPACE = re.compile(r"^[ \t]*namespace[ \t]+([\w.\\]+)", re.MULTILINE)
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))(?:(?:#(?!\[)|--|//)[^\n]*|/\*(?s:.*?)\*/)")
"""Of a language without patterns for its literals."""


_QUOTES = ("'", '"', "`", "/")
_PLAIN_ENUMERATION = re.compile(r"(?:typedef\s+)?enum\s+(?!class\b|struct\b)")
"""The head of an enumeration whose members are seen without it."""
_TITLED_KINDS = frozenset({"test", "route", "command"})


def is_named_in_code(symbol: Symbol) -> bool:
    """Whether a symbol's name is an identifier, and not the title of a test or a route's path."""
    if symbol.kind not in _TITLED_KINDS:
        return True
    before, found, after = symbol.signature.partition(symbol.name)
    return bool(found) and before[-1:] not in _QUOTES and after[:1] not in _QUOTES


class SourceFile:
    """One file of the snapshot; offsets count its characters, lines count from 1."""

    def __init__(
        self,
        path: str,
        language: Language | None,
        read_text: Callable[[], str],
        read_symbols: Callable[[], Sequence[Symbol]],
        read_code: Callable[[], str] | None = None,
    ) -> None:
        self.path = path
        self.language = language
        self._read_text = read_text
        self._read_symbols = read_symbols
        self._read_code = read_code

    @cached_property
    def text(self) -> str:
        """The source, secrets masked."""
        return self._read_text()

    @cached_property
    def symbols(self) -> Sequence[Symbol]:
        """Its definitions, outermost and topmost first."""
        return self._read_symbols()

    @cached_property
    def family(self) -> str:
        """Files of one family may use each other's definitions."""
        return (self.language.family or self.language.name) if self.language else ""

    @property
    def syntax_family(self) -> str:
        """The family of those that are written alike: Java uses what Kotlin defines, no more."""
        return "kotlin" if self.language and self.language.name == "kotlin" else self.family

    @cached_property
    def code(self) -> str:
        """The text with comments and strings blanked out: by a parser, or else by patterns."""
        if self._read_code is not None:
            return self._read_code()
        if self.language and self.language.literals:
            return pattern_mask(self.text, self.language.literals)
        return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), self.text)

    @cached_property
    def namespace(self) -> str:
        """The first namespace that it says its definitions are in, as C# does; empty without."""
        match = _NAMESPACE.search(self.code)
        return match[1] if match else ""

    @cached_property
    def statements(self) -> Sequence[ImportStatement]:
        """Its imports."""
        imports = self.language.imports if self.language else None
        return imports.statements(self.text, self.code) if imports else ()

    @cached_property
    def _line_starts(self) -> list[int]:
        ends = accumulate(map(len, self.text.split("\n")[:-1]))
        return [0, *[end + breaks for breaks, end in enumerate(ends, 1)]]

    def line_at(self, offset: int) -> int:
        """The line that holds a character."""
        return bisect_right(self._line_starts, offset)

    def offset(self, line: int) -> int:
        """The first character of a line; the end of the text beyond the last one."""
        starts = self._line_starts
        return starts[line - 1] if line <= len(starts) else len(self.text)

    def line(self, number: int) -> str:
        """A line of the text without the white space around it."""
        return self.text[self.offset(number) : self.offset(number + 1)].strip()

    def code_of(self, symbol: Symbol) -> str:
        """The code of a symbol's lines."""
        return self.code[self.offset(symbol.start) : self.offset(symbol.end + 1)]

    def around(self, line: int) -> Iterator[Symbol]:
        """The definitions around a line, the innermost first."""
        around = [symbol for symbol in self.symbols if symbol.start <= line <= symbol.end]
        yield from sorted(around, key=lambda symbol: (-symbol.start_byte, symbol.end_byte))

    def user_at(self, line: int) -> Symbol | None:
        """The innermost definition around a line that is more than a value of a function."""
        for symbol in self.around(line):
            if symbol.kind in CALLABLE_KINDS | CLASS_KINDS or not symbol.container:
                return symbol
        return next(self.around(line), None)

    def class_at(self, line: int) -> Symbol | None:
        """The innermost class around a line."""
        return next((item for item in self.around(line) if item.kind in CLASS_KINDS), None)

    def function_at(self, line: int) -> Symbol | None:
        """The innermost function around a line."""
        return next((item for item in self.around(line) if item.kind in CALLABLE_KINDS), None)

    def is_top_level(self, symbol: Symbol) -> bool:
        """Whether one of its symbols is in no class and no function; namespaces do not count.

        In C the members of an enumeration are names of the file, whatever holds them.
        """
        return not symbol.container or symbol.container in self._namespaces

    @cached_property
    def _namespaces(self) -> set[str]:
        return {
            symbol.qualified
            for symbol in self.symbols
            if symbol.kind == "module" or (self.family == "c" and _is_plain_enumeration(symbol))
        }

    def top_level(self, name: str) -> list[Symbol]:
        """Its definitions of a name that are in no class and no function."""
        return [symbol for symbol in self.named(name) if self.is_top_level(symbol)]

    def named(self, name: str) -> list[Symbol]:
        """Its symbols of a name."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> dict[str, list[Symbol]]:
        by_name: dict[str, list[Symbol]] = {}
        for symbol in self.symbols:
            if is_named_in_code(symbol):
                by_name.setdefault(symbol.name, []).append(symbol)
        return by_name


def is_namespace(symbol: Symbol) -> bool:
    """Whether it is a namespace of TypeScript, which one file has as a whole."""
    return symbol.kind == "module" and symbol.path.endswith(_SCRIPTS)


def _is_plain_enumeration(symbol: Symbol) -> bool:
    """Whether a symbol in C or C++ is an enumeration whose members need no qualifier."""
    return symbol.kind == "type" and _PLAIN_ENUMERATION.match(symbol.signature) is not None
