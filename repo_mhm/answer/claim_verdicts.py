"""What checks of claims share: the code they ask, verdicts, and questions about code. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from repo_mhm.answer.claims import Claim
from repo_mhm.location import Location

if TYPE_CHECKING:
    from repo_mhm.relations.records import Callee, Import, Raised, Relative
    from repo_mhm.source.language_traits import Parameter
    from repo_mhm.source.symbols import Symbol

MAX_NAMESAKES = 30
"""Claims about a name with more definitions are not checked: any of them may be meant."""
MAX_ANCESTORS = 80
"""Most classes followed from one to its bases."""
MAX_LISTED = 4
"""Most names in a correction."""
MAX_BODY_LINES = 2_000
"""Longer definitions are not searched for mentions."""

Outcome = Literal["borne out", "unproven", "contradicted", "not checkable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What code says to a claim."""

    claim: Claim
    outcome: Outcome
    location: Location | None = None
    """The line that bears the claim out."""
    correction: str = ""
    """What the code says instead of a contradicted claim."""


class CodeLookup(Protocol):
    """What checks need to know of the code; `relations.Relations` knows it."""

    def resolve(self, subject: str) -> Sequence[Symbol]:
        """The definitions that a name may mean, best first."""

    def files(self, subject: str) -> Sequence[str]:
        """The files that a path, the end of one or the name of a module may mean."""

    def callees(self, symbol: Symbol) -> Sequence[Callee]:
        """The calls in a definition's body, in their order."""

    def raised(self, symbol: Symbol) -> Sequence[Raised]:
        """The errors that a definition's body raises."""

    def bases(self, symbol: Symbol) -> Sequence[Relative]:
        """The classes that a class names as its bases."""

    def overrides(self, symbol: Symbol) -> Sequence[Symbol]:
        """The definitions that override or implement a method."""

    def member(self, cls: Symbol, name: str) -> Sequence[Symbol]:
        """The definitions of a member in a class or in its bases."""

    def value(self, symbol: Symbol) -> str:
        """The value of a constant, as the code spells it."""

    def imports(self, path: str) -> Sequence[Import]:
        """The imports of a file."""

    def parameters(self, symbol: Symbol) -> Sequence[Parameter]:
        """The parameters of a function or method."""

    def line(self, path: str, line: int) -> str:
        """One line of source; empty outside of the file."""


# Verdicts -------------------------------------------------------------------------------------


def borne_out(claim: Claim, path: str, line: int) -> Verdict:
    """The verdict that a line bears the claim out."""
    return Verdict(claim, "borne out", Location(path, line, line))


def contradiction(claim: Claim, correction: str) -> Verdict:
    """The verdict that the code says `correction` instead."""
    return Verdict(claim, "contradicted", correction=correction)


def contradicted(
    claim: Claim, symbol: Symbol, verb: str, third_person: str, names: Sequence[str]
) -> Verdict:
    """`X` calls `a`, `b` (path:lines), not `Y`."""
    name = f"`{symbol.qualified}`"
    if not names:
        return contradiction(claim, f"{name} does not {verb} `{claim.object}` ({at(symbol)})")
    listed = ", ".join(f"`{other}`" for other in names[:MAX_LISTED])
    more = " …" if len(names) > MAX_LISTED else ""
    return contradiction(
        claim, f"{name} {third_person} {listed}{more} ({at(symbol)}), not `{claim.object}`"
    )


def at(symbol: Symbol) -> str:
    """Where a definition begins, as a correction shows it."""
    return f"{symbol.path}:{symbol.start}"


# Code -----------------------------------------------------------------------------------------


def definitions_of(name: str, code: CodeLookup) -> list[Symbol]:
    """The definitions of a name; none where it has too many."""
    definitions = list(code.resolve(name)) if name else []
    return definitions if len(definitions) <= MAX_NAMESAKES else []


def code_definitions(name: str, code: CodeLookup) -> list[Symbol]:
    """The definitions of a name that have a body: functions, classes and the like."""
    return [symbol for symbol in definitions_of(name, code) if is_code(symbol)]


def is_class(symbol: Symbol) -> bool:
    """Whether it is a class, an interface or the like."""
    return symbol.kind in ("class", "type")


def is_code(symbol: Symbol) -> bool:
    """Whether it is a definition with a body."""
    return symbol.kind in ("class", "type", "function", "method", "test", "route", "command")


def ancestors_of(cls: Symbol, code: CodeLookup) -> tuple[list[Symbol], bool]:
    """All classes that a class inherits from, and whether none of them lies elsewhere."""
    ancestors: list[Symbol] = []
    is_whole = True
    queue = [cls]
    for descendant in queue:  # grows by the bases
        for base in code.bases(descendant):
            if base.symbol is None:
                is_whole = is_whole and base.name == "object"
            elif base.symbol not in ancestors and len(ancestors) < MAX_ANCESTORS:
                ancestors.append(base.symbol)
                queue.append(base.symbol)
    return ancestors, is_whole


def is_kind_of(cls: Symbol, name: str, code: CodeLookup) -> bool:
    """Whether a class has a base of this name, at any distance."""
    ancestors, _ = ancestors_of(cls, code)
    return any(ancestor.name == name for ancestor in ancestors)


def mentions(name: str, symbol: Symbol, code: CodeLookup) -> bool:
    """Whether a name occurs in a definition; one that is too long is taken to have it."""
    if symbol.end - symbol.start > MAX_BODY_LINES:
        return True
    return line_with(word_pattern(name), symbol, code) > 0


def line_with(pattern: re.Pattern[str], symbol: Symbol, code: CodeLookup, first: int = 0) -> int:
    """The first line of a definition in which a pattern occurs; 0 if there is none."""
    start = max(first, symbol.start)
    end = min(symbol.end, symbol.start + MAX_BODY_LINES)
    lines: Iterable[int] = range(start, end + 1)
    return next((line for line in lines if pattern.search(code.line(symbol.path, line))), 0)


def word_pattern(name: str) -> re.Pattern[str]:
    """A pattern for a whole word."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def last_part(name: str) -> str:
    """The last part of a qualified name."""
    return re.split(r"\.|::|#", name)[-1]
