"""Long questions: the parts of an issue or of a log, and how much the words of each count. Pure.

The idea: what a text is about stands in its title and in the messages of its errors; its prose
explains, its code and its output mostly show what the author tried. Frames of a trace say where, so
`pointers` reads them and their words do not count. What is there in any issue does not count
either: comments and check lists of a template, versions of what is installed, the headings between
the parts. All of it is told by the form of a line, in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.retrieval.pointers import pointers_in

Kind = Literal["title", "message", "prose", "code", "frame", "template"]

WORD_WEIGHTS: dict[Kind, int] = {
    "title": 4,
    "message": 3,
    "prose": 2,
    "code": 1,
    "frame": 0,
    "template": 0,
}
"""How often a word of each kind counts, as often as it counts at most. Whole numbers, since a
full-text query weighs a word by naming it so often."""

_COMMENT_START, _COMMENT_END = "<!--", "-->"
_FENCE = lazy_pattern(r"\s{0,3}(```|~~~)")
_HEADING = lazy_pattern(r"\s{0,3}(?:#{1,6}\s|\*\*[^*]{1,100}\*\*:?\s*\Z|[=\-~_*.]{3,}\s*\Z)")
_CHECK_BOX = lazy_pattern(r"\s*[-*+]\s*\[[ xX]?\]")
_VERSION = lazy_pattern(
    r"[ >*\-|\"']{0,20}[\w.@/+ \-]{1,60}?[\"']?(?: ?[:=|@]{1,2}>?| (?:version )?|-) ?[\"'^~]?"
    r"(?:v?\d{1,20}(?:\.\w{1,40}){1,9}[^\s\"',|;)]{0,60}|None|null|N/A|installed)"
    r"[\"',|;.) ]{0,20}\Z",
    re.IGNORECASE,
)
"""A line whose words are parted by single spaces."""
_MESSAGE = lazy_pattern(
    r"(?:E\s{1,8}|[\w>]{0,20}[> ]{0,4}|.{0,60}?\b)"
    r"(?:[\w$]{1,60}\.){0,12}(?:[A-Z][\w$]{0,60})?(?:Error|Exception|Warning|Panic|Fault|Failure)"
    r"(?:\[\w{1,10}\])?:\s"
    r"|\s{0,8}(?:panicked at|panic:|fatal(?: error)?:|error(?:\[\w{1,10}\])?:|FATAL\b|ERROR\b)",
    re.IGNORECASE,
)
_LONGEST_LINE = 1_000
"""Characters of a line that are looked at; longer ones are data."""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a question."""

    kind: Kind
    text: str

    @property
    def weight(self) -> int:
        """How often its words count."""
        return WORD_WEIGHTS[self.kind]


def is_long(question: str) -> bool:
    """Whether a question has several lines, so that its first is a title."""
    return "\n" in question.strip()


def parts(question: str) -> list[Part]:
    """The lines of a long question that say something, each with its kind."""
    lines = [line[:_LONGEST_LINE].rstrip() for line in _uncommented(question).split("\n")]
    filled = [line for line in lines if line.strip()]
    if not filled:
        return []
    title = Part("title", filled[0])
    return [title, *_body_parts(filled[1:])]


def _uncommented(text: str) -> str:
    """The text without the comments of HTML, in which templates speak to the author."""
    kept = []
    rest = text
    while True:
        before, start, after = rest.partition(_COMMENT_START)
        kept.append(before)
        _, end, rest = after.partition(_COMMENT_END)
        if not start or not end:
            return "".join(kept) + (after if start else "")


def _body_parts(lines: Iterable[str]) -> Iterator[Part]:
    is_code = False
    follows_frame = False
    for line in lines:
        if _FENCE.match(line):
            is_code = not is_code
            continue
        kind = _kind(line, is_code=is_code, follows_frame=follows_frame)
        follows_frame = kind == "frame" and bool(pointers_in(line))
        yield Part(kind, line)


def _kind(line: str, *, is_code: bool, follows_frame: bool) -> Kind:
    if _MESSAGE.match(line):
        return "message"
    if _CHECK_BOX.match(line) or _VERSION.match(" ".join(line.split())):
        return "template"
    if pointers_in(line) and (is_code or line[:1].isspace() or len(line.split()) < 6):
        return "frame"
    if follows_frame and line[:1].isspace():
        return "frame"  # a trace shows the line of code below its frame
    if is_code or line.startswith(("    ", "\t", ">>>")):
        return "code"
    return "template" if _HEADING.match(line) else "prose"
