"""Signatures: what parameters a definition takes, whether a call fits them, and what a new one changes for a call.

Python is read exactly; other languages by the order and number of their parameters.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.review.code import inside, masked, shape

LANGUAGES = frozenset(
    "python javascript typescript tsx go rust java c cpp csharp php kotlin scala".split()
)
"""Where a call is a name and its arguments in parentheses."""
_LOOSE = frozenset({"javascript"})
"""Where a call may leave out what it likes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    name: str
    kind: str
    """`plain`, `positional` (only), `keyword` (only), `rest` (`*args`) or `options` (`**kwargs`)."""
    default: str | None = None


Signature = tuple[Parameter, ...]


def read(definition: str, name: str, language: str) -> Signature | None:
    """The parameters in a definition's text, `self` and the like included; None where they cannot be told."""
    code = masked(definition, language)
    start = re.search(rf"(?<![\w$]){re.escape(name)}\s*(?:<[^<>()]*>\s*)?\(", code)
    if start is None:
        return None
    parts = inside(code, definition, start.end() - 1)
    if parts is None:
        return None
    return _python(parts) if language == "python" else _other(parts)


def _python(parts: Sequence[str]) -> Signature | None:
    try:
        tree = ast.parse(f"def f({', '.join(parts)}): pass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    args = tree.body[0].args  # type: ignore[attr-defined]
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + [
        ast.unparse(one) for one in args.defaults
    ]
    kinds = ["positional"] * len(args.posonlyargs) + ["plain"] * len(args.args)
    found = [
        Parameter(one.arg, kind, default)
        for one, kind, default in zip(plain, kinds, defaults, strict=True)
    ]
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "rest"))
    for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(one.arg, "keyword", ast.unparse(default) if default else None))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, "options"))
    return tuple(found)


def _other(parts: Sequence[str]) -> Signature:
    found = []
    for part in parts:
        before, equals, default = part.partition("=")
        kind = (
            "rest"
            if "..." in part or part.startswith(("params ", "vararg ")) or part.endswith("*")
            else "plain"
        )
        text = " ".join(before.split())
        if text in {"void", "&self", "&mut self", "self", "mut self"}:
            continue
        optional = equals or re.match(r"[\w$]+\?\s*:", text)
        found.append(Parameter(text, kind, default.strip() if optional else None))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call; `open_ended` when some are unpacked and so cannot be counted."""

    positional: int
    keywords: frozenset[str]
    open_ended: bool


def call(arguments: Sequence[str], language: str) -> Call:
    """What a call passes, from the texts of its arguments."""
    positional = 0
    keywords: set[str] = set()
    for argument in arguments:
        if argument.startswith(("*", "...")) or argument.endswith("..."):
            return Call(0, frozenset(), True)
        keyword = (
            re.match(r"([A-Za-z_]\w*)\s*=(?!=)", argument)
            if language in {"python", "kotlin", "scala"}
            else None
        )
        if keyword:
            keywords.add(keyword[1])
        else:
            positional += 1
    return Call(positional, frozenset(keywords), False)


def misfit(signature: Signature, made: Call, language: str) -> str:
    """Why a call cannot be made with these parameters; empty when it can, or when that cannot be told."""
    if made.open_ended:
        return ""
    slots = [one for one in signature if one.kind in {"plain", "positional"}]
    rest = any(one.kind == "rest" for one in signature)
    if made.positional > len(slots) and not rest:
        return f"passes {_count(made.positional)} by position where {len(slots)} fit"
    by_name = {one.name for one in signature if one.kind in {"plain", "keyword"}}
    unknown = sorted(made.keywords - by_name)
    if language == "python" and unknown and not any(one.kind == "options" for one in signature):
        return f"passes {unknown[0]}="
    given = {one.name for one in slots[: made.positional]} | made.keywords
    if language == "python" and (
        twice := sorted({one.name for one in slots[: made.positional]} & made.keywords)
    ):
        return f"passes {twice[0]} twice"
    lacking = [
        one.name
        for one in signature
        if one.default is None and one.kind not in {"rest", "options"} and one.name not in given
    ]
    return f"does not pass {lacking[0]}" if lacking else ""


def _count(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"


@dataclass(frozen=True, slots=True)
class Difference:
    """How a signature changed, in words, and what that may do to a call."""

    old: Signature
    new: Signature
    message: str
    defaults: frozenset[str]
    """Parameters whose default is another now."""
    language: str

    def effect(self, made: Call) -> str:
        """What the change does to a call that was right before; empty when nothing, or when that cannot be told."""
        if made.open_ended or misfit(self.old, made, self.language):
            return ""
        if reason := misfit(self.new, made, self.language):
            return "" if self.language in _LOOSE and reason.startswith("does not") else reason
        if self.language == "python" and (moved := self._moved(made.positional)):
            return f"passes {moved} by position, which is another parameter now"
        passed = {one.name for one in _slots(self.old)[: made.positional]} | made.keywords
        relied = sorted(self.defaults - passed)
        return f"relies on the default of {', '.join(relied)}" if relied else ""

    def _moved(self, positional: int) -> str:
        old = [one.name for one in _slots(self.old)]
        new = [one.name for one in _slots(self.new)]
        for at in range(min(positional, len(old))):
            if at < len(new) and old[at] != new[at] and (old[at] in new or new[at] in old):
                return old[at]
        return ""


def _slots(signature: Signature) -> list[Parameter]:
    return [one for one in signature if one.kind in {"plain", "positional"}]


def difference(old: Signature, new: Signature, language: str) -> Difference | None:
    """What changed between two signatures; None when nothing a caller could notice did."""
    if language == "python":
        before, after = {one.name: one for one in old}, {one.name: one for one in new}
    else:
        before, after = {_key(one): one for one in old}, {_key(one): one for one in new}
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    both = [name for name in before if name in after]
    defaults = [
        name
        for name in both
        if before[name].default is not None
        and after[name].default is not None
        and shape(str(before[name].default)) != shape(str(after[name].default))
    ]
    said = [
        *(f"{_plain(name)} is gone" for name in gone),
        *(f"{_plain(name)} is new{'' if after[name].default is not None else ' and required'}" for name in come
          if after[name].kind not in {"rest", "options"}),
        *(f"the default of {_plain(name)} is {_value(after[name].default)}, was {_value(before[name].default)}"
          for name in defaults),
        *(f"{_plain(name)} is required now" for name in both
          if before[name].default is not None and after[name].default is None),
    ]  # fmt: skip
    order = [name for name in before if name in after] != [name for name in after if name in before]
    if order:
        said.append("the order of parameters changed")
    if any(before[name].kind != after[name].kind for name in both):
        said.append("how parameters may be passed changed")
    if not said or _only_adds(old, new, come, bool(gone or defaults or order), after):
        return None
    return Difference(
        old, new, "; ".join(said[:4]), frozenset(before[name].name for name in defaults), language
    )


def _only_adds(
    old: Signature,
    new: Signature,
    come: Sequence[str],
    otherwise: bool,
    after: Mapping[str, Parameter],
) -> bool:
    """Whether all that changed is new parameters which every call may leave out, after those it passes by position."""
    kinds = {one.name: (one.kind, one.default is None) for one in old}
    same = all(
        kinds.get(one.name, (one.kind, one.default is None)) == (one.kind, one.default is None)
        for one in new
    )
    free = all(
        after[name].default is not None or after[name].kind in {"rest", "options"} for name in come
    )
    slots = [one.name for one in _slots(old)]
    return (
        not otherwise and same and free and [one.name for one in _slots(new)][: len(slots)] == slots
    )


def _key(parameter: Parameter) -> str:
    return shape(parameter.name)


def _plain(name: str) -> str:
    return name[:60]


def _value(default: str | None) -> str:
    text = " ".join((default or "nothing").split())
    # A long literal may be a secret, and says little in a message.
    return text if len(text) <= 24 else "another value"
