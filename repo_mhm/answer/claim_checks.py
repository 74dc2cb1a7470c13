"""Whether code bears out what a sentence claims: compares claims with relations of the code. Pure.

The idea: a claim names two things and their relation. Code that holds the relation bears the claim
out, and its line is what a citation shows. The opposite needs much more. Code contradicts a call or
an error only where the subject has one definition, neither this nor anything that its calls lead to
so much as mentions the object, and no call on the way may lead elsewhere: through a parameter or an
object that nobody knows. Then the correction says what the code does instead. Everything between is
unproven, or, where the subject is not defined here at all, not checkable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from repo_mhm.answer import definition_checks
from repo_mhm.answer.claim_verdicts import (
    CodeLookup,
    Verdict,
    borne_out,
    code_definitions,
    contradicted,
    is_class,
    is_kind_of,
    last_part,
    line_with,
    mentions,
    word_pattern,
)
from repo_mhm.answer.claim_words import Relation
from repo_mhm.answer.claims import Claim

if TYPE_CHECKING:
    from repo_mhm.source.symbols import Symbol

MAX_REACHED = 80
"""Definitions looked at for indirect calls; with more of them nothing is contradicted."""
_NO_COMMENT = r"^(?!\s*(?:#|//|\*|/\*|:|>>>|\"\"\"|'''))"
"""At the start of a pattern: not in a line that only holds a comment or documentation."""
_DYNAMIC_CALLS = frozenset({"getattr", "eval", "exec", "apply", "call", "invoke", "import_module"})
"""Calls that may lead to any definition."""


def check(claim: Claim, code: CodeLookup) -> Verdict:
    """Compare one claim with the code."""
    return _CHECKS[claim.relation](claim, code)


# Calls ----------------------------------------------------------------------------------------


def _check_calls(claim: Claim, code: CodeLookup) -> Verdict:
    callers = code_definitions(claim.subject, code)
    if not callers:
        return Verdict(claim, "not checkable")

    name = last_part(claim.object)
    for caller in callers:
        if not mentions(name, caller, code):
            continue
        for callee in code.callees(caller):
            if last_part(callee.name) == name and _may_mean(claim.object, callee.targets):
                return borne_out(claim, callee.path, callee.line)
    for caller in callers:
        line = line_with(re.compile(rf"\b{re.escape(name)}\s*\("), caller, code)
        if line and is_class(caller) and line > caller.start:
            return borne_out(claim, caller.path, line)

    if not _may_contradict(claim, callers, code):
        return Verdict(claim, "unproven")
    listed = dict.fromkeys(
        last_part(callee.name) for callee in code.callees(callers[0]) if callee.targets
    )
    return contradicted(claim, callers[0], "call", "calls", list(listed))


def _may_mean(name: str, targets: Sequence[Symbol]) -> bool:
    """Whether a name may be that of a call; a simple one always may."""
    owner, _, _ = name.replace("::", ".").rpartition(".")
    if not owner or not targets:
        return True
    return any(last_part(target.container) == last_part(owner) for target in targets)


def _may_contradict(claim: Claim, subjects: Sequence[Symbol], code: CodeLookup) -> bool:
    """Whether nothing in the one definition of the subject can lead to the object."""
    if not claim.is_certain or len(subjects) > 1 or is_class(subjects[0]):
        return False
    if not code_definitions(claim.object, code):
        return False

    name = last_part(claim.object)
    starts = [subjects[0], *code.overrides(subjects[0])]
    reached = _reached(starts, code)
    return reached is not None and not any(mentions(name, symbol, code) for symbol in reached)


def _reached(starts: Sequence[Symbol], code: CodeLookup) -> list[Symbol] | None:
    """All definitions that calls lead to; None where they are too many or not certain.

    A call of a parameter may lead anywhere, and so may one of an unknown object, if the repository
    defines the name that it calls.
    """
    reached = list(starts)
    for symbol in reached:  # grows by what it calls
        parameters = {parameter.name for parameter in code.parameters(symbol)}
        for callee in code.callees(symbol):
            name = last_part(callee.name)
            is_open = not callee.targets and (name in parameters or code.resolve(name))
            if is_open or len(reached) > MAX_REACHED or name in _DYNAMIC_CALLS:
                return None
            reached += [target for target in callee.targets if target not in reached]
    return reached


def _check_uses(claim: Claim, code: CodeLookup) -> Verdict:
    users = code_definitions(claim.subject, code)
    if not users:
        return Verdict(claim, "not checkable")
    name = last_part(claim.object)
    if any(user.name == name for user in users):
        return Verdict(claim, "unproven")  # nothing shows that a thing uses itself
    pattern = re.compile(rf"{_NO_COMMENT}.*{word_pattern(name).pattern}")
    for user in users:
        line = line_with(pattern, user, code, first=user.start + 1)
        line = line or line_with(pattern, user, code)
        if line:
            return borne_out(claim, user.path, line)
    return Verdict(claim, "unproven")


def _check_returns(claim: Claim, code: CodeLookup) -> Verdict:
    routines = [symbol for symbol in code_definitions(claim.subject, code) if not is_class(symbol)]
    if not routines:
        return Verdict(claim, "not checkable")
    value = re.escape(last_part(claim.object) if claim.object[:1] not in "\"'" else claim.object)
    # A line that returns the value shows more than a signature that promises it.
    for introduction in (r"\breturn\b", "(?:->|=>)"):
        pattern = re.compile(rf"{introduction}.{{0,300}}(?<!\w){value}(?!\w)")
        for routine in routines:
            line = line_with(pattern, routine, code)
            if line:
                return borne_out(claim, routine.path, line)
    return Verdict(claim, "unproven")


def _check_raises(claim: Claim, code: CodeLookup) -> Verdict:
    raisers = code_definitions(claim.subject, code)
    if not raisers:
        return Verdict(claim, "not checkable")

    name = last_part(claim.object)
    for raiser in raisers:
        for raised in code.raised(raiser):
            is_same = last_part(raised.error) == name
            if is_same or (raised.target is not None and is_kind_of(raised.target, name, code)):
                return borne_out(claim, raised.path, raised.line)
    if not _may_contradict(claim, raisers, code):
        return Verdict(claim, "unproven")
    listed = dict.fromkeys(last_part(raised.error) for raised in code.raised(raisers[0]))
    return contradicted(claim, raisers[0], "raise", "raises", list(listed))


_CHECKS: Mapping[Relation, Callable[[Claim, CodeLookup], Verdict]] = {
    "calls": _check_calls,
    "uses": _check_uses,
    "raises": _check_raises,
    "returns": _check_returns,
    "is defined in": definition_checks.check_defined_in,
    "belongs to": definition_checks.check_belongs,
    "inherits from": definition_checks.check_inherits,
    "equals": definition_checks.check_equals,
    "imports": definition_checks.check_imports,
    "takes": definition_checks.check_takes,
    "is a": definition_checks.check_kind,
}
