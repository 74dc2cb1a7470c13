"""Alterations: what changed in a definition that both sides of an edit have. Pure.

A constant may have another value, a function another signature, a group of overloads other ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.result_changes import ResultDifference, result_difference
from repo_mhm.review.results import Result, head_end, read_result
from repo_mhm.review.signature_changes import (
    Difference,
    OverloadsDifference,
    difference,
    read_signature,
)
from repo_mhm.review.symbol_change import SymbolChange, has_decorator, removed_text
from repo_mhm.source.code_tokens import compact
from repo_mhm.source.language_traits import CallSyntax, ResultSyntax, Signature
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol

_FUNCTIONS = frozenset({"function", "method"})
_NEUTRAL_DECORATORS = frozenset(
    "staticmethod classmethod abstractmethod override final wraps deprecated".split()
)
"""Decorators under which a call gives back what the function does."""
_PROMISES = re.compile(r"\bnew\s+Promise\b|\bPromise\.|\.then\s*\(|\bfetch\s*\(|\baxios\b")
_CONSTANT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def alterations(
    edit: Edit, group: Sequence[Symbol], new: Side, partners: Sequence[Symbol]
) -> Iterator[SymbolChange]:
    """What changed in a definition, or in a group of overloads, that both sides have."""
    assert edit.old is not None
    if [edit.old.body(item) for item in group] == [new.body(item) for item in partners]:
        return
    before, after = group[0], partners[0]
    changes: list[SymbolChange | None] = []
    if before.kind == after.kind == "constant":
        changes = [_constant_change(edit, before, after)]
    elif before.kind in _FUNCTIONS and new.language is not None:
        if new.language.calls is not None:
            changes.append(_signature_change(edit, group, partners))
        if len(group) == len(partners) == 1:
            changes.append(_result_change(edit, before, after))
    yield from (change for change in changes if change is not None)


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
        was=removed_text(edit, before),
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

    change: Difference | OverloadsDifference | None = None
    if len(group) == len(partners) == 1 or edit.new.language.name == "python":
        change = _difference(edit.old, before, edit.new, after)
    if change is None and max(len(group), len(partners)) > 1:
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
        was=removed_text(edit, before),
    )


def _result_change(edit: Edit, before: Symbol, after: Symbol) -> SymbolChange | None:
    """What calls of a function give back otherwise; None where decorators change it anyway."""
    assert edit.old is not None and edit.new is not None and edit.new.language is not None
    syntax = edit.new.language.results
    if syntax is None or _is_wrapped(edit.old, before) or _is_wrapped(edit.new, after):
        return None
    old = _result(edit.old, before, syntax)
    new = _result(edit.new, after, syntax)
    if old is None or new is None:
        return None
    family, language = edit.new.source.syntax_family, edit.new.language.name
    change = result_difference(old, new, syntax, family, language)
    if change is None or _is_handed_on(edit, before, after, change):
        return None
    if edit.new.language.name == "python":
        bodies = [_body(edit.old, before), _body(edit.new, after)]
        change = replace(change, is_annotation_only=bodies[0] == bodies[1])
    return SymbolChange(
        "result",
        before,
        before,
        edit.new.language,
        edit.new.path,
        _changed_line(edit, after),
        f"`{before.qualified}`: {change.message}",
        result=change,
        was=removed_text(edit, before),
    )


def _result(side: Side, symbol: Symbol, syntax: ResultSyntax) -> Result | None:
    assert side.language is not None
    return read_result(side.body(symbol), side.code_of(symbol), symbol, side.language.name, syntax)


def _body(side: Side, symbol: Symbol) -> str:
    """The text of a function behind its head, without white space."""
    text = side.body(symbol)
    return compact(text[head_end(side.code_of(symbol), symbol.name) :])


def _is_wrapped(side: Side, symbol: Symbol) -> bool:
    """Whether a decorator may give back something else than the function under it."""
    if side.language is None or side.language.name != "python":
        return False
    names = re.findall(r"(?m)^\s*@([\w.]+)", side.code_of(symbol))
    return any(name.rpartition(".")[2] not in _NEUTRAL_DECORATORS for name in names)


def _is_handed_on(edit: Edit, before: Symbol, after: Symbol, change: ResultDifference) -> bool:
    """Whether a function gives back what must be awaited although nothing in its head says so.

    `return await f()` became `return f()`, or the other way round; or it makes a promise itself.
    """
    assert edit.old is not None and edit.new is not None
    if change.old.is_asynchronous == change.new.is_asynchronous:
        return False
    side, symbol = (edit.old, before) if change.new.is_asynchronous else (edit.new, after)
    other, partner = (edit.new, after) if change.new.is_asynchronous else (edit.old, before)
    code = side.code_of(symbol)
    if side.source.family == "javascript" and _PROMISES.search(code):
        return True
    awaited = set(re.findall(r"\bawait\s+([\w$.]+)", other.code_of(partner)))
    returned = set(re.findall(r"(?:\breturn|=>)\s+([\w$.]+)\s*\(", code))
    return bool(awaited & returned)


def _overloads_difference(
    old: Side, group: Sequence[Symbol], new: Side, partners: Sequence[Symbol]
) -> OverloadsDifference | None:
    assert new.language is not None and new.language.calls is not None
    syntax = new.language.calls
    signatures_before = [_called_signature(old, item, syntax) for item in _callable(old, group)]
    signatures = [_called_signature(new, item, syntax) for item in _callable(new, partners)]
    if None in signatures_before or None in signatures or signatures_before == signatures:
        return None
    return OverloadsDifference(
        [item for item in signatures_before if item is not None],
        [item for item in signatures if item is not None],
        syntax,
    )


def _callable(side: Side, group: Sequence[Symbol]) -> list[Symbol]:
    """Those of a group of overloads that callers see: not the one that implements the others."""
    language = side.language.name if side.language else ""
    if language == "python":
        declared = [item for item in group if has_decorator(side.body(item), ("overload",))]
    elif language in ("typescript", "tsx"):
        declared = [item for item in group if not side.code_of(item).rstrip().endswith("}")]
    else:
        declared = []
    return [*(declared or group), *_with_parameters_in_head(side, group)]


def _with_parameters_in_head(side: Side, group: Sequence[Symbol]) -> Iterator[Symbol]:
    """The class of these constructors, where its head declares one more: `record Point(int X)`."""
    constructed = {(each.container, each.name) for each in group}
    for owner in side.symbols:
        parameters = rf"\b{re.escape(owner.name)}\s*(<[^()]*>\s*)?\("
        if (owner.qualified, owner.name) in constructed and re.search(parameters, owner.signature):
            yield owner


def _called_signature(side: Side, symbol: Symbol, syntax: CallSyntax) -> Signature | None:
    """The parameters of a definition without its receiver."""
    signature = _signature(side, symbol, syntax)
    methods = side.language.methods if side.language else None
    if signature and methods and methods.receiver_is_parameter and symbol.container:
        is_static = has_decorator(side.body(symbol), (methods.static,))
        return signature if is_static else signature[1:]
    return signature


def _signature(side: Side, symbol: Symbol, syntax: CallSyntax) -> Signature | None:
    return read_signature(side.body(symbol), side.code_of(symbol), symbol.name, syntax)


def _difference(old: Side, before: Symbol, new: Side, after: Symbol) -> Difference | None:
    assert new.language is not None and new.language.calls is not None
    syntax, methods = new.language.calls, new.language.methods
    was, now = old.body(before), new.body(after)
    if has_decorator(was, methods.computed) or has_decorator(now, methods.computed):
        return None

    signature_was = _signature(old, before, syntax)
    signature = _signature(new, after, syntax)
    if signature_was is None or signature is None:
        return None

    if methods.receiver_is_parameter and after.container:
        is_static = has_decorator(now, (methods.static,))
        if is_static != has_decorator(was, (methods.static,)):
            return None
        if not is_static:
            signature_was, signature = signature_was[1:], signature[1:]
    return difference(signature_was, signature, syntax)


def _changed_line(edit: Edit, symbol: Symbol) -> int:
    for line in edit.diff.added():
        if symbol.start <= line.new <= symbol.end:
            return line.new
    return symbol.start
