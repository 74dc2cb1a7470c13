"""One question with its answer, while it streams and afterwards.

Knows nothing about where answers come from.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from repo_mhm.formatting import count, duration, rough_duration
from tui.answer_summary import AnswerSummary, stored_sentences, stored_summary, summary_text
from tui.citation_marks import NumberedCitations, with_marks
from tui.locations import AnswerRows, CitationLinks, LocationList, stored_located
from tui.question import Question
from tui.safe_text import safe_text, single_line
from tui.source import OpenSource

if TYPE_CHECKING:
    from textual.events import DescendantFocus
    from textual.timer import Timer
    from textual.widgets import Markdown
    from textual.widgets.markdown import MarkdownStream

    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.events import Located, Retrieved
    from repo_mhm.deep.session import DeepProgress

QUEUED, SEARCHING = "waiting for the answer before it …", "searching …"
DEEP = "reading the sections that may matter; Escape stops …"
"""What an answer waits for first."""
FLUSH_SECONDS = 1 / 12
"""How often what has streamed in is appended; each time a paragraph is laid out again."""


class Exchange(Vertical, can_focus=True):
    """A question and its answer: `question` as the user wrote it, `answer` as the model did."""

    HELP = """
**An answer**

- Enter or a number opens a source, Down walks its locations
- m alone shows the notes it used, y alone copies it
- Ctrl+E edits the question
- Ctrl+G asks it again, with another model if you like
- Up and Down go to other answers, Tab to the prompt
- Letters go to the prompt
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open(1)", "Sources"),
        Binding("m", "memory", "Memory"),
        Binding("y", "copy", "Copy"),
        Binding("ctrl+e", "edit", "Edit"),
        Binding("ctrl+g", "again", "Ask again"),
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "walk", "Down", show=False),
        *(Binding(str(number), f"open({number})", show=False) for number in range(1, 10)),
    ]
    DEFAULT_CSS = """
    Exchange {
        height: auto; padding: 0 1; margin: 0 0 1 0; border-left: blank;
        &:focus { border-left: thick $accent; background: $boost; }
        &:ansi:focus { border-left: thick ansi_yellow; background: ansi_default; }
        &:ansi MarkdownBlock, &:ansi .citations { link-color: ansi_cyan; }
        .question { color: $text-primary; text-style: bold; margin: 0 0 1 0; }
        AnswerMarkdown { padding: 0; background: transparent; }
        AnswerMarkdown > MarkdownParagraph { margin: 0 0 1 0; }
        MarkdownBlock, .citations { link-color: $text-accent; }
        &:focus-within { border-left: thick $accent; }
        .waiting { color: $text-muted; text-style: italic; }
        .summary { color: $text-muted; }
        .citations { margin: 0; }
        .error { color: $text-error; }
    }
    """

    class _Request(Message):
        def __init__(self, exchange: Exchange) -> None:
            super().__init__()
            self.exchange = exchange

    class EditQuestion(_Request):
        """The question is to be edited and asked again."""

    class AskAgain(_Request):
        """The question is to be asked again, of a model that the user chooses."""

    class ShowAll(_Request):
        """All lines of an exact answer are wanted, not only the best."""

    class LocationsShown(_Request):
        """The locations of the answer are there."""

    class ShowMemory(_Request):
        """What the answer used is to be shown in memory."""

    class MoveFocus(_Request):
        """The exchange `by` further is to get the focus."""

        def __init__(self, exchange: Exchange, by: int) -> None:
            super().__init__(exchange)
            self.by = by

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.asked = question
        self.question = question.typed
        self.answer = ""
        self.evidence: tuple[Citation, ...] = ()
        self.unfinished = False
        """Whether the answer is awaited or being written."""
        self._exact = False
        self._locations: LocationList | None = None
        self._numbered = NumberedCitations()
        self._pending = ""
        self._stream: MarkdownStream | None = None
        self._flush_timer: Timer | None = None
        self._waiting_timer: Timer | None = None
        self._waiting_text = ""
        self._asked_at = time.monotonic()
        self._markdown: Markdown | None = None

    def compose(self) -> ComposeResult:
        """Yield the question, and a line that says what is waited for."""
        yield Static(Content(f"› {safe_text(self.question)}"), classes="question")
        yield Static("", classes="waiting")

    @property
    def citations(self) -> Sequence[Citation]:
        """What the answer cites, in the order of the numbers; a list cites its locations."""
        if self._list_is_answer and self._locations is not None:
            return self._locations.citations
        return self._numbered.citations

    # Streaming --------------------------------------------------------------------------------

    def wait(self, text: str) -> None:
        """Show what is being waited for, and for how long already."""
        self.unfinished = True
        self._waiting_text = text
        self._show_waiting()
        if self._waiting_timer is None:
            self._waiting_timer = self.set_interval(1, self._show_waiting)

    def begin(self, *, is_behind: bool = False) -> None:
        """Say that the answer is being looked for, or that it waits for another one first."""
        if self._waiting_text in ("", QUEUED):
            self.wait(QUEUED if is_behind else DEEP if self.asked.deep else SEARCHING)

    def _show_waiting(self) -> None:
        seconds = round(time.monotonic() - self._asked_at)
        time_waited = f" {duration(seconds)}" if seconds > 1 else ""
        text = Content(f"{self._waiting_text}{time_waited}")
        # While the app closes, the line may be gone before the exchange is.
        for line in self.query(".waiting").results(Static):
            line.update(text)

    async def show_locations(self, located: Located) -> None:
        """Show the locations: before the answer, or as the answer."""
        await self._mount_locations(located)
        self.post_message(self.LocationsShown(self))
        if not located.is_answer:
            self.wait(DEEP if self.asked.deep else "opening the model …")

    async def _mount_locations(self, located: Located) -> None:
        self._locations = LocationList(located)
        self._exact = located.is_answer and located.kind != "free"
        await self.mount(self._locations, before=".waiting")

    @property
    def is_exact(self) -> bool:
        """Whether code alone has answered, so that no model was asked."""
        return self._exact

    @property
    def _list_is_answer(self) -> bool:
        return self._locations is not None and self._locations.is_answer

    def show_evidence(self, retrieved: Retrieved) -> None:
        """Show what the model is given to read, and how long that is likely to take."""
        self.wait(f"{retrieved.activity} …")

    def show_pass(self, progress: DeepProgress) -> None:
        """Show how far the model has read the repository for this question."""
        sections = f"{progress.sections_read:,} of {progress.open_sections:,} sections"
        found = count(progress.facts, "fact")
        left = f"about {rough_duration(progress.eta_seconds)} to go"
        self.wait(f"reading {single_line(progress.path)}: {sections}, {found}, {left} …")

    async def append_text(self, piece: str) -> None:
        """Append the next piece of the answer."""
        self.answer += piece
        # The text of a list only repeats it.
        if not self._list_is_answer:
            await self._append(safe_text(piece))

    async def append_marks(self, sentence: Sentence) -> None:
        """Append the citation marks of the sentence that the last piece has ended."""
        if not self._list_is_answer:
            await self._append(self._numbered.marks(sentence))

    async def end(self, summary: AnswerSummary | None, *, error: str = "", hint: str = "") -> None:
        """End the answer, with a summary or an error under it."""
        self.unfinished = False
        self._stop_waiting()
        await self._stop_stream()
        waiting = self.query_one(".waiting", Static)
        if error:
            text = safe_text(f"{error}\n{hint}" if hint else error)
            await self.mount(Static(Content(text), classes="error"))
        elif not self.answer:
            waiting.update("stopped")
            return
        await waiting.remove()
        if summary is not None:
            await self._mount_footer(summary)

    async def show_stored(self, answer: str, result: dict[str, Any]) -> None:
        """Show an answer from the store; `result` is what `ask --json` printed."""
        from repo_mhm.answer.citations import Citation

        self.answer = answer
        self.evidence = tuple(map(Citation.from_json, result.get("evidence", [])))
        located = stored_located(result)
        if located is not None:
            await self._mount_locations(located)
        if not self._list_is_answer:
            markdown = await self._mounted_markdown()
            await markdown.update(with_marks(answer, stored_sentences(result), self._numbered))
        await self.query_one(".waiting", Static).remove()
        await self._mount_footer(stored_summary(result))

    async def _mounted_markdown(self) -> Markdown:
        if self._markdown is None:
            from tui.markdown_view import AnswerMarkdown

            self._markdown = AnswerMarkdown()
            # Markdown forgets what it gets before it is mounted.
            await self.mount(self._markdown, before=".waiting")
        return self._markdown

    async def _append(self, text: str) -> None:
        if not text:
            return
        self._pending += text
        if self._flush_timer is None:
            markdown = await self._mounted_markdown()
            self._stream = markdown.get_stream(markdown)
            self._stop_waiting()
            self.query_one(".waiting", Static).display = False
            self._flush_timer = self.set_interval(FLUSH_SECONDS, self._flush)
            await self._flush()

    def _stop_waiting(self) -> None:
        if self._waiting_timer is not None:
            self._waiting_timer.stop()

    async def _flush(self) -> None:
        pending, self._pending = self._pending, ""
        if pending and self._stream is not None:
            await self._stream.write(pending)

    async def _stop_stream(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.stop()
            self._flush_timer = None
        await self._flush()
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None

    async def _mount_footer(self, summary: AnswerSummary) -> None:
        if self.citations and not self._list_is_answer:
            await self.mount(CitationLinks(self.citations))
        await self.mount(Static(Content(summary_text(summary)), classes="summary"))

    # Keys and clicks --------------------------------------------------------------------------

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Open the citation of a mark."""
        event.stop()
        number = event.href.removeprefix("cite:")
        if number.isdigit():
            self.action_open(int(number))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keep the transcript from scrolling to a widget inside an answer."""
        event.stop()

    def action_open(self, number: int) -> None:
        """Open citation `number`, counted from 1; before there are any, go into the locations."""
        if 1 <= number <= len(self.citations):
            self.post_message(OpenSource(self.citations, number - 1))
        elif not self.citations and self.query(AnswerRows):
            self.action_walk()

    def action_copy(self) -> None:
        """Copy the answer to the clipboard."""
        self.app.copy_to_clipboard(self.answer)
        self.notify("Copied.")

    def action_edit(self) -> None:
        """Edit the question."""
        self.post_message(self.EditQuestion(self))

    def action_again(self) -> None:
        """Ask the question again."""
        self.post_message(self.AskAgain(self))

    def action_memory(self) -> None:
        """Show in memory what the answer used."""
        self.post_message(self.ShowMemory(self))

    def action_walk(self) -> None:
        """Go into the locations of the answer; without any, to the next exchange."""
        rows = self.query(AnswerRows)
        if rows:
            rows.first().focus()
        else:
            self.action_step(1)

    @on(AnswerRows.Left)
    def _leave_rows(self, event: AnswerRows.Left) -> None:
        event.stop()
        if event.by < 0:
            self.focus()
        else:
            self.action_step(1)

    @on(LocationList.ShowAll)
    def _show_all(self, event: LocationList.ShowAll) -> None:
        event.stop()
        self.post_message(self.ShowAll(self))

    def action_step(self, by: int) -> None:
        """Go to the exchange that is `by` further."""
        self.post_message(self.MoveFocus(self, by))
