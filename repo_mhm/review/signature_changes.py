"""Signatures: whether a call fits a definition's parameters, and what a change does to it. Pure.

How parameters and arguments are written is a trait of the language (`traits.CallSyntax`). Where it
is exact, names and kinds are compared; elsewhere only the order and the number of parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.review.call_fit import (
    DOES_NOT_PASS,
    TAKES_MANY,
    Call,
    label,
    misfit,
    slots_of,
)
from repo_mhm.source.code_tokens import arguments, compact
from repo_mhm.source.language_traits import CallSyntax, Parameter, Signature

_MOST_MESSAGES = 4
_MOST_NAME_CHARACTERS = 60
_MOST_VALUE_CHARACTERS = 24
"""A longer default may be a secret, and says little in a message."""
RELIES_ON_DEFAULT = "relies on the default of"
_ASSIGNED = r"(?:(?::[^=()\n]*)?=\s*(?:async\b\s*)?(?:function\b[\s*]*(?:[\w$]+\s*)?)?(?!=))?"
"""What stands between the name of a variable and the parameters of the function that it is."""
_LITERAL = re.compile(r"""(?P<mark>["'`]?)(?P<value>[^"'`\\]*)(?P=mark)""")
_PLAIN_LITERAL = re.compile(r"[+-]?\.?\d[\w.]*|[Tt]rue|[Ff]alse")
_NUMBER = re.compile(
    r"(?:(?:const|final)\s+)?(?:u?int(?:\d+)?(?:_t)?|long|short|float(?:\d+)?|double|size_t)\s+\w+"
    r"|\w+\??\s*:\s*(?:number|Int|Long|Short|Float|Double)"
    r"|\w+\s+u?(?:int|float)\d*"
)
"""A parameter with the type of a number, in front of its name or behind it."""


def read_signature(text: str, code: str, name: str, syntax: CallSyntax) -> Signature | None:
    """The parameters in a definition's text, a receiver included; None where they are unclear.

    `code` is the mask of `text`.
    """
    head = rf"{syntax.keyword}(?<![\w$]){re.escape(name)}\s*[?!]?{_ASSIGNED}(?:<[^()]*>\s*)?\("
    match = re.search(head, code)
    if match is None:
        return None
    parts = arguments(code, text, match.end() - 1)
    return None if parts is None else syntax.parameters(parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a signature changed, and what that does to a call."""

    old: Signature
    new: Signature
    message: str
    """The changes in words."""
    defaults: frozenset[str]
    """Parameters that have another default now."""
    syntax: CallSyntax
    surely_differs: bool = False
    """Whether one of these defaults was a literal and is another one.

    Two names or expressions may have the same value, and a function may replace `None` itself.
    """

    def fitted_before(self, call: Call) -> bool:
        """Whether a call could be made before the change."""
        return not misfit(self.old, call, self.syntax)

    def fits_now(self, call: Call) -> bool:
        """Whether a call can be made after it."""
        reason = misfit(self.new, call, self.syntax)
        return not reason or self._is_allowed(reason)

    def _is_allowed(self, reason: str) -> bool:
        """Whether a language lets a call leave out what it does not pass."""
        return self.syntax.may_omit and reason.startswith(DOES_NOT_PASS)

    def effect(self, call: Call) -> str:
        """What the change does to a call that was right before; empty if nothing, or in doubt."""
        if call.is_open_ended or not self.fitted_before(call):
            return ""

        if reason := misfit(self.new, call, self.syntax):
            return "" if self._is_allowed(reason) else reason

        if name := self._moved(call.positional):
            return f"passes {name} by position, which is another parameter now"

        if name := self._out_of_order(call.labels):
            return f"passes {name} in the place of another"

        if name := self._mistaken(call.texts):
            return f"passes a text as {name}"

        by_position = {slot.name for slot in slots_of(self.old)[: call.positional]}
        by_name = {item.name for item in self.old if label(item, self.syntax) in call.keywords}
        defaults = sorted(self.defaults - by_position - by_name)
        return f"{RELIES_ON_DEFAULT} {', '.join(defaults)}" if defaults else ""

    def _out_of_order(self, labels: Sequence[str]) -> str:
        """The first argument by name that was in its place, and stands before its place now."""
        old, new = ([item.name for item in side] for side in (self.old, self.new))
        is_clear = len(set(old)) == len(old) and len(set(new)) == len(new)
        if not (self.syntax.keeps_order and is_clear and set(labels) <= set(old) & set(new)):
            return ""
        if list(labels) != sorted(labels, key=old.index):
            return ""
        pairs = zip(labels, sorted(labels, key=new.index), strict=True)
        return next((before for before, after in pairs if before != after), "")

    def _mistaken(self, texts: Sequence[str]) -> str:
        """The first new parameter that is a number, and would take a text that a rest took."""
        old = {parameter.name for parameter in self.old}
        for parameter, text in zip(slots_of(self.new), texts, strict=False):
            is_number = parameter.name not in old and _NUMBER.fullmatch(parameter.name)
            if is_number and text.startswith(('"', "`")):
                return parameter.name
        return ""

    def _moved(self, positional: int) -> str:
        """The first parameter passed by position in whose slot another one is now."""
        old = [parameter.name for parameter in slots_of(self.old)]
        new = [parameter.name for parameter in slots_of(self.new)]

        for before, after in zip(old[:positional], new, strict=False):
            if before != after and (before in new or after in old):
                return before
        return ""


@dataclass(frozen=True, slots=True)
class OverloadsDifference:
    """How a group of overloads changed: a call may be made that fits one of them."""

    old: Sequence[Signature]
    new: Sequence[Signature]
    syntax: CallSyntax
    message: str = "its overloads changed"
    surely_differs: bool = False
    """Defaults are not compared."""

    def fitted_before(self, call: Call) -> bool:
        """Whether a call could be made before the change."""
        return not all(misfit(item, call, self.syntax) for item in self.old)

    def fits_now(self, call: Call) -> bool:
        """Whether a call can be made after it."""
        return not all(misfit(item, call, self.syntax) for item in self.new)

    def effect(self, call: Call) -> str:
        """Why a call fits no overload any more; empty if it does, or never did."""
        if call.is_open_ended or not self.fitted_before(call) or self.fits_now(call):
            return ""
        return min((misfit(item, call, self.syntax) for item in self.new), key=len)


def difference(old: Signature, new: Signature, syntax: CallSyntax) -> Difference | None:
    """What changed between two signatures; None when no caller could notice."""
    comparison = _Comparison(old, new, _by_key(old, syntax), _by_key(new, syntax))
    messages = list(comparison.messages())
    if not messages or comparison.only_adds():
        return None

    defaults = frozenset(comparison.before[key].name for key in comparison.defaults)
    message = "; ".join(messages[:_MOST_MESSAGES])
    return Difference(old, new, message, defaults, syntax, comparison.has_other_literals)


def _by_key(signature: Signature, syntax: CallSyntax) -> dict[str, Parameter]:
    """Parameters by what identifies them: their name, or all that is written of them."""
    if syntax.exact:
        return {parameter.name: parameter for parameter in signature}
    return {compact(parameter.name): parameter for parameter in signature}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two signatures side by side."""

    old: Signature
    new: Signature
    before: Mapping[str, Parameter]
    after: Mapping[str, Parameter]

    @property
    def removed(self) -> list[str]:
        return [key for key in self.before if key not in self.after]

    @property
    def added(self) -> list[str]:
        return [key for key in self.after if key not in self.before]

    @property
    def common(self) -> list[str]:
        return [key for key in self.before if key in self.after]

    @property
    def defaults(self) -> list[str]:
        """The common parameters that have another default now."""
        return [
            key
            for key in self.common
            if self.before[key].default is not None
            and self.after[key].default is not None
            and _comparable(self.before[key].default) != _comparable(self.after[key].default)
        ]

    @property
    def has_other_literals(self) -> bool:
        """Whether a default was a literal and is another one."""
        return any(
            _literal(self.before[key].default) is not None
            and _literal(self.after[key].default) is not None
            for key in self.defaults
        )

    @property
    def is_reordered(self) -> bool:
        return self.common != [key for key in self.after if key in self.before]

    def messages(self) -> Iterator[str]:
        """Each change in words, what breaks most calls first."""
        for key in self.removed:
            yield f"{_name(self.before[key])} is gone"

        for key in self.added:
            required = " and required" if self.after[key].default is None else ""
            if self.after[key].kind not in TAKES_MANY:
                yield f"{_name(self.after[key])} is new{required}"

        for key in self.defaults:
            now, was = _value(self.after[key].default), _value(self.before[key].default)
            yield f"the default of {_name(self.after[key])} is {now}, was {was}"

        for key in self.common:
            if self.before[key].default is not None and self.after[key].default is None:
                yield f"{_name(self.after[key])} is required now"

        if self.is_reordered:
            yield "the order of parameters changed"
        if any(self.before[key].kind != self.after[key].kind for key in self.common):
            yield "how parameters may be passed changed"

    def only_adds(self) -> bool:
        """Whether all that changed is new parameters that every call may leave out.

        They come after those that a call passes by position.
        """
        if self.removed or self.defaults or self.is_reordered:
            return False

        traits = {each.name: (each.kind, each.default is None) for each in self.old}
        for parameter in self.new:
            own = (parameter.kind, parameter.default is None)
            if traits.get(parameter.name, own) != own:
                return False

        for key in self.added:
            parameter = self.after[key]
            if parameter.default is None and parameter.kind not in TAKES_MANY:
                return False

        slots = [parameter.name for parameter in slots_of(self.old)]
        return [parameter.name for parameter in slots_of(self.new)][: len(slots)] == slots


def _literal(default: str | None) -> str | None:
    """The number, text or truth value that a default is; None for anything else."""
    match = _LITERAL.fullmatch((default or "").strip())
    if match is None or not (match["mark"] or _PLAIN_LITERAL.fullmatch(match["value"])):
        return None
    return f"'{match['value']}'" if match["mark"] else match["value"].replace("_", "")


def _comparable(default: str | None) -> str:
    """A default so that those of one value and spelling are equal, whatever quotes they have."""
    literal = _literal(default)
    return compact(default or "") if literal is None else literal


def _name(parameter: Parameter) -> str:
    return " ".join(parameter.name.split())[:_MOST_NAME_CHARACTERS]


def _value(default: str | None) -> str:
    text = " ".join((default or "nothing").split())
    return text if len(text) <= _MOST_VALUE_CHARACTERS else "another value"
