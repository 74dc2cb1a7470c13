"""Edits: the two sides of each changed file, and which of its definitions changed so that others may notice."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from repo_mhm.review import signatures
from repo_mhm.review.code import masked, shape
from repo_mhm.source.unified_diff import FileDiff, Line
from repo_mhm.review.signatures import Difference
from repo_mhm.source.symbols import Symbol

_LONGEST_COMPARED = 4000
"""Characters of two bodies compared to tell a rename."""


@dataclass(frozen=True)
class Side:
    """A file before or after: its text as UTF-8 (which symbols' byte spans refer to) and its symbols."""

    path: str
    data: bytes
    symbols: tuple[Symbol, ...]
    language: str

    @cached_property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> list[str]:
        return [line.rstrip("\r") for line in self.text.split("\n")]

    @cached_property
    def code(self) -> str:
        """The text with comments and the insides of strings blanked out."""
        return masked(self.text, self.language)

    @cached_property
    def code_lines(self) -> list[str]:
        return self.code.split("\n")

    def body(self, symbol: Symbol) -> str:
        """A symbol's own text."""
        return self.data[symbol.start_byte : symbol.end_byte].decode("utf-8", "replace")

    def around(self, line: int) -> Symbol | None:
        """The innermost symbol that holds a line."""
        inside = [symbol for symbol in self.symbols if symbol.start <= line <= symbol.end]
        return max(inside, key=lambda symbol: (symbol.start_byte, -symbol.end_byte), default=None)


@dataclass(frozen=True, slots=True)
class Edit:
    """One file's change."""

    diff: FileDiff
    old: Side | None
    new: Side | None


def place(edit: Edit, line: Line) -> int:
    """Where a changed line stands in the new file: for a removed one, the line that is there now."""
    if edit.new is None:
        return line.old
    return line.new if line.kind != "-" else max(1, min(line.new + 1, len(edit.new.lines)))


@dataclass(frozen=True, slots=True)
class Target:
    """What others refer to: a definition by name, in the file that defines (or defined) it."""

    path: str
    name: str
    qualified: str
    container: str
    language: str


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """One definition that changed. `kind` is `removed`, `signature` or `constant`; `line` is where the diff says so."""

    kind: str
    target: Target
    path: str
    line: int
    message: str
    difference: Difference | None = None
    was: str = ""
    """The first line of the definition that the diff removes."""


_KINDS = frozenset("function method class constant type command route".split())
_CONTAINERS = frozenset({"class", "type", "module"})
_OPAQUE = re.compile(
    r"^\s*@(?:\w+\.)*(property|cached_property|overload|singledispatch|\w+\.setter)\b", re.MULTILINE
)
_STATIC = re.compile(r"^\s*@staticmethod\b", re.MULTILINE)


def symbol_changes(edits: Iterable[Edit]) -> list[SymbolChange]:
    """The definitions whose users may notice the change, file by file."""
    return [change for edit in edits for change in _of_file(edit)]


def _was(edit: Edit, symbol: Symbol) -> str:
    return next(
        (line.text for line in edit.diff.removed() if symbol.start <= line.old <= symbol.end), ""
    )


def _of_file(edit: Edit) -> list[SymbolChange]:
    old = edit.old
    if old is None or old.language not in signatures.LANGUAGES:
        return []
    before = _visible(old)
    moved = edit.new is None or edit.diff.old_path != edit.diff.path
    after = _visible(edit.new) if edit.new else {}
    found = []
    for qualified, symbol in before.items():
        partner = after.get(qualified)
        if partner is None or moved:
            if edit.new is None or moved or not _still_there(edit.new, symbol):
                found.append(_removed(edit, old, symbol, after, before))
        elif edit.new is not None:
            found += _altered(edit, old, symbol, edit.new, partner)
    return found


def _visible(side: Side) -> dict[str, Symbol]:
    """Symbols others can name: at top level or in a class, and defined once (no overloads, no alternatives)."""
    functions = {one.qualified for one in side.symbols if one.kind not in _CONTAINERS}
    times = Counter(one.qualified for one in side.symbols)
    return {
        one.qualified: one
        for one in side.symbols
        if one.kind in _KINDS
        and times[one.qualified] == 1
        and not _within(one.container, functions)
    }


def _within(container: str, functions: set[str]) -> bool:
    return (
        any(container == name or container.startswith(f"{name}.") for name in functions)
        if container
        else False
    )


def _still_there(new: Side, symbol: Symbol) -> bool:
    """Whether the file still has the name: another definition of it, an import, an assignment, a module's hook."""
    if any(one.qualified == symbol.qualified for one in new.symbols):
        return True
    if symbol.container:
        container = next((one for one in new.symbols if one.qualified == symbol.container), None)
        # A base class may define it, or a hook may stand in for it; so may a class that is gone as a whole.
        return container is None or "(" in container.signature or "__getattr__" in new.code
    name = re.escape(symbol.name)
    lines = "\n".join(
        line for line in new.code_lines if symbol.name in line or line.lstrip().startswith("from")
    )
    bound = rf"\bimport\b[^\n]*\b{name}\b|\bas\s+{name}\b|^\s*{name}\s*[:=,]|^\s*\w+\s*,\s*{name}\s*[=,]|import\s*\*"
    return bool(re.search(bound, lines, re.MULTILINE)) or "__getattr__" in new.code


def _removed(
    edit: Edit, old: Side, symbol: Symbol, after: dict[str, Symbol], before: dict[str, Symbol]
) -> SymbolChange:
    target = Target(old.path, symbol.name, symbol.qualified, symbol.container, old.language)
    where = f"is gone from {old.path}"
    heir: Symbol | None = None
    if edit.new is not None and edit.diff.old_path != edit.diff.path and symbol.qualified in after:
        where = f"moved from {old.path} to {edit.diff.path}"
        heir = after[symbol.qualified]
    elif edit.new is not None and (heir := _renamed(old, symbol, edit.new, after, before)):
        where = f"was renamed to `{heir.name}`"
    line = symbol.start
    if heir is not None:
        line = heir.start
    elif edit.new is not None:
        gone = (
            place(edit, one) for one in edit.diff.removed() if symbol.start <= one.old <= symbol.end
        )
        line = next(gone, 1)
    message = f"`{symbol.qualified}` {where}"
    return SymbolChange(
        "removed", target, edit.diff.path, max(1, line), message, None, _was(edit, symbol)
    )


def _renamed(
    old: Side, symbol: Symbol, new: Side, after: dict[str, Symbol], before: dict[str, Symbol]
) -> Symbol | None:
    """What became of a definition whose body is (nearly) that of one which appeared; None when there is none."""
    body = old.body(symbol).replace(symbol.name, "")[:_LONGEST_COMPARED]
    for qualified, candidate in after.items():
        if qualified not in before and (candidate.kind, candidate.container) == (
            symbol.kind,
            symbol.container,
        ):
            other = new.body(candidate).replace(candidate.name, "")[:_LONGEST_COMPARED]
            if (
                body == other
                or SequenceMatcher(None, body, other, autojunk=False).quick_ratio() > 0.9
            ):
                return candidate
    return None


def _altered(edit: Edit, old: Side, before: Symbol, new: Side, after: Symbol) -> list[SymbolChange]:
    was, now = old.body(before), new.body(after)
    if was == now:
        return []
    line = _changed_line(edit, after)
    target = Target(new.path, after.name, after.qualified, after.container, new.language)
    if before.kind == after.kind == "constant":
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", after.name) or _same_value(was, now, new.language):
            return []
        message = f"`{after.qualified}` has another value"
        return [SymbolChange("constant", target, new.path, line, message, None, _was(edit, before))]
    if before.kind not in {"function", "method"} or _OPAQUE.search(was) or _OPAQUE.search(now):
        return []
    changed = _signature_change(was, now, after, new)
    if changed is None:
        return []
    name, container = after.name, after.container
    if name == "__init__" and container:
        parts = container.rpartition(".")
        target = Target(new.path, parts[2], container, parts[0], new.language)
    elif name.startswith("__") and name.endswith("__"):
        return []
    message = f"`{target.qualified}`: {changed.message}"
    return [SymbolChange("signature", target, new.path, line, message, changed, _was(edit, before))]


def _signature_change(was: str, now: str, symbol: Symbol, side: Side) -> Difference | None:
    old = signatures.read(was, symbol.name, side.language)
    new = signatures.read(now, symbol.name, side.language)
    if old is None or new is None:
        return None
    if side.language == "python" and symbol.container:
        if bool(_STATIC.search(was)) != bool(_STATIC.search(now)):
            return None
        if not _STATIC.search(now):
            old, new = old[1:], new[1:]
    return signatures.difference(old, new, side.language)


def _changed_line(edit: Edit, symbol: Symbol) -> int:
    return next(
        (one.new for one in edit.diff.added() if symbol.start <= one.new <= symbol.end),
        symbol.start,
    )


def _same_value(was: str, now: str, language: str) -> bool:
    if language == "python":
        return _parsed_value(was) == _parsed_value(now)
    return shape(was.partition("=")[2]) == shape(now.partition("=")[2])


def _parsed_value(assignment: str) -> str:
    try:
        statement = ast.parse(assignment.strip()).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return shape(assignment)
    value = getattr(statement, "value", None)
    return ast.dump(value) if isinstance(value, ast.expr) else shape(assignment)


def touched_symbols(edits: Sequence[Edit]) -> list[tuple[str, Symbol]]:
    """The innermost symbols that hold the changed lines, with their paths, in the diff's order."""
    found: dict[tuple[str, str], tuple[str, Symbol]] = {}
    for edit in edits:
        side = edit.new or edit.old
        if side is None:
            continue
        numbers = [one.old for one in edit.diff.removed()]
        if edit.new:
            numbers = [one.new for hunk in edit.diff.hunks for one in hunk.added or hunk.removed]
        for number in sorted(set(numbers))[:2000]:
            if symbol := side.around(max(1, number)):
                found.setdefault((side.path, symbol.qualified), (side.path, symbol))
    return list(found.values())
