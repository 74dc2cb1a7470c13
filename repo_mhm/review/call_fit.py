"""Call fit: what a call passes, and whether it can be made with given parameters. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.source.language_traits import CallSyntax, Parameter, Signature

TAKES_MANY = frozenset({"rest", "options"})
"""Kinds of parameters that take any number of arguments."""
BLOCK = "{"
"""Stands for the block behind a call among its arguments."""
DOES_NOT_PASS = "does not pass"
"""Beginnings of what a change does to a call, by which callers tell its kinds apart."""


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call."""

    positional: int
    keywords: frozenset[str]
    is_open_ended: bool
    """Whether some are unpacked, and so cannot be counted."""
    texts: tuple[str, ...] = ()
    """The arguments that are passed by position."""
    has_block: bool = False
    """Whether a block behind it is its last argument."""
    spreads: bool = False
    """Whether a list behind the others is all that a rest takes."""
    labels: tuple[str, ...] = ()
    """The arguments by name, in their order."""


def read_call(parts: Sequence[str], syntax: CallSyntax) -> Call:
    """What a call passes, from the texts of its arguments."""
    positional: list[str] = []
    keywords: dict[str, None] = {}

    has_block = syntax.block_behind is not None and parts[-1:] == [BLOCK]
    spreads = bool(syntax.spread) and bool(parts) and parts[-1].endswith(syntax.spread)
    for part in parts[: len(parts) - (has_block or spreads)]:
        if part.startswith(syntax.unpacks) or part.endswith("..."):
            return Call(0, frozenset(), True)
        if syntax.block and part.startswith(syntax.block):
            continue
        keyword = syntax.argument_name.match(part) if syntax.by_name else None
        if keyword:
            keywords[keyword[1]] = None
        else:
            positional.append(part)

    return Call(
        len(positional),
        frozenset(keywords),
        False,
        tuple(positional),
        has_block,
        spreads,
        tuple(keywords),
    )


def misfit(signature: Signature, call: Call, syntax: CallSyntax) -> str:
    """Why a call cannot be made with these parameters; empty when it can, or when in doubt."""
    if call.is_open_ended:
        return ""
    takes_names = any(each.kind in {"keyword", "options"} for each in signature)
    if syntax.makes_hash and call.keywords and not takes_names:
        call = Call(call.positional + 1, frozenset(), is_open_ended=False)

    slots = slots_of(signature)
    if call.spreads:
        return _misfit_of_spread(len(slots), call, has_rest=has_kind(signature, "rest"))
    has_labels = any(each.kind == "keyword" for each in signature)
    block = slots[-1:] if call.has_block and not has_labels else []
    if call.has_block and not (block or has_labels):
        return "passes a block"
    slots = slots[: len(slots) - len(block)]
    if call.positional > len(slots) and not has_kind(signature, "rest"):
        return f"passes {_count(call.positional)} by position where {len(slots)} fit"

    names = {parameter: label(parameter, syntax) for parameter in signature}
    passed_by_position = {names[parameter] for parameter in [*slots[: call.positional], *block]}
    tells_names = syntax.exact or syntax.label is not None
    if tells_names and (reason := _wrong_keyword(signature, names, call, passed_by_position)):
        return reason

    missing = [
        parameter.name
        for parameter in signature
        if names[parameter] not in passed_by_position | call.keywords
        and parameter.default is None
        and parameter.kind not in TAKES_MANY
    ]
    if call.has_block and has_labels:
        # The block is the last of them, whatever its label.
        missing = missing[:-1]
    return f"{DOES_NOT_PASS} {missing[0]}" if missing else ""


def _misfit_of_spread(fixed: int, call: Call, *, has_rest: bool) -> str:
    """Why `f(a, list...)` cannot be called: the list is the rest, and the others fit exactly."""
    if not has_rest:
        return "passes a list for any number of arguments"
    return "" if call.positional == fixed else f"passes {call.positional} before the list"


def label(parameter: Parameter, syntax: CallSyntax) -> str:
    """What a call writes to pass a parameter by name."""
    match = syntax.label.search(parameter.name) if syntax.label is not None else None
    return match[1] if match else parameter.name


def _wrong_keyword(
    signature: Signature, names: Mapping[Parameter, str], call: Call, passed_by_position: set[str]
) -> str:
    known = {names[each] for each in signature if each.kind in {"plain", "keyword"}}
    unknown = sorted(call.keywords - known)
    if unknown and not has_kind(signature, "options"):
        return f"passes {unknown[0]}="

    twice = sorted(passed_by_position & call.keywords)
    return f"passes {twice[0]} twice" if twice else ""


def slots_of(signature: Signature) -> list[Parameter]:
    """The parameters that an argument can be passed to by position."""
    return [parameter for parameter in signature if parameter.kind in {"plain", "positional"}]


def has_kind(signature: Signature, kind: str) -> bool:
    """Whether a parameter is of a kind."""
    return any(parameter.kind == kind for parameter in signature)


def _count(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"
