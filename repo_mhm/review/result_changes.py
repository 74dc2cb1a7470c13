"""Result changes: what another result of a definition does to those who use it. Pure.

Nothing is said where the old or the new result is unknown, and of a use only where it cannot do
with the new result what it did with the old one: a value that is awaited or not, unpacked into so
many names, indexed, added to, or asked for a member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.review.results import Result, ResultType, parse_type
from repo_mhm.source.language_traits import ResultSyntax

if TYPE_CHECKING:
    from repo_mhm.review.call_sites import CallSite
    from repo_mhm.review.value_uses import ValueUse

HasMember = Callable[[str, str], bool | None]
"""Whether a class of the new tree has a member; None where that is unknown."""

_PROMISE_MEMBERS = frozenset(
    "then catch finally Result Wait GetAwaiter ConfigureAwait ContinueWith AsTask WaitAsync boxed"
    " map and_then unwrap_or_else add_done_callback cancel send close pipe subscribe Forget fuse"
    " shared into_future poll instrument status State IsCompleted".split()
)
_GENERATOR_MEMBERS = frozenset("send close throw next return __next__ __iter__ forEach".split())
_NEED_A_LIST = frozenset({"len", "reversed", "bool", "random.choice", "choice", "json.dumps"})
_PRINTS = re.compile(r"(?i)print|log|format|str$|repr|dump|append|push|debug|info|warn|error")
_WRAPPER_MEMBERS = frozenset(
    "unwrap unwrap_or unwrap_or_else unwrap_or_default expect map map_or map_err and_then"
    " or_else ok ok_or ok_or_else is_some is_none is_ok is_err as_ref as_mut take cloned"
    " copied filter flatten isPresent isEmpty get orElse orElseGet orElseThrow ifPresent"
    " ifPresentOrElse or stream flatMap value value_or has_value hasValue HasValue Value"
    " GetValueOrDefault getOrNull getOrElse getOrThrow getOrDefault fold onSuccess onFailure"
    " reset context with_context and inspect err is_some_and is_ok_and iter transpose".split()
)
_BUILT_IN = frozenset({"number", "text", "list", "map"})
_SEEN = ("number", "text", "map", "class", "nothing", "tuple", "optional", "list")
_LOOSE = frozenset({"python", "javascript", "php", "c"})
"""Families in which a function may return what is nothing."""
_MOST_TEXT = 40


@dataclass(frozen=True, slots=True)
class ResultDifference:
    """How the result of a definition changed."""

    old: Result
    new: Result
    syntax: ResultSyntax
    family: str
    language: str
    message: str
    is_annotation_only: bool = False
    """Whether all that changed is the written type, in a language that does not act on it."""

    def effect(self, site: CallSite, has_member: HasMember) -> str:
        """What the change does to a call that was right before; empty if nothing, or in doubt."""
        uses = site.uses
        if uses[0].kind == "returned" and site.is_head_changed:
            return ""
        if self.old.is_asynchronous != self.new.is_asynchronous:
            return self._of_waiting(site)
        if self.old.is_generator != self.new.is_generator:
            return self._of_generator(uses)
        for use in uses:
            if reason := self._of_type(use, has_member):
                return reason
            if use.kind in ("condition", "compared", "safe") and self.new.type.sort == "optional":
                return ""
        return ""

    # Asynchronous

    def _of_waiting(self, site: CallSite) -> str:
        uses = site.uses
        if self.new.is_asynchronous and self.family == "kotlin":
            return "" if site.may_suspend else "is in a function that cannot suspend"
        if self.new.is_asynchronous:
            return "" if is_waited_for(site, self.syntax) else "does not await it"
        if not self.syntax.must_be_awaited:
            is_then = any(use.kind == "member" and use.name in ("then", "catch") for use in uses)
            return f"calls `.{uses[0].name}` on it" if is_then and uses[0].name else ""
        if any(use.kind == "awaited" for use in uses):
            return "awaits it"
        if any(use.kind == "argument" and self._waits(use.name) for use in uses):
            return "waits for it"
        return ""

    def _waits(self, name: str) -> bool:
        last = name.rpartition(".")[2]
        return last in ("run", "create_task", "ensure_future", "gather", "run_until_complete")

    # Generators

    def _of_generator(self, uses: Sequence[ValueUse]) -> str:
        for use in uses:
            if self.new.is_generator and (reason := _on_generator(use)):
                return reason
            is_next = use.kind == "argument" and use.name == "next"
            is_sent = use.kind == "member" and use.name in ("send", "throw", "next")
            if not self.new.is_generator and (is_next or is_sent):
                return "uses it as a generator"
            is_empty = self.new.type.sort == "nothing" or self.new.returns == "nothing"
            if not self.new.is_generator and use.kind == "iterated" and is_empty:
                return "iterates over it"
        return ""

    # Types

    def _of_type(self, use: ValueUse, has_member: HasMember) -> str:
        old, new = self.old.type, self.new.type
        if self._is_nothing(new, self.new) and not self._is_nothing(old, self.old):
            is_used = use.kind not in ("discarded", "returned", "other", "awaited", "argument")
            is_used = is_used or (use.kind == "returned" and self.family not in _LOOSE)
            is_given = use.kind == "argument" and not _PRINTS.search(use.name)
            return "uses its value" if is_used or is_given else ""
        if reason := self._of_tuple(use, has_member):
            return reason
        if new.sort == "optional" and old.sort != "optional":
            # C# only warns of what may be null.
            return "" if self.language == "csharp" else _on_optional(use, new, old)
        if old.sort == "optional" and new.sort != "optional" and not old.is_flow:
            is_unwrapped = use.kind == "member" and use.name in _WRAPPER_MEMBERS
            return f"asks it for `{use.name}`" if is_unwrapped and new.sort != "unknown" else ""
        return self._of_other_sort(use, has_member)

    @staticmethod
    def _is_nothing(type_: ResultType, result: Result) -> bool:
        if type_.sort != "unknown" or type_.text:
            return type_.sort == "nothing"
        return result.returns == "nothing"

    def _of_tuple(self, use: ValueUse, has_member: HasMember) -> str:
        new = self.new.type
        before = _parts(self.old, self.family)
        after = _parts(self.new, self.family)
        if not before or not after or before == after:
            return ""
        if new.sort == "class" and has_member(new.name, "") is None:
            return ""  # An alias, or a class with bases from elsewhere, may be a tuple.
        if use.kind == "unpacked" and use.targets == before:
            return f"unpacks it into {use.targets}"
        if self.family == "go" and before == 1:
            is_value = use.kind in ("assigned", "member", "indexed", "operator", "compared")
            is_given = use.kind == "argument" and not _PRINTS.search(use.name)
            return "takes one value" if is_value or is_given or use.kind == "condition" else ""
        return ""

    def _of_other_sort(self, use: ValueUse, has_member: HasMember) -> str:
        old, new = self.old.type, self.new.type
        if old.sort == "class":
            # Of two classes that both are the repository's, members tell; an alias may hide a type.
            is_asked = use.kind == "member" and old.name != new.name and new.sort in _SEEN
            if not is_asked or not has_member(old.name, use.name):
                return ""
            is_lost = new.sort != "class" or has_member(new.name, use.name) is False
            return f"asks it for `{use.name}`" if is_lost and new.sort != "tuple" else ""
        if old.sort == new.sort or new.sort not in _SEEN or old.sort not in _BUILT_IN:
            return ""
        return "" if new.sort == "class" else self._of_other_built_in(use)

    def _of_other_built_in(self, use: ValueUse) -> str:
        old, new = self.old.type, self.new.type
        if use.kind == "assigned" and use.type:
            is_same = parse_type(use.type, self.language).sort == old.sort
            return f"takes it as {use.type[:_MOST_TEXT]}" if is_same else ""
        if use.kind in ("operator", "indexed", "unpacked", "called"):
            return "" if {old.sort, new.sort} == {"text", "list"} else "uses it as before"
        if use.kind == "iterated" and new.sort == "number":
            return "iterates over it"
        is_member = use.kind == "member" and not re.match(r"(?i)to_?string|__str__|hash", use.name)
        return f"asks it for `{use.name}`" if is_member else ""


def _parts(result: Result, family: str) -> int:
    """Of how many parts a result is; 0 where that is unknown."""
    if result.type.sort == "tuple":
        return result.type.count
    if result.type.sort == "unknown" and not result.type.text:
        return result.tuple_size
    is_one = result.type.sort in ("number", "text", "class", "map", "optional")
    return 1 if is_one or (family == "go" and result.type.sort == "list") else 0


def is_waited_for(site: CallSite, syntax: ResultSyntax) -> bool:
    """Whether code does with a promise what one may do with it, or that is in doubt."""
    if site.family == "javascript" and site.uses[0].kind == "returned":
        return True
    if site.family == "javascript" and site.uses[0].kind == "discarded":
        # To start it and go on is common; who could wait and does not has forgotten it.
        return not site.is_in_async
    for use in site.uses:
        if use.kind in ("awaited", "entered", "other", "delegated"):
            return True
        if use.kind == "member" and use.name in _PROMISE_MEMBERS:
            return True
        if use.kind == "argument":
            last = use.name.rpartition(".")[2]
            if use.name in syntax.waiting or (last in syntax.waiting and last != "all"):
                return True
    return False


def _on_generator(use: ValueUse) -> str:
    if use.kind == "discarded":
        return "runs nothing of it now"
    if use.kind in ("indexed", "operator", "compared", "condition"):
        return "uses it as a value"
    if use.kind == "member" and use.name not in _GENERATOR_MEMBERS:
        return f"asks it for `{use.name}`"
    if use.kind == "argument" and use.name in _NEED_A_LIST:
        return f"passes it to `{use.name}`"
    return ""


def _on_optional(use: ValueUse, new: ResultType, old: ResultType) -> str:
    if old.sort == "unknown" or (old.sort == "nothing" and not old.text):
        return ""
    if use.kind == "member":
        is_known = not new.is_flow and use.name in _WRAPPER_MEMBERS
        return "" if is_known else f"asks it for `{use.name}`"
    if use.kind in ("indexed", "operator", "called", "unpacked", "iterated"):
        return "uses it without a check"
    return ""


def result_difference(
    old: Result, new: Result, syntax: ResultSyntax, family: str, language: str
) -> ResultDifference | None:
    """How the result changed; None where no caller could notice."""
    message = _message(old, new)
    return ResultDifference(old, new, syntax, family, language, message) if message else None


def _message(old: Result, new: Result) -> str:
    if old.is_asynchronous != new.is_asynchronous:
        is_now = "asynchronous now" if new.is_asynchronous else "no longer asynchronous"
        return f"it is {is_now}"
    if old.is_generator != new.is_generator:
        return "it is a generator now" if new.is_generator else "it is no longer a generator"
    was, now = _shown(old), _shown(new)
    return f"it returns {now} now, was {was}" if was and now and was != now else ""


def _shown(result: Result) -> str:
    """A result in words; empty where it is unknown."""
    if result.type.text:
        return result.type.text[:_MOST_TEXT]
    if result.returns == "nothing":
        return "nothing"
    if result.tuple_size:
        return f"{result.tuple_size} values"
    return "a value" if result.returns == "value" else ""
