"""Symbol changes: which definitions an edit changes so that their users may notice. Pure.

A definition may be removed (also by a rename or a move), get another signature, or, as a constant,
another value. Its users are found by `references`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.review.alterations import alterations
from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.removals import (
    hidden,
    lost_fields,
    overrides_base,
    removal,
    stand_ins,
    still_exists,
)
from repo_mhm.review.symbol_change import SymbolChange, has_decorator
from repo_mhm.review.visibility import is_local
from repo_mhm.source.symbols import Symbol

_KINDS = frozenset("function method class constant type command route".split())
_PACKAGE = re.compile(r"^[ \t]*(?:package|namespace)[ \t]+([\w.\\]+)", re.MULTILINE)


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

    yield from lost_fields(edit)
    before, after = _visible(old), _visible(new) if new else {}
    is_moved = edit.diff.old_path != edit.diff.path
    macros_elsewhere = stand_ins(old)
    for qualified, group in before.items():
        partners = after.get(qualified, [])
        if not partners and (group[0].name in macros_elsewhere or overrides_base(old, group[0])):
            continue
        is_gone = (
            new is None or is_moved or (not partners and not still_exists(edit, new, group[0]))
        )
        if is_gone and not _is_elsewhere_in_package(edit, group[0], arrivals):
            yield removal(edit, old, group[0], before, after)
        if partners and new is not None:
            if overrides_base(old, group[0]) and overrides_base(new, partners[0]):
                continue  # It follows its base, which is reported itself.
            if not is_moved and (change := hidden(edit, old, group[0], new, partners[0])):
                yield change
            yield from alterations(edit, group, new, partners)
        elif not partners:
            yield from _altered_elsewhere(edit, group, arrivals)


def _is_elsewhere_in_package(edit: Edit, symbol: Symbol, arrivals: Arrivals) -> bool:
    """Whether the change brings the definition into another file of the same package.

    Only in languages whose users name a package and no file.
    """
    old = edit.old
    if old is None or old.language is None or not old.language.is_named_by_package:
        return False
    return _is_ported(old, symbol, arrivals) or any(
        place.edit.new is not None
        and place.edit.new.language == old.language
        and _package(place.edit.new) == _package(old)
        for place in arrivals.get((symbol.kind, symbol.qualified), ())
    )


def _is_ported(old: Side, symbol: Symbol, arrivals: Arrivals) -> bool:
    """Whether the change brings its class in Kotlin instead of Java, where members look otherwise.

    A getter becomes a property, a static method one of a companion.
    """
    outermost = symbol.qualified.partition(".")[0]
    return any(
        place.edit.new is not None
        and place.edit.new.language != old.language
        and place.edit.new.source.family == old.source.family == "java"
        for kind in CLASS_KINDS
        for place in arrivals.get((kind, outermost), ())
    )


def _package(side: Side) -> str:
    match = _PACKAGE.search(side.code)
    return match[1] if match else ""


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
        yield from alterations(
            Edit(places[0].edit.diff, edit.old, new), group, new, [places[0].symbol]
        )


def _visible(side: Side) -> dict[str, list[Symbol]]:
    """Symbols that others can name, by qualified name: at top level, or in a class.

    Of several that share a name, all are overloads where the language has them; of Python's, the
    one without `@overload` comes first. Alternatives of one another are left out.
    """
    functions = {each.qualified for each in side.symbols if each.kind in CALLABLE_KINDS}
    groups: dict[str, list[Symbol]] = {}
    for symbol in side.symbols:
        is_table = (
            symbol.kind == "table" and side.language is not None and side.language.name == "sql"
        )
        is_inner = _is_within(symbol.container, functions) or is_local(side, symbol)
        # Make and the shell take variables from the environment, and from what they include.
        is_shell = side.source.family in ("make", "bash")
        is_inner = is_inner or (symbol.kind == "constant" and is_shell)
        if (symbol.kind in _KINDS or is_table) and not is_inner:
            groups.setdefault(symbol.qualified, []).append(symbol)
    chosen = {qualified: _overloads(side, group) for qualified, group in groups.items()}
    return {qualified: group for qualified, group in chosen.items() if group}


def _overloads(side: Side, group: list[Symbol]) -> list[Symbol]:
    if len(group) == 1:
        return group
    assert side.language is not None
    if side.language.overloads != "none":
        return group
    written = [item for item in group if not has_decorator(side.body(item), ("overload",))]
    declared = [item for item in group if item not in written]
    return written + declared if len(written) <= 1 and declared else []


def _is_within(container: str, functions: set[str]) -> bool:
    while container:
        if container in functions:
            return True
        container = container.rpartition(".")[0]
    return False
