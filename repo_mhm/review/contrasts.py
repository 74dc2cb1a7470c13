"""Contrasts: places where a few words of code took the place of others, put to a model that knows how code goes on.

A small model that is asked whether a change is wrong knows nothing; asked which of two texts it would have written, it
tells slips from intent. So it is never asked for an opinion: it weighs the words as they were against the words as
they are, with the code before and after, and only a change that it finds far less likely than what stood there is
remarked on. Which changes can be slips at all is decided here, by their shape. Pure.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from repo_mhm.engine.types import Contrast, Weighed
from repo_mhm.review.code import TOKEN
from repo_mhm.source.unified_diff import Hunk, Line, blocks
from repo_mhm.review.edits import Edit
from repo_mhm.review.findings import Finding, Severity
from repo_mhm.source.redaction import redact

FLOOR = 4.0
"""Natural logarithm of how much likelier the old words must be for a remark: 55 times."""
SURE = 6.0
"""The same for a warning: 400 times. Less is only worth a note."""
LIKELY = -1.6
"""What the old words must have been themselves: one in five. Else the model has nothing to expect here."""
_BEFORE, _AFTER = 1000, 500
"""Characters of code around a change that the model sees."""
_MOST_LINES = 6
_MOST_OLD, _MOST_NEW = 24, 8
"""Tokens of one place: more on either side is a rewrite, which no likelihood can judge."""
_MOST_PLACES = 2
_ADVERBS = ("not", "!")
_KNOWN = (
    frozenset(dir(builtins))
    | frozenset(keyword.kwlist)
    | frozenset("true false null nil this".split())
)


@dataclass(frozen=True, slots=True)
class Slip:
    """A small change that may be one: the line it is on, the words that went and came, and what the model weighs."""

    line: Line
    was: str
    gone: str
    come: str
    contrast: Contrast


def slips(edit: Edit, hunk: Hunk) -> Iterator[Slip]:
    """The places of a hunk where few words took the place of others, and nothing that is new was named."""
    old, new = edit.old, edit.new
    if old is None or new is None:
        return
    for removed, added in _blocks(hunk):
        before = "\n".join(_at(old.code_lines, line.old) for line in removed)
        after = "\n".join(_at(new.code_lines, line.new) for line in added)
        found = _replaced(before, after)
        if found is None or not _is_known(edit, found[1]):
            continue
        offset, gone, come = found[0], _said(found[2]), _said(found[1])
        line = added[min(after.count("\n", 0, offset), len(added) - 1)]
        was = removed[min(before.count("\n", 0, found[3]), len(removed) - 1)]
        yield Slip(line, was.text, gone, come, _contrast(edit, removed, added))


def category(slip: Slip) -> str:
    """What kind of slip it would be."""
    gone, come = slip.gone.split(), slip.come.split()
    if slip.was.lstrip().startswith("except") and "Exception" in slip.come:
        return "exception"
    if gone[0] in {"raise", "except", "try"}:
        return "error-handling"
    words = re.findall(r"\w+", slip.gone)
    if len(words) > 1 and sorted(words) == sorted(re.findall(r"\w+", slip.come)):
        return "arguments"
    if {*gone, *come} & {"not", "!", "and", "or", "&&", "||", "==", "!=", "is", "in"}:
        return "condition"
    numbers = all(
        re.fullmatch(r"[+-]?\d+|[<>]=?|[+-] 1|nothing", words) for words in (slip.gone, slip.come)
    )
    return "boundary" if numbers else "logic"


def remarked(slip: Slip, weighed: Weighed, path: str, symbol: str) -> Finding | None:
    """The finding on a slip, if the model thinks it one."""
    margin = weighed.first - weighed.second
    if weighed.first < LIKELY or margin < FLOOR:
        return None
    times = f"{min(math.exp(margin), 1_000_000):,.0f}"
    message = (
        f"this may be a slip: the code around it calls for `{slip.gone}`, as it was, and makes `{slip.come}` "
        f"{times[0] + re.sub('[0-9]', '0', times[1:])} times less likely"
    )
    severity: Severity = "warning" if margin >= SURE else "info"
    return Finding(
        "model", path, slip.line.new, severity, category(slip), message, (), symbol, was=slip.was
    )


def _blocks(hunk: Hunk) -> Iterator[tuple[list[Line], list[Line]]]:
    """Removed lines and the added ones that follow them: line by line where they are as many, else as a whole."""
    for removed, added in blocks(hunk):
        if len(removed) == len(added):
            yield from (
                ([old], [new])
                for old, new in zip(removed, added, strict=True)
                if old.text != new.text
            )
        elif removed and added and len(removed) + len(added) <= _MOST_LINES:
            yield removed, added


def _replaced(before: str, after: str) -> tuple[int, list[str], list[str], int] | None:
    """Where the first place is in the new code, all that came, all that went, and where it was; None if no slip."""
    old, new = list(TOKEN.finditer(before)), list(TOKEN.finditer(after))
    if max(len(old), len(new)) > 200:
        return None
    matcher = SequenceMatcher(
        None, [one[0] for one in old], [one[0] for one in new], autojunk=False
    )
    places = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    if not 1 <= len(places) <= _MOST_PLACES or matcher.ratio() < 0.3:
        return None
    gone = [one[0] for _, begin, end, _, _ in places for one in old[begin:end]]
    come = [one[0] for _, _, _, start, stop in places for one in new[start:stop]]
    plain = all(end > begin and stop > start for _, begin, end, start, stop in places)
    turned = len(places) == 1 and [word for word in (*gone, *come) if word in _ADVERBS] == [
        *gone,
        *come,
    ]
    swapped = len(places) == _MOST_PLACES and sorted(gone) == sorted(come)
    if not (plain or turned or swapped) or len(gone) > _MOST_OLD or len(come) > _MOST_NEW:
        return None
    _, begin, _, start, _ = places[0]
    return (
        new[start].start() if start < len(new) else len(after),
        come,
        gone,
        old[begin].start() if begin < len(old) else 0,
    )


def _is_known(edit: Edit, come: Sequence[str]) -> bool:
    """Whether it is code that came, with names that were there before: who writes a new one, or a text, means it."""
    assert edit.old is not None
    if any(word.startswith('"') for word in come):
        return False
    names = {word for word in come if re.match(r"[A-Za-z_$]", word)} - _KNOWN
    return not names or names <= set(re.findall(r"[A-Za-z_$][\w$]*", edit.old.code))


def _said(words: Sequence[str]) -> str:
    text = " ".join(words).replace("`", "'")
    text = re.sub(
        r"\s*([.()\[\],:])\s*", lambda match: match[1] + (" " if match[1] in ",:" else ""), text
    ).strip()
    return (text if len(text) <= 60 else f"{text[:57]}...") or "nothing"


def _contrast(edit: Edit, removed: Sequence[Line], added: Sequence[Line]) -> Contrast:
    assert edit.new is not None
    lines = edit.new.lines
    before = "\n".join(lines[max(0, added[0].new - 60) : added[0].new - 1])[-_BEFORE:]
    after = "\n".join(lines[added[-1].new : added[-1].new + 30])[:_AFTER]
    old, new = ("\n".join(line.text.rstrip("\r") for line in side) for side in (removed, added))
    parts = [redact(edit.diff.path, part)[0] for part in (before, after, old, new)]
    return Contrast(f"{parts[0]}\n" if parts[0] else "", f"\n{parts[1]}", parts[2], parts[3])


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""
