"""Text of an answer on its way to Markdown: citation marks put in, everything hostile taken out. No widgets here.

A mark is a pair of private characters that answers cannot contain, so a model cannot forge one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from repo_mhm.formatting import safe

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

    from repo_mhm.answer.citations import Citation, Sentence

_OPEN, _CLOSE = "\ue000", "\ue001"
_RESERVED = re.compile("[\ue000\ue001]")
_MARK = re.compile(f"\\^{_OPEN}([0-9]+|\\?){_CLOSE}")
UNSUPPORTED = "?"
_OFF = ["link", "image", "autolink", "entity", "html_inline", "html_block", "reference", "linkify"]
"""Markdown that hides text, fetches or opens something: shown as it is written instead."""


def harmless(text: str) -> str:
    """Model text as text: controls made visible, private marks replaced."""
    return _RESERVED.sub("\ufffd", safe(text.replace("\r\n", "\n")))


def pasted(text: str) -> str:
    """Text from elsewhere on its way into a field: fields show what they hold as it is, and terminals paste returns."""
    return harmless(text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Text for a single row: no control characters, no line ends, no tabs."""
    return " ".join(harmless(text).split())


def mark(name: str) -> str:
    """The Markdown of one mark: a citation's number, or UNSUPPORTED."""
    return f"^{_OPEN}{name}{_CLOSE}"


class Places:
    """The places an answer cites, numbered from 1 in the order they come."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []

    def marks(self, sentence: Sentence) -> str:
        """What to write behind a sentence."""
        numbers = [self._number(citation) for citation in sentence.citations]
        found = "".join(mark(str(number)) for number in dict.fromkeys(numbers))
        if not found and sentence.supported is False:
            found = mark(UNSUPPORTED)
        if not found:
            return ""
        # A fence ends with its line; the mark must not become part of it.
        return f"\n\n{found}\n" if sentence.text.startswith("```") else f" {found}"

    def _number(self, citation: Citation) -> int:
        if citation not in self.citations:
            self.citations.append(citation)
        return self.citations.index(citation) + 1


def with_marks(answer: str, sentences: Iterable[Sentence], places: Places) -> str:
    """A whole answer as Markdown, each sentence followed by its marks."""
    parts: list[str] = []
    at = 0
    for sentence in sentences:
        found = answer.find(sentence.text, at)
        if found < 0:
            continue
        end = found + len(sentence.text)
        parts += [harmless(answer[at:end]), places.marks(sentence)]
        at = end
    return "".join([*parts, harmless(answer[at:])])


def parser() -> MarkdownIt:
    """A Markdown parser that knows marks and shows links, images, entities and HTML as text."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("gfm-like", {"html": False, "linkify": False}).disable(
        _OFF, ignoreInvalid=True
    )
    made.inline.ruler.push("mark", _mark_rule)
    return made


def _mark_rule(state: StateInline, silent: bool) -> bool:
    found = _MARK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        # What nothing supports leads nowhere.
        kind = "em" if found[1] == UNSUPPORTED else "link"
        opening = state.push(f"{kind}_open", "a", 1)
        opening.attrs = {"href": f"cite:{found[1]}"}
        state.push("text", "", 0).content = f"[{found[1]}]"
        state.push(f"{kind}_close", "a", -1)
    state.pos = found.end()
    return True
