"""Slips: small changes of code that may be mistakes, for a model to weigh. Pure.

A small model that is asked whether a change is wrong knows nothing. Asked which of two texts it
would have written, it tells slips from intent. So it is never asked for an opinion: it weighs the
old words against the new ones, between the code before and after them. Only a change that it finds
far less likely than what it replaced becomes a finding.

What may be a slip is decided here, by the shape of the change: few words took the place of others,
none of them is a text or a name that the file did not have (whoever writes one means it), and the
same words were not replaced again and again.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from repo_mhm.engine.types import Contrast, Weighed
from repo_mhm.review.cosmetic import is_cosmetic
from repo_mhm.review.edits import Edit
from repo_mhm.review.findings import Finding, Severity
from repo_mhm.source.code_tokens import TOKEN
from repo_mhm.source.unified_diff import Hunk, Line, blocks

MARGIN = 4.0
"""Natural logarithm of how much likelier the old words must be for a finding: 55 times."""
WARNING_MARGIN = 6.0
"""The same for a warning: 400 times. Less is only worth a note."""
LIKELY = -1.6
"""Natural logarithm of how likely the old words must be: one in five. Below, the model would have
been surprised by the old words too."""
MEANT = 3
"""How often one change must replace the same words for them to count as meant, not as slips."""
_BEFORE, _AFTER = 1000, 500
"""Characters of code around a change that the model sees."""
_LINES_BEFORE, _LINES_AFTER = 60, 30
"""Lines from which those characters are taken."""
_MOST_LINES = 6
"""Lines of a block that is weighed as a whole."""
_MOST_OLD, _MOST_NEW = 24, 8
"""Tokens of a change: more on either side is a rewrite, which no likelihood can judge."""
_MOST_TOKENS = 200
_MOST_PARTS = 2
"""Parts of a line or block that may differ."""
_LEAST_SIMILARITY = 0.3
_MOST_SHOWN = 60
_NEGATIONS = ("not", "!")
_COMMON_WORDS = (
    frozenset(dir(builtins))
    | frozenset(keyword.kwlist)
    | frozenset("true false null nil this".split())
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True)
class Slip:
    """A small change that may be a slip."""

    path: str
    symbol: str
    """Qualified name of what it is in; may be empty."""
    line: Line
    """The new line."""
    was: str
    """The old line."""
    old_words: str
    new_words: str
    contrast: Contrast


def find_slips(edits: Sequence[Edit]) -> list[Slip]:
    """The changes that a model is to weigh, in diff order."""
    slips: list[Slip] = []
    for edit in edits:
        if edit.new is None or edit.new.language is None or edit.new.language.is_data:
            continue
        for hunk in edit.diff.hunks:
            if hunk.added and not is_cosmetic(edit, hunk):
                slips += _slips_in(edit, hunk)

    times = Counter((slip.old_words, slip.new_words) for slip in slips)
    return [slip for slip in slips if times[slip.old_words, slip.new_words] < MEANT]


def slip_finding(slip: Slip, weighed: Weighed) -> Finding | None:
    """The finding on a slip; None where the model finds the change likely enough."""
    margin = weighed.first - weighed.second
    if weighed.first < LIKELY or margin < MARGIN:
        return None

    severity: Severity = "warning" if margin >= WARNING_MARGIN else "info"
    message = (
        f"this may be a slip: the code around it calls for `{slip.old_words}`, as it was,"
        f" and makes `{slip.new_words}` {_times(margin)} times less likely"
    )
    return Finding(
        "model",
        slip.path,
        slip.line.new,
        severity,
        _category(slip),
        message,
        (),
        slip.symbol,
        was=slip.was,
    )


def _times(margin: float) -> str:
    """How many times, with one digit that is not zero."""
    times = f"{min(math.exp(margin), 1_000_000):,.0f}"
    return times[0] + re.sub("[0-9]", "0", times[1:])


def _category(slip: Slip) -> str:
    """What kind of slip it would be."""
    old, new = slip.old_words.split(), slip.new_words.split()
    if slip.was.lstrip().startswith("except") and "Exception" in slip.new_words:
        return "exception"
    if old[0] in {"raise", "except", "try"}:
        return "error-handling"

    names = re.findall(r"\w+", slip.old_words)
    if len(names) > 1 and sorted(names) == sorted(re.findall(r"\w+", slip.new_words)):
        return "arguments"
    if {*old, *new} & {"not", "!", "and", "or", "&&", "||", "==", "!=", "is", "in"}:
        return "condition"

    boundary = re.compile(r"[+-]?\d+|[<>]=?|[+-] 1|nothing")
    are_boundaries = all(boundary.fullmatch(text) for text in (slip.old_words, slip.new_words))
    return "boundary" if are_boundaries else "logic"


# The shape of a change ----------------------------------------------------------------------------


def _slips_in(edit: Edit, hunk: Hunk) -> Iterator[Slip]:
    old, new = edit.old, edit.new
    if old is None or new is None:
        return

    for removed, added in _replaced_blocks(hunk):
        before = "\n".join(old.code_line(line.old) for line in removed)
        after = "\n".join(new.code_line(line.new) for line in added)
        replacement = _replacement(before, after)
        if replacement is None or not _is_code_of_the_file(edit, replacement.new):
            continue

        line = added[min(after.count("\n", 0, replacement.new_start), len(added) - 1)]
        was = removed[min(before.count("\n", 0, replacement.old_start), len(removed) - 1)]
        owner = new.symbol_at(line.new)
        yield Slip(
            path=edit.diff.path,
            symbol=owner.qualified if owner else "",
            line=line,
            was=was.text,
            old_words=_shown(replacement.old),
            new_words=_shown(replacement.new),
            contrast=_contrast(edit, removed, added),
        )


def _replaced_blocks(hunk: Hunk) -> Iterator[tuple[list[Line], list[Line]]]:
    """Removed lines and the added ones that replace them.

    Line by line where there are as many of both, else short blocks as a whole.
    """
    for removed, added in blocks(hunk):
        if len(removed) == len(added):
            for old, new in zip(removed, added, strict=True):
                if old.text != new.text:
                    yield [old], [new]
        elif removed and added and len(removed) + len(added) <= _MOST_LINES:
            yield removed, added


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The tokens that went and came, and where the first of them is in the code of each side."""

    old: list[str]
    new: list[str]
    old_start: int
    new_start: int


def _replacement(before: str, after: str) -> _Replacement | None:
    """What was replaced, if the change has the shape of a slip."""
    old, new = list(TOKEN.finditer(before)), list(TOKEN.finditer(after))
    if max(len(old), len(new)) > _MOST_TOKENS:
        return None

    old_tokens, new_tokens = [match[0] for match in old], [match[0] for match in new]
    matcher = SequenceMatcher(None, old_tokens, new_tokens, autojunk=False)
    parts = [opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal"]
    if not 1 <= len(parts) <= _MOST_PARTS or matcher.ratio() < _LEAST_SIMILARITY:
        return None

    removed = [token for _, begin, end, _, _ in parts for token in old_tokens[begin:end]]
    added = [token for _, _, _, start, stop in parts for token in new_tokens[start:stop]]
    is_short = len(removed) <= _MOST_OLD and len(added) <= _MOST_NEW
    replaces = all(end > begin and stop > start for _, begin, end, start, stop in parts)
    if not is_short or not (replaces or _is_slip_of_order(removed, added, len(parts))):
        return None

    _, begin, _, start, _ = parts[0]
    return _Replacement(
        removed,
        added,
        old[begin].start() if begin < len(old) else 0,
        new[start].start() if start < len(new) else len(after),
    )


def _is_slip_of_order(removed: Sequence[str], added: Sequence[str], parts: int) -> bool:
    """Whether only negations came and went, or the same tokens are in another order."""
    is_negation = parts == 1 and all(token in _NEGATIONS for token in (*removed, *added))
    is_swap = parts == _MOST_PARTS and sorted(removed) == sorted(added)
    return is_negation or is_swap


def _is_code_of_the_file(edit: Edit, added: Sequence[str]) -> bool:
    """Whether the new tokens hold no text, and only names that the file had before."""
    assert edit.old is not None
    if any(token.startswith('"') for token in added):
        return False
    names = {token for token in added if _WORD.match(token)} - _COMMON_WORDS
    return not names or names <= set(_WORD.findall(edit.old.code))


def _shown(tokens: Sequence[str]) -> str:
    """The tokens as a message shows them; back-ticks would end the quotation."""
    text = " ".join(tokens).replace("`", "'")
    text = re.sub(r"\s{0,9}([.()\[\],:])\s{0,9}", _spaced, text).strip()
    short = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
    return short or "nothing"


def _spaced(mark: re.Match[str]) -> str:
    return mark[1] + (" " if mark[1] in ",:" else "")


# What the model weighs ----------------------------------------------------------------------------


def _contrast(edit: Edit, removed: Sequence[Line], added: Sequence[Line]) -> Contrast:
    """Both texts with the code around them."""
    assert edit.new is not None
    lines = edit.new.lines
    first, last = added[0].new, added[-1].new

    before = "\n".join(lines[max(0, first - _LINES_BEFORE) : first - 1])[-_BEFORE:]
    after = "\n".join(lines[last : last + _LINES_AFTER])[:_AFTER]
    old, new = ("\n".join(line.text.rstrip("\r") for line in side) for side in (removed, added))
    return Contrast(f"{before}\n" if before else "", f"\n{after}", old, new)
