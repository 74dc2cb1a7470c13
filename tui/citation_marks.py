"""Citation marks in an answer's Markdown: numbering, writing and parsing them. No widgets here.

A mark is a number between two private characters that answers cannot contain, so a model cannot
forge one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.safe_text import MARK_CLOSE, MARK_OPEN, safe_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

    from repo_mhm.answer.citations import Citation, Sentence

UNSUPPORTED = "?"
CONTRADICTED = "!"
_MARK = re.compile(f"\\^{MARK_OPEN}([0-9]+|[?!]){MARK_CLOSE}")
_DISABLED_RULES = [
    "link",
    "image",
    "autolink",
    "entity",
    "html_inline",
    "html_block",
    "reference",
    "linkify",
]
"""Markdown that hides text, fetches or opens something: it is shown as written instead."""


def mark(name: str) -> str:
    """Return the Markdown of one mark: a citation's number, UNSUPPORTED or CONTRADICTED."""
    return f"^{MARK_OPEN}{name}{MARK_CLOSE}"


class NumberedCitations:
    """The citations of one answer, numbered from 1 in the order they come."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []

    def marks(self, sentence: Sentence) -> str:
        """Return what to write behind a sentence; numbers citations that are new."""
        numbers = [self._number(citation) for citation in sentence.citations]
        marks = "".join(mark(str(number)) for number in dict.fromkeys(numbers))
        if sentence.contradicted:
            marks += mark(CONTRADICTED)
        elif not marks and sentence.supported is False:
            marks = mark(UNSUPPORTED)
        if not marks:
            return ""

        # A fence ends with its line; the mark must not become part of it.
        ends_in_fence = sentence.text.startswith("```")
        return f"\n\n{marks}\n" if ends_in_fence else f" {marks}"

    def _number(self, citation: Citation) -> int:
        if citation not in self.citations:
            self.citations.append(citation)
        return self.citations.index(citation) + 1


def with_marks(answer: str, sentences: Iterable[Sentence], citations: NumberedCitations) -> str:
    """Return a whole answer as Markdown, each sentence followed by its marks."""
    parts: list[str] = []
    position = 0
    for sentence in sentences:
        start = answer.find(sentence.text, position)
        if start < 0:
            continue
        end = start + len(sentence.text)
        parts += [safe_text(answer[position:end]), citations.marks(sentence)]
        position = end
    return "".join([*parts, safe_text(answer[position:])])


def parser() -> MarkdownIt:
    """Return a Markdown parser that knows marks and shows links, images and HTML as text."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("gfm-like", {"html": False, "linkify": False})
    markdown.disable(_DISABLED_RULES, ignoreInvalid=True)
    markdown.inline.ruler.push("mark", _mark_rule)
    return markdown


def _mark_rule(state: StateInline, silent: bool) -> bool:
    match = _MARK.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        # A mark of an unsupported sentence has no citation to link to.
        kind = "em" if match[1] in (UNSUPPORTED, CONTRADICTED) else "link"
        opening = state.push(f"{kind}_open", "a", 1)
        opening.attrs = {"href": f"cite:{match[1]}"}
        state.push("text", "", 0).content = f"[{match[1]}]"
        state.push(f"{kind}_close", "a", -1)
    state.pos = match.end()
    return True
