"""Value uses: what code does with the value of an expression, in any language with brackets. Pure.

The idea: the characters around an expression in the code mask say what happens to its value: a word
before it (`await`, `return`), an assignment, the bracket of a call around it, a member or an
operator behind it. What is assigned to a variable is followed through the function: the uses of
the variable are uses of the value. What fits nothing is `other`, of which nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.relations.expressions import opening_bracket
from repo_mhm.source.code_tokens import closing_bracket, word_starts

_FARTHEST = 2000
"""Characters before an expression that are searched for the bracket or statement around it."""
_MOST_USES = 12
"""Uses of one variable that are looked at."""

Kind = Literal[
    "awaited", "discarded", "returned", "assigned", "unpacked", "member", "indexed", "called",
    "operator", "compared", "condition", "iterated", "delegated", "argument", "element", "entered",
    "safe", "other",
]  # fmt: skip
"""`delegated` is `yield from`; `entered` is `with`; `safe` are `?.`, `??`, `!` and the like."""


class ValueUse(NamedTuple):
    """What code does with a value."""

    kind: Kind
    name: str = ""
    """The member, the function that it is passed to, or the variable that it is assigned to."""
    targets: int = 1
    """Into how many variables it is unpacked."""
    type: str = ""
    """The declared type of the variable."""
    is_chain: bool = False
    """Whether the chain goes on, whatever else is done with it: `await f().g`."""


_LINK = lazy_pattern(r"(?:\?\.|!!?\.|\.|::|->)\s*\Z")
_WORD = lazy_pattern(r"[\w$@#]+\Z")
_NEW = lazy_pattern(r"\b(?:new|try[?!]?)\s+\Z")
_MEMBER = lazy_pattern(r"\s*(?P<link>\?\.|!!\.|!\.|\.|->|::)\s*(?P<name>[A-Za-z_$]\w*)")
_SAFE = lazy_pattern(r"[ \t]*(?:\?\?|\?:|\?\.|\?(?=[;.\s)])|!!|!(?![=\w]))")
_COMPARISON = lazy_pattern(r"[ \t]*(?:[=!]==?|is\b|not\s+in\b|in\b|===?)")
_OPERATOR = lazy_pattern(r"[ \t]*(?:[-+*/%&^|]|<(?!-)|>)(?![=>&|]?[=>]|&|\||\+|-)")
_ANY_OPERATOR = lazy_pattern(r"[ \t]*(?:<=|>=|<<|>>|\*\*|//)")
_CONDITION = lazy_pattern(r"[ \t]*(?:&&|\|\||and\b|or\b|\?(?![.?:])|if\b)")
_AWAIT = lazy_pattern(r"\bawait\s*\(*\s*\Z")
_SWIFT_AWAIT = lazy_pattern(r"\b(?:await\b|async\s+let\b)")
"""One mark counts for the whole of the expression behind it."""
_BEFORE_CONDITION = lazy_pattern(
    r"(?:\b(?:if|elif|while|not|and|or|assert|unless|until|guard)|!|&&|\|\|)\s*\(*\s*\Z"
)
_ITERATION = lazy_pattern(r"\bfor\b[^\n;]*?(?:\bin|\bof|:|\brange)\s*\Z")
_SPREAD = lazy_pattern(r"(?:\.\.\.|(?:^|[(\[,=])\s*\*{1,2})\Z")
_BEFORE_OPERATOR = lazy_pattern(r"(?:[\w)\]\"']\s*[-+*/%^|]|[-+*/%&|^]|[\w)\]]\s*[<>]=?)\s*\Z")
_BEFORE_COMPARISON = lazy_pattern(r"(?:[=!]==?|\bis(?:\s+not)?|\bin|\bcase)\s*\Z")
_ASSIGNMENT = lazy_pattern(r"(?<![=!<>+\-*/%|&^:])(?P<operator>:?=)\s*\Z")
_ADDITION = lazy_pattern(r"[-+*/%|&^]=\s*\Z")
_DECLARED = lazy_pattern(
    r"(?:\b(?:const|let|var|val|final|auto|mut|static|export|public|private|readonly)\s+)*"
    r"(?:(?P<type>[A-Za-z_][\w.:<>\[\]?]*)[\s*&]+)??"
    r"(?P<name>[\w$@.]+)\s*(?::\s*(?P<annotation>[^=\n]+?))?\s*\Z"
)
_CALLEE = lazy_pattern(r"([A-Za-z_$][\w$]*(?:(?:\.|::|->)[\w$]+)*)!?\s*(?:<[^<>()]*>)?\s*\Z")
_CONTROL = frozenset("if while for switch match when catch elif return not and or in".split())
_END_OF_STATEMENT = lazy_pattern(r"\s*(?:\Z|[;})\n])")
_INDENTED = frozenset({"python", "ruby", "elixir", "kotlin", "swift", "go", "scala", "lua"})
"""Families of languages in which a line end ends a statement; elsewhere `;` does, or both."""


_ASYNCHRONOUS_LOOP = lazy_pattern(r"\basync\s+for\b|\bfor\s+await\b")
_SIGNS_BEHIND: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("indexed", lazy_pattern(r"\[")),
    ("called", lazy_pattern(r"\(")),
    ("compared", _COMPARISON),
    ("operator", _ANY_OPERATOR),
    ("operator", _OPERATOR),
    ("condition", _CONDITION),
)
_SIGNS_BEFORE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("delegated", lazy_pattern(r"\b(?:yield\s+from|yield\s*\*)\s*\Z")),
    ("returned", lazy_pattern(r"(?:\b(?:return|co_return)|=>)\s*\Z")),
    ("entered", lazy_pattern(r"\b(?:with|using)\s*\(?\s*\Z")),
    ("iterated", _ITERATION),
    ("iterated", _SPREAD),
    ("compared", _BEFORE_COMPARISON),
    ("condition", _BEFORE_CONDITION),
    ("operator", _ADDITION),
    ("assigned", _ASSIGNMENT),
    ("operator", _BEFORE_OPERATOR),
)
"""The first that fits decides."""


def expression_start(code: str, position: int) -> int:
    """Where the chain begins whose last name begins at `position`: `new Store().load` at `new`."""
    while link := _LINK.search(code, max(0, position - 80), position):
        before = _step_start(code, link.start())
        if before == link.start():
            break
        position = before
    new = _NEW.search(code, max(0, position - 20), position)
    return new.start() if new else position


def _step_start(code: str, end: int) -> int:
    """Where the name with its brackets begins that ends at `end`; `end` where there is none."""
    position = len(code[:end].rstrip()) if code[end - 1 : end].isspace() else end
    while position and code[position - 1] in ")]}":
        opening = opening_bracket(code, position - 1)
        if opening is None:
            return end
        position = opening
    word = _WORD.search(code, max(0, position - 200), position)
    return word.start() if word else position


def bracket_around(code: str, position: int, stop: int = 0) -> int:
    """The innermost bracket that is open at `position`; -1 where none is, back to `stop`."""
    depth = 0
    for index in range(position - 1, max(stop, position - _FARTHEST) - 1, -1):
        depth += (code[index] in "([{") - (code[index] in ")]}")
        if depth > 0:
            return index
    return -1


def value_uses(code: str, start: int, end: int, family: str, stop: int) -> list[ValueUse]:
    """What is done with the value of the expression at [start, end), and with its variable.

    A variable is followed up to `stop`.
    """
    first = value_use(code, start, end, family)
    uses = [first]
    start, end = _without_parentheses(code, start, end)
    opening = bracket_around(code, start)
    is_spread = first.kind == "iterated" and code[start - 1 : start] in ("*", ".")
    if first.kind == "element" or (is_spread and code[opening : opening + 1] == "("):
        # A list is used as what it holds is: `await gather(*[load(a)])`.
        outer = _in_brackets(code, start)
        if outer.kind == "element":
            closing = closing_bracket(code, opening)
            return [first, *value_uses(code, opening, closing + 1, family, stop)]
        uses.append(outer)
    if first.kind == "assigned" and re.fullmatch(r"[\w$]+", first.name):
        uses += _uses_of_variable(code, first.name, end, family, stop)
    return uses


def _uses_of_variable(
    code: str, name: str, begin: int, family: str, stop: int
) -> Iterator[ValueUse]:
    """What is done with a variable, up to its next value."""
    number = 0
    for start in word_starts(code, name, begin, stop):
        if re.match(r"\s*(?::[^=\n]{0,80})?=(?!=)", code[start + len(name) : start + 120]):
            return
        if code[max(0, start - 1) : start] == ".":
            continue
        number += 1
        if number > _MOST_USES:
            return
        yield value_use(code, start, start + len(name), family)


def value_use(code: str, start: int, end: int, family: str) -> ValueUse:
    """What is done with the value of the expression at [start, end)."""
    start, end = _without_parentheses(code, start, end)
    before, after = code[max(0, start - 300) : start], code[end : end + 300]
    member = _MEMBER.match(after)
    is_chain = member is not None
    is_marked = family == "swift" and _SWIFT_AWAIT.search(before.rpartition("\n")[2])
    if is_marked or _AWAIT.search(before) or re.match(r"\s*\.await\b", after):
        return ValueUse("awaited", is_chain=is_chain and not after.lstrip().startswith(".await"))
    if behind := _behind(after, member):
        return behind
    return _before(code, start, before, after, family)


def _without_parentheses(code: str, start: int, end: int) -> tuple[int, int]:
    """The expression with parentheses around it that call nothing: `(await f())`."""
    while match := re.search(r"(?:\A|[^\w$)\]\s])\s*(\()\s*\Z", code[max(0, start - 80) : start]):
        closing = re.match(r"\s*\)", code[end : end + 80])
        if closing is None:
            break
        start = max(0, start - 80) + match.start(1)
        end += closing.end()
    return start, end


def _behind(after: str, member: re.Match[str] | None) -> ValueUse | None:
    """The use that the characters behind an expression show."""
    if _SAFE.match(after):
        return ValueUse("safe")
    if member is not None:
        is_safe = member["link"] not in (".", "->", "::")
        return ValueUse("safe" if is_safe else "member", member["name"], is_chain=True)
    return next((ValueUse(kind) for kind, pattern in _SIGNS_BEHIND if pattern.match(after)), None)


def _before(code: str, start: int, before: str, after: str, family: str) -> ValueUse:
    """The use that the characters before an expression show."""
    line = before.rpartition("\n")[2]
    if _ASYNCHRONOUS_LOOP.search(line) and _ITERATION.search(line):
        return ValueUse("awaited")
    for kind, pattern in _SIGNS_BEFORE:
        # A loop or an operator stands on the same line.
        if pattern.search(line if kind in ("iterated", "operator") else before):
            return _assignment(code, start) if kind == "assigned" else ValueUse(kind)
    if _is_discarded(before, after, family):
        return ValueUse("discarded")
    return _in_brackets(code, start)


def _assignment(code: str, start: int) -> ValueUse:
    """The use of a value behind `=`: an argument by name, a variable, or several."""
    opening = bracket_around(code, start)
    begin = max(code.rfind(mark, 0, start) for mark in "\n;{")
    if opening > begin and code[opening] == "(":
        callee = _CALLEE.search(code[max(0, opening - 200) : opening])
        if callee is not None and callee[1] not in _CONTROL:
            return ValueUse("argument", callee[1])
        begin = opening
    target = _ASSIGNMENT.sub("", code[begin + 1 : start])
    if re.search(r"\bfun\b|\bdef\b|\bfunc\b", target):
        return ValueUse("returned")
    names = re.sub(r"^\s*(?:if|while|const|let|var|val|auto|export)\b", "", target).strip()
    names = re.sub(r"^(?:mut|auto|const|let|var)\b", "", names).strip()
    if names.startswith("{") or names.endswith("}"):
        return ValueUse("member", names.strip("{} ").partition(",")[0].strip())
    if names.startswith(("(", "[")) or _commas(names):
        has_rest = "*" in names or "..." in names
        return ValueUse(
            "other" if has_rest else "unpacked", targets=_commas(names.strip("()[]")) + 1
        )
    declared = _DECLARED.search(target)
    if declared is None:
        return ValueUse("other")
    annotation = declared["annotation"] or declared["type"] or ""
    return ValueUse("assigned", declared["name"], type=annotation.strip())


def _commas(text: str) -> int:
    """The commas outside brackets."""
    depth = count = 0
    for char in text:
        depth += (char in "([{<") - (char in ")]}>")
        count += char == "," and not depth
    return count


def _is_discarded(before: str, after: str, family: str) -> bool:
    """Whether the expression is a statement of its own."""
    if not _END_OF_STATEMENT.match(after):
        return False
    kept = before.rstrip()
    is_at_line_start = before.rpartition("\n")[2].strip() == "" and "\n" in before
    if family == "rust":
        return after.lstrip().startswith(";") and (not kept or kept[-1] in ";{}")
    if not kept or kept[-1] in ";{}":
        return not (kept.endswith("{") and after.lstrip(" \t").startswith(","))
    if family in _INDENTED or family == "javascript":
        is_open = kept[-1] in "([{,+-*/=.&|<?:" and not (family == "python" and kept[-1] == ":")
        return is_at_line_start and not is_open
    return bool(re.search(r"(?:\)|\belse)\s*\Z", kept)) and after.lstrip().startswith(";")


def _in_brackets(code: str, start: int) -> ValueUse:
    """The use by what is around: a call that it is passed to, a list, a condition."""
    opening = bracket_around(code, start)
    if opening < 0:
        return ValueUse("other")
    if code[opening] != "(":
        is_list = code[opening] == "[" and not re.search(r"[\w)\]]\Z", code[:opening][-3:])
        return ValueUse("element" if is_list else "other")
    callee = _CALLEE.search(code[max(0, opening - 200) : opening])
    if callee is None:
        return ValueUse("other")
    name = re.sub(r"::|->", ".", callee[1])
    if name in _CONTROL:
        return ValueUse("condition" if name in ("if", "while", "elif") else "other")
    return ValueUse("argument", name)
