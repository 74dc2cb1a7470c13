"""The lines of an exact answer: their order, their number, the words above them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from repo_mhm.answer.events import Located, LocatedLine, QuestionKind
from repo_mhm.formatting import count, plural
from repo_mhm.location import Location
from repo_mhm.relations.records import Import, Use
from repo_mhm.scope import Scope
from repo_mhm.source.file_roles import is_documentation, is_test
from repo_mhm.source.symbols import Symbol

MOST_LINES = 12
"""Lines that are shown without `--all`: what a reader takes in at a glance."""
MOST_CODE_CHARACTERS = 160
BY_NAME_ONLY = "by name only"


@dataclass(frozen=True, slots=True)
class ExactAnswer:
    """All lines of an answer, the best first, before any is left out."""

    kind: QuestionKind
    heading: str
    lines: tuple[LocatedLine, ...]

    def located(self, *, show_all: bool) -> Located:
        """The lines to show; their number counts all of them."""
        shown = self.lines if show_all else self.lines[:MOST_LINES]
        return Located(self.kind, self.heading, shown, len(self.lines))

    def within(self, files: Sequence[Location]) -> ExactAnswer:
        """The lines in the files that the user has named; the heading counts both."""
        lines = tuple(
            line for line in self.lines if any(map(line.location.at(line.number).overlaps, files))
        )
        in_files = f"{len(lines):,} of them" if lines else "none of them"
        return replace(self, heading=f"{self.heading}, {in_files} in the named files", lines=lines)

    def in_scope(self, scope: Scope) -> ExactAnswer:
        """The lines that lie in the scope; the heading counts those outside of it."""
        if scope.is_whole:
            return self
        lines = tuple(line for line in self.lines if line.location.path in scope)
        outside = len(self.lines) - len(lines)
        if not outside:
            return self
        inside = f"{len(lines):,} of them" if lines else "none of them"
        text = f"{self.heading}, {inside} in {scope} and {outside:,} outside"
        return replace(self, heading=text, lines=lines)

    def without_files(self, number: int) -> ExactAnswer:
        """The same; the heading counts the files that have the name and were not searched."""
        if not number:
            return self
        files = f"{count(number, 'file')} with the name, farther from its definitions"
        were = "was" if number == 1 else "were"
        return replace(self, heading=f"{self.heading}; {files}, {were} not searched")


def use_line(use: Use, *, is_asked: bool = True) -> LocatedLine:
    """A use with what must be said of it; `is_asked` is false where its kind was not asked for."""
    remarks = []
    if use.by_name_only:
        remarks.append(BY_NAME_ONLY)
    if use.via:
        remarks.append(f"through {use.via}")
    if use.kind == "import" and not is_asked:
        remarks.append("import")
    return LocatedLine(
        use.location,
        shortened(use.code),
        symbol=use.user.qualified if use.user else "",
        remark=", ".join(remarks),
    )


def import_line(statement: Import) -> LocatedLine:
    """An import with the files of the repository that it leads to."""
    remark = ", ".join(statement.targets[:3])
    return LocatedLine(
        statement.location, shortened(statement.code), remark=f"→ {remark}" if remark else ""
    )


def symbol_line(symbol: Symbol, line: int, code: str, remark: str = "") -> LocatedLine:
    """A definition, by its first lines."""
    return LocatedLine(
        Location(symbol.path, min(symbol.start, line), symbol.end),
        code if code.startswith(symbol.signature[:40]) else shortened(code),
        line=line,
        symbol=symbol.qualified,
        remark=remark,
    )


def by_value(
    lines: Iterable[LocatedLine], value_of: Callable[[LocatedLine], float]
) -> tuple[LocatedLine, ...]:
    """Lines in the order of their use to a reader, each place once.

    Certain ones before those that match by name only, source before tests before documentation,
    files with the more valuable symbols first; within a file from its top.
    """
    line_by_place: dict[tuple[str, int], LocatedLine] = {}
    for line in lines:
        line_by_place.setdefault((line.location.path, line.number), line)

    value_by_path: dict[str, float] = {}
    for line in line_by_place.values():
        path = line.location.path
        value_by_path[path] = max(value_by_path.get(path, 0.0), value_of(line))

    def key(line: LocatedLine) -> tuple[bool, int, float, str, int]:
        path = line.location.path
        is_by_name = BY_NAME_ONLY in line.remark
        return is_by_name, role(path), -value_by_path[path], path, line.number

    return tuple(sorted(line_by_place.values(), key=key))


def role(path: str) -> int:
    """0 for source, 1 for tests, 2 for documentation."""
    return 2 if is_documentation(path) else int(is_test(path))


def one_place_each(lines: Sequence[LocatedLine]) -> tuple[LocatedLine, ...]:
    """The lines in their order, each place once."""
    line_by_place = {(line.location.path, line.number): line for line in reversed(lines)}
    return tuple(line for line in lines if line_by_place[line.location.path, line.number] is line)


def shortened(code: str) -> str:
    """A line of code, cut with an ellipsis where it is long."""
    if len(code) <= MOST_CODE_CHARACTERS:
        return code
    return f"{code[: MOST_CODE_CHARACTERS - 1]}…"


def heading(number: int, noun: str, of: str) -> str:
    """`38 callers of Session.send`; `No callers of Session.send`."""
    if number:
        return f"{count(number, noun)} of {of}"
    return f"No {plural(noun)} of {of} were found"


def with_remark(line: LocatedLine, remark: str) -> LocatedLine:
    """The line with one more remark."""
    return replace(line, remark=f"{line.remark}, {remark}" if line.remark else remark)
