"""One question with its answer, as it streams in and as it stays. Knows nothing about where answers come from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content, Span
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from repo_mhm.formatting import duration
from tui.citation_marks import Places, harmless, one_line, with_marks

if TYPE_CHECKING:
    from textual.events import DescendantFocus
    from textual.timer import Timer
    from textual.widgets import Markdown
    from textual.widgets.markdown import MarkdownStream

    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.session import Answer, Recalled

FLUSH_SECONDS = 1 / 12
"""How often what has streamed in is appended; a paragraph is laid out again each time."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said under an answer."""

    first_token_seconds: float
    seconds: float
    skimmed: int
    chunks: int
    unknown_names: tuple[str, ...] = ()
    interrupted: bool = False
    abstained: bool = False


class Exchange(Vertical, can_focus=True):
    """A question and its answer. `question` is as the user wrote it, `answer` as the model did."""

    HELP = """
**An answer**

- Enter or a number opens a source
- y copies the answer
- e edits the question, r asks it again
- m shows in memory what it used
- Up and Down go to other answers, Escape back to asking
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,o", "open(1)", "Sources"),
        Binding("y,c", "copy", "Copy"),
        Binding("e", "edit", "Edit"),
        Binding("r", "again", "Ask again"),
        Binding("m", "memory", "Memory"),
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        *(Binding(str(number), f"open({number})", show=False) for number in range(1, 10)),
    ]
    DEFAULT_CSS = """
    Exchange {
        height: auto; padding: 0 1; margin: 0 0 1 0; border-left: blank;
        &:focus { border-left: thick $accent; background: $boost; }
        &:ansi:focus { border-left: thick ansi_yellow; background: ansi_default; }
        &:ansi MarkdownBlock, &:ansi .places { link-color: ansi_blue; }
        .question { color: $text-primary; text-style: bold; margin: 0 0 1 0; }
        Prose { padding: 0; background: transparent; }
        Prose > MarkdownParagraph { margin: 0 0 1 0; }
        MarkdownBlock, .places { link-color: $text-accent; }
        .waiting { color: $text-muted; text-style: italic; }
        .facts { color: $text-muted; }
        .places { margin: 0; }
        .error { color: $text-error; }
    }
    """

    class Wanted(Message):
        """The user wants something of an exchange: `open` (a place), `copy`, `edit`, `again`, `memory`, `step`."""

        def __init__(self, exchange: Exchange, what: str, number: int = 0) -> None:
            super().__init__()
            self.exchange = exchange
            self.what = what
            self.number = number

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question
        self.answer = ""
        self.places = Places()
        self.evidence: tuple[Citation, ...] = ()
        self.streaming = False
        self._pending = ""
        self._stream: MarkdownStream | None = None
        self._timer: Timer | None = None
        self._clock: Timer | None = None
        self._awaited = ""
        self._asked_at = time.monotonic()
        self._markdown: Markdown | None = None

    def compose(self) -> ComposeResult:
        yield Static(Content(f"› {harmless(self.question)}"), classes="question")
        yield Static("", classes="waiting")

    @property
    def citations(self) -> Sequence[Citation]:
        """The places it cites, in their order."""
        return self.places.citations

    # Streaming ----------------------------------------------------------------------------------------------------

    def wait(self, text: str) -> None:
        """Say what is being waited for, and for how long already."""
        self.streaming = True
        self._awaited = text
        self._tell_time()
        if self._clock is None:
            self._clock = self.set_interval(1, self._tell_time)

    def _tell_time(self) -> None:
        seconds = round(time.monotonic() - self._asked_at)
        said = f"{self._awaited} {duration(seconds)}" if seconds > 1 else self._awaited
        self.query_one(".waiting", Static).update(Content(said))

    def recalled(self, found: Recalled) -> None:
        """Say what the answer will stand on."""
        pieces = len(found.evidence)
        files = len({piece.location.path for piece in found.evidence})
        notes = f", {found.notes:,} notes" if found.notes else ""
        self.wait(
            f"reading {pieces} passage{'s' * (pieces != 1)} of {files} file{'s' * (files != 1)}{notes} …"
        )

    async def text(self, piece: str) -> None:
        """The next piece of the answer."""
        self.answer += piece
        await self._append(harmless(piece))

    async def sentence(self, sentence: Sentence) -> None:
        """The sentence that the last piece has ended."""
        await self._append(self.places.marks(sentence))

    async def end(self, facts: Facts | None, *, error: str = "", hint: str = "") -> None:
        """No more will come."""
        self.streaming = False
        self._stop_clock()
        await self._stop()
        waiting = self.query_one(".waiting", Static)
        if error:
            said = Content(harmless(f"{error}\n{hint}" if hint else error))
            await self.mount(Static(said, classes="error"))
        elif not self.answer:
            waiting.update("stopped")
            return
        await waiting.remove()
        if facts is not None:
            await self._foot(facts)

    async def show(self, answer: str, result: dict[str, Any]) -> None:
        """An answer that was given before, from what was kept of it."""
        from repo_mhm.answer.citations import Citation

        self.answer = answer
        sentences = list(_sentences(result))
        self.evidence = tuple(map(Citation.from_json, result.get("evidence", [])))
        await (await self._body()).update(with_marks(answer, sentences, self.places))
        await self.query_one(".waiting", Static).remove()
        coverage = result.get("coverage", {})
        facts = Facts(
            float(result.get("first_token_seconds", 0)),
            float(result.get("seconds", 0)),
            int(coverage.get("skimmed", 0)),
            int(coverage.get("chunks", 0)),
            tuple(result.get("unknown_names", ())),
            bool(result.get("interrupted")),
            bool(result.get("abstained")),
        )
        await self._foot(facts)

    async def _body(self) -> Markdown:
        if self._markdown is None:
            from tui.markdown_view import Prose

            self._markdown = Prose()
            # Before it is mounted it would forget what it is given.
            await self.mount(self._markdown, before=".waiting")
        return self._markdown

    async def _append(self, text: str) -> None:
        if not text:
            return
        self._pending += text
        if self._timer is None:
            body = await self._body()
            self._stream = body.get_stream(body)
            self._stop_clock()
            self.query_one(".waiting", Static).display = False
            self._timer = self.set_interval(FLUSH_SECONDS, self._flush)
            await self._flush()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.stop()

    async def _flush(self) -> None:
        pending, self._pending = self._pending, ""
        if pending and self._stream is not None:
            await self._stream.write(pending)

    async def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        await self._flush()
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None

    async def _foot(self, facts: Facts) -> None:
        if self.citations:
            await self.mount(_Sources(_links(self.citations), classes="places"))
        await self.mount(Static(Content(_said(facts)), classes="facts"))

    # What the user does -------------------------------------------------------------------------------------------

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        number = event.href.removeprefix("cite:")
        if number.isdigit():
            self.action_open(int(number))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        event.stop()

    def action_open(self, number: int) -> None:
        if 1 <= number <= len(self.citations):
            self.post_message(self.Wanted(self, "open", number))

    def action_copy(self) -> None:
        self.post_message(self.Wanted(self, "copy"))

    def action_edit(self) -> None:
        self.post_message(self.Wanted(self, "edit"))

    def action_again(self) -> None:
        self.post_message(self.Wanted(self, "again"))

    def action_memory(self) -> None:
        self.post_message(self.Wanted(self, "memory"))

    def action_step(self, by: int) -> None:
        self.post_message(self.Wanted(self, "step", by))


class _Sources(Static):
    """The places under an answer. A click's action is looked for here, not further up."""

    def action_open(self, number: int) -> None:
        if isinstance(self.parent, Exchange):
            self.parent.action_open(number)


def facts_of(answer: Answer) -> Facts:
    """What is said under a finished answer."""
    return Facts(
        answer.first_token_seconds,
        answer.seconds,
        answer.coverage["skimmed"],
        answer.coverage["chunks"],
        answer.unknown_names,
        answer.interrupted,
        answer.abstained,
    )


def _sentences(result: dict[str, Any]) -> list[Sentence]:
    from repo_mhm.answer.citations import Citation, Sentence

    return [
        Sentence(
            text=one["text"],
            start=0,
            end=0,
            citations=tuple(map(Citation.from_json, one.get("citations", []))),
            supported=one.get("supported"),
        )
        for one in result.get("sentences", [])
    ]


def _links(citations: Sequence[Citation]) -> Content:
    from repo_mhm.answer.citations import STATES

    parts: list[str] = []
    spans: list[Span] = []
    at = 0
    for number, citation in enumerate(citations, 1):
        place = citation.location
        lines = f"{place.start}" if place.start == place.end else f"{place.start}-{place.end}"
        text = f"[{number}] {one_line(place.path)}:{lines}{STATES[citation.state]}\n"
        spans.append(Span(at, at + len(text) - 1, Style.from_meta({"@click": f"open({number})"})))
        parts.append(text)
        at += len(text)
    return Content("".join(parts).rstrip("\n"), spans=spans)


def _said(facts: Facts) -> str:
    said = []
    if facts.seconds:
        said += [f"{facts.first_token_seconds:.1f} s to the first word", f"{facts.seconds:.1f} s"]
    if facts.chunks and facts.skimmed < facts.chunks:
        said.append(f"{facts.skimmed:,} of {facts.chunks:,} chunks read so far")
    if facts.interrupted:
        said.append("stopped")
    if facts.abstained:
        said.append("not in this repository")
    if facts.unknown_names:
        said.append(
            "unknown here: " + ", ".join(one_line(name) for name in facts.unknown_names[:5])
        )
    return " · ".join(said)
