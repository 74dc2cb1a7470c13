"""Symbol changes: which definitions an edit changes so that their users may notice. Pure.

A definition may be removed (also by a rename or a move), get another signature, or, as a constant,
another value. Its users are found by `references`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from repo_mhm.relations.fields import fields_of
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.signature_changes import (
    Difference,
    OverloadsDifference,
    difference,
    read_signature,
)
from repo_mhm.source.code_tokens import compact
from repo_mhm.source.language_traits import CallSyntax, Signature
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol
from repo_mhm.source.unified_diff import Line

_MOST_COMPARED = 4000
"""Characters of two bodies that are compared to recognise a rename."""
_SAME_BODY = 0.9
"""Where two bodies are more alike than this (difflib's upper bound), one is the other, renamed."""
_KINDS = frozenset("function method class constant type command route".split())
_FUNCTIONS = frozenset({"function", "method"})
_WITH_OVERLOADS = frozenset("java csharp cpp kotlin scala swift typescript tsx".split())
"""Languages in which several definitions of one name and scope stand side by side."""
_NAME = re.compile(r"[#@$]?[\w$]+[?!=]?")
_CONSTANT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """One definition that changed."""

    kind: Literal["removed", "signature", "constant"]
    symbol: Symbol
    """As the old tree has it: its uses are looked for there."""
    named: Symbol
    """What users name: the symbol, or the class of a constructor."""
    language: Language
    path: str
    line: int
    """Where the diff shows it, in the new file."""
    message: str
    difference: Difference | OverloadsDifference | None = None
    was: str = ""
    """The first line of the definition that the diff removes."""
    new_path: str = ""
    """Where the file of a removed definition is now, if it moved as a whole."""
    is_field: bool = False
    """Whether it is a field that no definition declares."""


def symbol_changes(edits: Sequence[Edit]) -> list[SymbolChange]:
    """The definitions whose users may notice the change, file by file."""
    arrivals = _arrivals(edits)
    return [change for edit in edits for change in _changes_of(edit, arrivals)]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A definition that is new in its file."""

    edit: Edit
    symbol: Symbol


Arrivals = Mapping[tuple[str, str], Sequence[_Arrival]]
"""By kind and qualified name."""


def _arrivals(edits: Iterable[Edit]) -> Arrivals:
    arrivals: dict[tuple[str, str], list[_Arrival]] = defaultdict(list)
    for edit in edits:
        if edit.new is None or edit.new.language is None:
            continue
        before = edit.old if edit.diff.old_path == edit.diff.path else None
        for symbol in edit.new.symbols:
            if before is None or not before.has(symbol.qualified):
                arrivals[symbol.kind, symbol.qualified].append(_Arrival(edit, symbol))
    return arrivals


def _changes_of(edit: Edit, arrivals: Arrivals) -> Iterator[SymbolChange]:
    old, new = edit.old, edit.new
    if old is None or old.language is None:
        return

    yield from _lost_fields(edit)
    before, after = _visible(old), _visible(new) if new else {}
    is_moved = edit.diff.old_path != edit.diff.path
    for qualified, group in before.items():
        partners = after.get(qualified, [])
        if new is None or is_moved or (not partners and not _still_exists(new, group[0])):
            yield _removal(edit, old, group[0], before, after)
        if partners and new is not None:
            yield from _alterations(edit, group, new, partners)
        elif not partners:
            yield from _altered_elsewhere(edit, group, arrivals)


def _altered_elsewhere(
    edit: Edit, group: Sequence[Symbol], arrivals: Arrivals
) -> Iterator[SymbolChange]:
    """What changed in a definition that the change moves to another file."""
    assert edit.old is not None
    places = [
        place
        for place in arrivals.get((group[0].kind, group[0].qualified), ())
        if place.edit.new is not None and place.edit.new.language == edit.old.language
    ]
    if len(group) == 1 and len(places) == 1 and (new := places[0].edit.new) is not None:
        yield from _alterations(
            Edit(places[0].edit.diff, edit.old, new), group, new, [places[0].symbol]
        )


def _visible(side: Side) -> dict[str, list[Symbol]]:
    """Symbols that others can name, by qualified name: at top level, or in a class.

    Of several that share a name, all are overloads where the language has them; of Python's, the
    one without `@overload` counts. Alternatives of one another are left out.
    """
    functions = {each.qualified for each in side.symbols if each.kind in CALLABLE_KINDS}
    groups: dict[str, list[Symbol]] = {}
    for symbol in side.symbols:
        is_table = (
            symbol.kind == "table" and side.language is not None and side.language.name == "sql"
        )
        if (symbol.kind in _KINDS or is_table) and not _is_within(symbol.container, functions):
            groups.setdefault(symbol.qualified, []).append(symbol)
    chosen = {qualified: _overloads(side, group) for qualified, group in groups.items()}
    return {qualified: group for qualified, group in chosen.items() if group}


def _is_nameable(side: Side, symbol: Symbol) -> bool:
    # Operators (Ruby's `[]`) are used without their name.
    if not _NAME.fullmatch(symbol.name):
        return False
    is_sql = side.language is not None and side.language.name == "sql"
    return symbol.kind in _KINDS or (is_sql and symbol.kind == "table")


def _overloads(side: Side, group: list[Symbol]) -> list[Symbol]:
    if len(group) == 1:
        return group
    assert side.language is not None
    if side.language.name in _WITH_OVERLOADS:
        return group
    written = [item for item in group if not _has_decorator(side.body(item), ("overload",))]
    return written if len(written) == 1 and len(written) < len(group) else []


def _is_within(container: str, functions: set[str]) -> bool:
    if not container:
        return False
    return any(container == name or container.startswith(f"{name}.") for name in functions)


# Removed ------------------------------------------------------------------------------------------


def _still_exists(new: Side, symbol: Symbol) -> bool:
    """Whether the file still has the name.

    It may be defined in another way, imported, assigned, or come from a module's attribute hook.
    A grammar that fails on the file may also miss the definition.
    """
    if new.is_unparsed or new.has(symbol.qualified) or _has_symbol_literal(new, symbol.name):
        return True
    if not symbol.path.endswith((".py", ".pyi")) and _has_alike(new, symbol):
        return True
    first_line = symbol.signature.split("(")[0].strip()
    if new.has_errors and any(line.strip().startswith(first_line) for line in new.code_lines):
        return True

    hook = new.language.methods.attribute_hook if new.language else ""
    has_hook = bool(hook) and hook in new.code
    if symbol.container:
        containers = [each for each in new.symbols if each.qualified == symbol.container]
        # With a class that is gone as a whole, the class is reported.
        return not containers or has_hook
    return _is_bound(new, symbol.name) or has_hook


def _has_alike(side: Side, symbol: Symbol) -> bool:
    """Whether only what is around the definition is called otherwise: a namespace, as a rule."""
    return any(
        (item.name, item.kind, item.signature) == (symbol.name, symbol.kind, symbol.signature)
        for item in side.symbols
    )


def _has_symbol_literal(side: Side, name: str) -> bool:
    """Whether Ruby may define the name by its symbol: `def_delegators`, `attr_reader`, `alias`."""
    is_ruby = side.language is not None and side.language.name == "ruby"
    return is_ruby and re.search(rf"(?<!:):{re.escape(name)}\b", side.text) is not None


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


Visible = Mapping[str, Sequence[Symbol]]


def _removal(
    edit: Edit, old: Side, symbol: Symbol, before: Visible, after: Visible
) -> SymbolChange:
    is_moved = edit.diff.old_path != edit.diff.path
    successor: Symbol | None = None
    event = f"is gone from {old.path}"

    if edit.new is not None and is_moved and symbol.qualified in after:
        successor = after[symbol.qualified][0]
        event = f"moved from {old.path} to {edit.diff.path}"
    elif edit.new is not None and (successor := _renamed(edit, symbol, before, after)):
        event = f"was renamed to `{successor.name}`"

    line = successor.start if successor else _removal_line(edit, symbol)
    assert old.language is not None
    return SymbolChange(
        "removed",
        symbol,
        symbol,
        old.language,
        edit.diff.path,
        max(1, line),
        f"`{symbol.qualified}` {event}",
        was=_was(edit, symbol),
        new_path=edit.diff.path if edit.new is not None and is_moved else "",
    )


def _lost_fields(edit: Edit) -> Iterator[SymbolChange]:
    """The fields that a class declares no more: of Go's structures, of `self.name` in Python."""
    if edit.old is None or edit.new is None or edit.old.language is None:
        return
    removed = {line.old for line in edit.diff.removed()}
    owners = {symbol.qualified: symbol for symbol in edit.new.symbols}
    for owner in edit.old.symbols:
        if owner.qualified not in owners or owner.kind not in CLASS_KINDS:
            continue
        if removed.isdisjoint(range(owner.start, owner.end + 1)):
            continue
        kept = {field.name for field in fields_of(edit.new.source, owners[owner.qualified])}
        kept |= {symbol.name for symbol in edit.new.symbols}
        for field in fields_of(edit.old.source, owner):
            if field.name not in kept and not edit.old.has(field.qualified):
                yield _lost_field(edit, edit.old.language, field)


def _lost_field(edit: Edit, language: Language, field: Symbol) -> SymbolChange:
    return SymbolChange(
        "removed",
        field,
        field,
        language,
        edit.diff.path,
        max(1, _removal_line(edit, field)),
        f"`{field.qualified}` is gone from {edit.diff.path}",
        was=_was(edit, field),
        is_field=True,
    )


def _removal_line(edit: Edit, symbol: Symbol) -> int:
    """Where the new file shows that a definition is gone."""
    if edit.new is None:
        return symbol.start
    line = _first_removed_line(edit, symbol)
    return edit.new_line(line) if line else 1


def _renamed(edit: Edit, symbol: Symbol, before: Visible, after: Visible) -> Symbol | None:
    """The definition that is new and has (nearly) the body of one that is gone, if there is one."""
    assert edit.old is not None and edit.new is not None
    body = _body_without_name(edit.old, symbol)

    for qualified, (candidate, *_) in after.items():
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


def _alterations(
    edit: Edit, group: Sequence[Symbol], new: Side, partners: Sequence[Symbol]
) -> Iterator[SymbolChange]:
    """What changed in a definition, or in a group of overloads, that both sides have."""
    assert edit.old is not None
    if [edit.old.body(item) for item in group] == [new.body(item) for item in partners]:
        return
    before, after = group[0], partners[0]
    change: SymbolChange | None = None
    if before.kind == after.kind == "constant":
        change = _constant_change(edit, before, after)
    elif before.kind in _FUNCTIONS and new.language is not None and new.language.calls is not None:
        change = _signature_change(edit, group, partners)
    if change is not None:
        yield change


def _constant_change(edit: Edit, before: Symbol, after: Symbol) -> SymbolChange | None:
    assert edit.old is not None and edit.new is not None and edit.new.language is not None
    language = edit.new.language
    old_value = _value(edit.old.body(before), language)
    new_value = _value(edit.new.body(after), language)
    if not _CONSTANT_NAME.fullmatch(after.name) or old_value == new_value:
        return None

    return SymbolChange(
        "constant",
        before,
        before,
        language,
        edit.new.path,
        _changed_line(edit, after),
        f"`{after.qualified}` has another value",
        was=_was(edit, before),
    )


def _value(assignment: str, language: Language) -> str:
    if language.value_of is None:
        return compact(assignment.partition("=")[2])
    return language.value_of(assignment) or compact(assignment)


def _signature_change(
    edit: Edit, group: Sequence[Symbol], partners: Sequence[Symbol]
) -> SymbolChange | None:
    assert edit.old is not None and edit.new is not None and edit.new.language is not None
    before, after = group[0], partners[0]
    constructor = edit.new.language.methods.constructor
    named = before

    if before.container and after.name in (constructor, before.container.rpartition(".")[2]):
        outer, _, name = before.container.rpartition(".")
        named = before._replace(name=name, qualified=before.container, container=outer)
    elif after.name.startswith("__") and after.name.endswith("__"):
        return None

    if len(group) == len(partners) == 1:
        change: Difference | OverloadsDifference | None = _difference(
            edit.old, before, edit.new, after
        )
    else:
        change = _overloads_difference(edit.old, group, edit.new, partners)
    if change is None:
        return None
    return SymbolChange(
        "signature",
        before,
        named,
        edit.new.language,
        edit.new.path,
        _changed_line(edit, after),
        f"`{named.qualified}`: {change.message}",
        change,
        _was(edit, before),
    )


def _overloads_difference(
    old: Side, group: Sequence[Symbol], new: Side, partners: Sequence[Symbol]
) -> OverloadsDifference | None:
    assert new.language is not None and new.language.calls is not None
    syntax = new.language.calls
    signatures_before = [_signature(old, item, syntax) for item in group]
    signatures = [_signature(new, item, syntax) for item in partners]
    if None in signatures_before or None in signatures or signatures_before == signatures:
        return None
    return OverloadsDifference(
        [item for item in signatures_before if item is not None],
        [item for item in signatures if item is not None],
        syntax,
    )


def _signature(side: Side, symbol: Symbol, syntax: CallSyntax) -> Signature | None:
    return read_signature(side.body(symbol), side.code_of(symbol), symbol.name, syntax)


def _difference(old: Side, before: Symbol, new: Side, after: Symbol) -> Difference | None:
    assert new.language is not None and new.language.calls is not None
    syntax, methods = new.language.calls, new.language.methods
    was, now = old.body(before), new.body(after)
    if _has_decorator(was, methods.computed) or _has_decorator(now, methods.computed):
        return None

    signature_was = _signature(old, before, syntax)
    signature = _signature(new, after, syntax)
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
