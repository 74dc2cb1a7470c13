"""Line rules: findings from the changed lines alone, without the rest of the repository. Pure.

Silent when in doubt. The rules of `error_handling` and `removed_tests` are run from here too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

from repo_mhm.review.edits import Edit
from repo_mhm.review.error_handling import dropped_handling, widened_handlers
from repo_mhm.review.findings import Finding, line_finding
from repo_mhm.review.removed_tests import removed_tests
from repo_mhm.source.code_tokens import TOKEN, arguments
from repo_mhm.source.unified_diff import Hunk, Line, blocks

_MOST_LINE_CHARACTERS = 2000
_MOST_TOKENS = 200
_MOST_DIGITS = 5
"""Longer lines are data, longer numbers are no boundaries."""


def line_rule_findings(edits: Sequence[Edit], changed_names: Collection[str] = ()) -> list[Finding]:
    """The findings of all line rules.

    `changed_names` are the definitions whose signatures the diff changes: their callers may swap
    arguments.
    """
    findings = list(removed_tests(edits))
    for edit in edits:
        findings += _conflicts(edit)
        if edit.old is not None and edit.new is not None:
            findings += _code_findings(edit, changed_names)
    return findings


def _code_findings(edit: Edit, changed_names: Collection[str]) -> Iterator[Finding]:
    assert edit.new is not None
    language = edit.new.language
    if language is None or language.calls is None:
        return

    widened = widened_handlers(edit, language.errors) if language.errors else []
    yield from widened
    for hunk in edit.diff.hunks:
        for old, new in _line_pairs(hunk):
            yield from _line_pair_findings(edit, old, new, changed_names)
    if language.errors and not widened:
        yield from dropped_handling(edit, language.errors)


# Conflict markers ---------------------------------------------------------------------------------

_CONFLICT = re.compile(r"(<{7}|>{7})( .*)?\r?$")


def _conflicts(edit: Edit) -> Iterator[Finding]:
    markers = [line for line in edit.diff.added() if _CONFLICT.match(line.text)]
    has_both = len({line.text[0] for line in markers}) == 2
    if has_both:
        message = "a conflict marker is left in the file"
        yield line_finding(edit, markers[0].new, "error", "conflict", message)


# Lines that replace each other --------------------------------------------------------------------

_SYMMETRIC = frozenset(
    "max min gcd lcm union intersection isclose isinstance print len set frozenset Union".split()
)
"""Calls whose arguments may change places without an effect that anyone calls a mistake."""
_CALLED_NAME = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*)\s{0,80}\(")
_NAMED_OR_UNPACKED = re.compile(r"\w+\s*=(?!=)|\*")
_DEFINITION = re.compile(r"\b(def|class)\s")
_COUNTED = re.compile(r"\brange\s*\(|[\[<>]")
"""Beside one of these, a number on the line is taken for a boundary."""
_BOUNDARIES = {frozenset(pair) for pair in (("<", "<="), (">", ">="))}
_INVERSIONS = {
    frozenset(pair)
    for pair in (("==", "!="), ("and", "or"), ("&&", "||"), ("<", ">"), ("<=", ">="))
}
_NEGATIONS = (["not"], ["!"])
_ONE_MORE_OR_LESS = (["+", "1"], ["-", "1"])


def _line_pairs(hunk: Hunk) -> Iterator[tuple[Line, Line]]:
    """Each removed line with the added line that replaces it: blocks of equally many, in order."""
    for removed, added in blocks(hunk):
        if len(removed) == len(added):
            yield from zip(removed, added, strict=True)


def _line_pair_findings(
    edit: Edit, old: Line, new: Line, changed_names: Collection[str]
) -> Iterator[Finding]:
    assert edit.old is not None and edit.new is not None
    is_long = max(len(old.text), len(new.text)) > _MOST_LINE_CHARACTERS
    if is_long or old.text.strip() == new.text.strip():
        return

    before, after = edit.old.code_line(old.old), edit.new.code_line(new.new)
    if name := _swapped_call(old.text, before, new.text, after):
        if name not in changed_names and name not in _SYMMETRIC:
            message = f"the arguments of `{name}` changed places, its parameters did not"
            yield line_finding(edit, new.new, "info", "arguments", message, was=old.text)
    elif change := _token_change(before, after):
        category, message = change
        yield line_finding(edit, new.new, "info", category, message, was=old.text)


def _swapped_call(old: str, before: str, new: str, after: str) -> str:
    """The called name whose arguments were only reordered, if nothing else on the line changed.

    `before` and `after` are the masks of `old` and `new`.
    """
    if len(old) != len(new) or _DEFINITION.search(before):
        return ""

    for match in _CALLED_NAME.finditer(before):
        opening = match.end() - 1
        first = arguments(before, old, opening)
        if first is None or len(first) < 2 or after[: match.end()] != before[: match.end()]:
            continue
        second = arguments(after, new, opening)
        if second is None or first == second or sorted(first) != sorted(second):
            continue
        if not any(_NAMED_OR_UNPACKED.match(part) for part in first):
            return match[1]
    return ""


def _token_change(before: str, after: str) -> tuple[str, str] | None:
    """Category and message, where one token or two are all that changed on the line."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if max(len(old), len(new)) > _MOST_TOKENS:
        return None

    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changes = [opcode for opcode in opcodes if opcode[0] != "equal"]
    if len(changes) != 1:
        return None

    _, begin, end, start, stop = changes[0]
    removed, added = old[begin:end], new[start:stop]
    if len(removed) == len(added) == 1:
        replacement = _replaced_token(removed[0], added[0], before)
        if replacement:
            return replacement
    return _negation(removed, added) or _one_more_or_less(removed, added)


def _replaced_token(removed: str, added: str, line: str) -> tuple[str, str] | None:
    pair = frozenset((removed, added))
    if pair in _BOUNDARIES:
        return "boundary", f"the boundary moved: `{removed}` became `{added}`"
    if pair in _INVERSIONS:
        return "condition", f"the condition changed: `{removed}` became `{added}`"
    if _differ_by_one(removed, added) and _COUNTED.search(line):
        return "boundary", f"the boundary moved by one: {removed} became {added}"
    return None


def _negation(removed: list[str], added: list[str]) -> tuple[str, str] | None:
    if removed not in _NEGATIONS and added not in _NEGATIONS:
        return None
    verb = "removed" if removed else "added"
    return "condition", f"the condition changed: `{(removed or added)[0]}` was {verb}"


def _one_more_or_less(removed: list[str], added: list[str]) -> tuple[str, str] | None:
    tokens = removed or added
    if tokens not in _ONE_MORE_OR_LESS or (removed and added):
        return None
    verb = "removed" if removed else "added"
    return "boundary", f"the boundary moved by one: `{' '.join(tokens)}` was {verb}"


def _differ_by_one(old: str, new: str) -> bool:
    are_numbers = all(text.isdecimal() and len(text) <= _MOST_DIGITS for text in (old, new))
    return are_numbers and abs(int(old) - int(new)) == 1
