"""Symbol changes: which definitions an edit changes so that their users may notice. Pure.

A definition may be removed (also by a rename or a move), get another signature, or, as a constant,
another value. Its users are found by `references`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.signature_changes import Difference, difference, read_signature
from repo_mhm.source.code_tokens import compact
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.unified_diff import Line

_MOST_COMPARED = 4000
"""Characters of two bodies that are compared to recognise a rename."""
_SAME_BODY = 0.9
"""Where two bodies are more alike than this (difflib's upper bound), one is the other, renamed."""
_KINDS = frozenset("function method class constant type command route".split())
_CONTAINERS = frozenset({"class", "type", "module"})
_CONSTANT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Target:
    """What others refer to: a definition by name, in the file that defines (or defined) it."""

    path: str
    name: str
    qualified: str
    container: str
    language: Language

    @classmethod
    def of(cls, side: Side, symbol: Symbol) -> Target:
        """The definition of a symbol."""
        assert side.language is not None
        return cls(side.path, symbol.name, symbol.qualified, symbol.container, side.language)

    @property
    def owner(self) -> str:
        """The last part of the container's name."""
        return self.container.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """One definition that changed."""

    kind: Literal["removed", "signature", "constant"]
    target: Target
    path: str
    line: int
    """Where the diff shows it, in the new file."""
    message: str
    difference: Difference | None = None
    was: str = ""
    """The first line of the definition that the diff removes."""


def symbol_changes(edits: Iterable[Edit]) -> list[SymbolChange]:
    """The definitions whose users may notice the change, file by file."""
    return [change for edit in edits for change in _changes_of(edit)]


def _changes_of(edit: Edit) -> list[SymbolChange]:
    old, new = edit.old, edit.new
    if old is None or old.language is None or old.language.calls is None:
        return []

    before = _visible(old)
    after = _visible(new) if new else {}
    is_moved = edit.diff.old_path != edit.diff.path
    changes: list[SymbolChange] = []

    for qualified, symbol in before.items():
        partner = after.get(qualified)
        if new is None or is_moved:
            changes.append(_removal(edit, old, symbol, before, after))
        elif partner is not None:
            if change := _alteration(edit, symbol, partner):
                changes.append(change)
        elif not _still_exists(new, symbol):
            changes.append(_removal(edit, old, symbol, before, after))

    return changes


def _visible(side: Side) -> dict[str, Symbol]:
    """Symbols that others can name, by qualified name.

    They are at top level or in a class, and defined once: no overloads, no alternatives.
    """
    functions = {each.qualified for each in side.symbols if each.kind not in _CONTAINERS}
    times = Counter(symbol.qualified for symbol in side.symbols)
    return {
        symbol.qualified: symbol
        for symbol in side.symbols
        if symbol.kind in _KINDS
        and times[symbol.qualified] == 1
        and not _is_within(symbol.container, functions)
    }


def _is_within(container: str, functions: set[str]) -> bool:
    if not container:
        return False
    return any(container == name or container.startswith(f"{name}.") for name in functions)


# Removed ------------------------------------------------------------------------------------------


def _still_exists(new: Side, symbol: Symbol) -> bool:
    """Whether the file still has the name.

    It may be defined in another way, imported, assigned, or come from a module's attribute hook.
    """
    if new.is_unparsed or new.has(symbol.qualified):
        return True

    hook = new.language.methods.attribute_hook if new.language else ""
    has_hook = bool(hook) and hook in new.code
    if symbol.container:
        containers = [each for each in new.symbols if each.qualified == symbol.container]
        # A base class may define it. With a class that is gone as a whole, the class is reported.
        return not containers or "(" in containers[0].signature or has_hook
    return _is_bound(new, symbol.name) or has_hook


def _is_bound(side: Side, name: str) -> bool:
    lines = "\n".join(
        line for line in side.code_lines if name in line or line.lstrip().startswith("from")
    )
    word = re.escape(name)
    patterns = (
        rf"\bimport\b[^\n]*\b{word}\b",
        rf"\bas\s+{word}\b",
        rf"^\s*{word}\s*[:=,]",
        rf"^\s*\w+\s*,\s*{word}\s*[=,]",
        r"import\s*\*",
    )
    return re.search("|".join(patterns), lines, re.MULTILINE) is not None


def _removal(
    edit: Edit, old: Side, symbol: Symbol, before: dict[str, Symbol], after: dict[str, Symbol]
) -> SymbolChange:
    is_moved = edit.diff.old_path != edit.diff.path
    successor: Symbol | None = None
    event = f"is gone from {old.path}"

    if edit.new is not None and is_moved and symbol.qualified in after:
        successor = after[symbol.qualified]
        event = f"moved from {old.path} to {edit.diff.path}"
    elif edit.new is not None and (successor := _renamed(edit, symbol, before, after)):
        event = f"was renamed to `{successor.name}`"

    line = successor.start if successor else _removal_line(edit, symbol)
    message = f"`{symbol.qualified}` {event}"
    target = Target.of(old, symbol)
    return SymbolChange(
        "removed", target, edit.diff.path, max(1, line), message, was=_was(edit, symbol)
    )


def _removal_line(edit: Edit, symbol: Symbol) -> int:
    """Where the new file shows that a definition is gone."""
    if edit.new is None:
        return symbol.start
    line = _first_removed_line(edit, symbol)
    return edit.new_line(line) if line else 1


def _renamed(
    edit: Edit, symbol: Symbol, before: dict[str, Symbol], after: dict[str, Symbol]
) -> Symbol | None:
    """The definition that is new and has (nearly) the body of one that is gone, if there is one."""
    assert edit.old is not None and edit.new is not None
    body = _body_without_name(edit.old, symbol)

    for qualified, candidate in after.items():
        is_alike = (candidate.kind, candidate.container) == (symbol.kind, symbol.container)
        if qualified in before or not is_alike:
            continue
        if _is_same_body(body, _body_without_name(edit.new, candidate)):
            return candidate
    return None


def _is_same_body(body: str, other: str) -> bool:
    if body == other:
        return True
    return SequenceMatcher(None, body, other, autojunk=False).quick_ratio() > _SAME_BODY


def _body_without_name(side: Side, symbol: Symbol) -> str:
    return side.body(symbol).replace(symbol.name, "")[:_MOST_COMPARED]


def _was(edit: Edit, symbol: Symbol) -> str:
    line = _first_removed_line(edit, symbol)
    return line.text if line else ""


def _first_removed_line(edit: Edit, symbol: Symbol) -> Line | None:
    """The first line of an old definition that the diff removes."""
    for line in edit.diff.removed():
        if symbol.start <= line.old <= symbol.end:
            return line
    return None


# Altered ------------------------------------------------------------------------------------------


def _alteration(edit: Edit, before: Symbol, after: Symbol) -> SymbolChange | None:
    """What changed in a definition that both sides have."""
    assert edit.old is not None and edit.new is not None
    if edit.old.body(before) == edit.new.body(after):
        return None
    if before.kind == after.kind == "constant":
        return _constant_change(edit, before, after)
    if before.kind in {"function", "method"}:
        return _signature_change(edit, before, after)
    return None


def _constant_change(edit: Edit, before: Symbol, after: Symbol) -> SymbolChange | None:
    assert edit.old is not None and edit.new is not None and edit.new.language is not None
    language = edit.new.language
    old_value = _value(edit.old.body(before), language)
    new_value = _value(edit.new.body(after), language)
    if not _CONSTANT_NAME.fullmatch(after.name) or old_value == new_value:
        return None

    return SymbolChange(
        "constant",
        Target.of(edit.new, after),
        edit.new.path,
        _changed_line(edit, after),
        f"`{after.qualified}` has another value",
        was=_was(edit, before),
    )


def _value(assignment: str, language: Language) -> str:
    if language.value_of is None:
        return compact(assignment.partition("=")[2])
    return language.value_of(assignment) or compact(assignment)


def _signature_change(edit: Edit, before: Symbol, after: Symbol) -> SymbolChange | None:
    assert edit.old is not None and edit.new is not None and edit.new.language is not None
    methods = edit.new.language.methods
    target = Target.of(edit.new, after)

    is_constructor = bool(after.container) and after.name == methods.constructor
    if is_constructor:
        outer = after.container.rpartition(".")[0]
        target = replace(target, name=target.owner, qualified=after.container, container=outer)
    elif after.name.startswith("__") and after.name.endswith("__"):
        return None

    change = _difference(edit.old, before, edit.new, after)
    if change is None:
        return None
    return SymbolChange(
        "signature",
        target,
        edit.new.path,
        _changed_line(edit, after),
        f"`{target.qualified}`: {change.message}",
        change,
        _was(edit, before),
    )


def _difference(old: Side, before: Symbol, new: Side, after: Symbol) -> Difference | None:
    assert new.language is not None and new.language.calls is not None
    syntax, methods = new.language.calls, new.language.methods
    was, now = old.body(before), new.body(after)
    if _has_decorator(was, methods.computed) or _has_decorator(now, methods.computed):
        return None

    signature_was = read_signature(was, old.code_of(before), after.name, syntax)
    signature = read_signature(now, new.code_of(after), after.name, syntax)
    if signature_was is None or signature is None:
        return None

    if methods.receiver_is_parameter and after.container:
        is_static = _has_decorator(now, (methods.static,))
        if is_static != _has_decorator(was, (methods.static,)):
            return None
        if not is_static:
            signature_was, signature = signature_was[1:], signature[1:]
    return difference(signature_was, signature, syntax)


def _has_decorator(text: str, names: Sequence[str]) -> bool:
    """Whether a line of the text is one of these decorators (regular expressions)."""
    if not names:
        return False
    pattern = rf"^\s*@(?:\w+\.)*(?:{'|'.join(names)})\b"
    return re.search(pattern, text, re.MULTILINE) is not None


def _changed_line(edit: Edit, symbol: Symbol) -> int:
    for line in edit.diff.added():
        if symbol.start <= line.new <= symbol.end:
            return line.new
    return symbol.start
