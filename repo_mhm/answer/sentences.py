"""Where the sentences of an answer begin and end, decided while its text still streams. Pure.

A sentence ends with its line, or after a full stop that does not belong to an abbreviation, a list
number or a dotted name. A fenced block of code is one sentence. A full stop is only certain to end
a sentence once the text after it has come: a lower-case letter would continue it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FENCE = "```"
_ABBREVIATIONS = frozenset(
    {"e.g", "i.e", "cf", "vs", "approx", "resp", "fig", "no", "incl", "aka", "viz"}
)
_END = re.compile(r"[.!?]+[\"')\]*_]*(?=\s)")


def next_sentence(text: str, position: int, *, final: bool) -> tuple[int, int] | None:
    """Where the next sentence from `position` begins and ends (half open).

    None while more text could still change that; `final` says that no more will come.
    """
    start = _skip_space(text, position)
    if start == len(text):
        return None
    if text.startswith(FENCE, start):
        return _fenced_block(text, start, final=final)
    if not final and FENCE.startswith(text[start:]):
        return None

    end = _line_sentence_end(text, start, final=final)
    return None if end is None else (start, end)


def _line_sentence_end(text: str, start: int, *, final: bool) -> int | None:
    """Where the sentence that begins at `start` ends, at the latest with its line."""
    line_end = text.find("\n", start)
    stop = line_end if line_end >= 0 else len(text)
    for end in _full_stops(text, start, stop):
        following = _skip_space(text, end)
        if following == len(text) and not final:
            return None
        if _ends_sentence(text, end, following):
            return end

    if line_end >= 0 or final:
        return start + len(text[start:stop].rstrip())
    return None


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _ends_sentence(text: str, end: int, following: int) -> bool:
    """Whether a sentence ends at `end`, where the next text begins at `following`."""
    if following == len(text) or "\n" in text[end:following]:
        return True
    return not text[following].islower()


def _fenced_block(text: str, start: int, *, final: bool) -> tuple[int, int] | None:
    closing_fence = text.find(f"\n{FENCE}", start + len(FENCE))
    if closing_fence < 0:
        return (start, len(text.rstrip())) if final else None

    line_end = text.find("\n", closing_fence + len(FENCE) + 1)
    if line_end < 0 and not final:
        return None
    end = line_end if line_end >= 0 else len(text)
    return start, start + len(text[start:end].rstrip())


def _full_stops(text: str, start: int, stop: int) -> Iterator[int]:
    """Where sentences of a line may end: after its full stops outside of backticks."""
    for match in _END.finditer(text, start, min(stop + 1, len(text))):
        before = text[start : match.start()]
        is_in_code = before.count("`") % 2 == 1
        is_full_stop = match[0].startswith(".")
        if not is_in_code and not (is_full_stop and _ends_no_sentence(before)):
            yield match.end()


def _ends_no_sentence(before: str) -> bool:
    """Whether a full stop follows an abbreviation, a list number or no word in `before`."""
    if not before.strip():
        return True
    word = before.rsplit(None, 1)[-1].lstrip("([*_\"'").lower()
    is_list_number = word.isdigit() and before.strip() == word
    return not word or word in _ABBREVIATIONS or is_list_number
