"""What an empty conversation shows: the keys, and questions that suit the repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui.locations import AnswerRows
from tui.prompt import Prompt
from tui.rows import Row, Rows
from tui.safe_text import single_line

_KEYS = """\
Ask this repository anything.

  Enter        ask                    /             commands
  Up           last question          @             files and symbols
  F2 F3 F4 F6  chat, memory, map, review
  F5           read, or pause         Escape        stop an answer
  Ctrl+P       find anything          F1            keys
"""
_TRY = "Try one of these: Up goes to them, Enter asks."


class Invitation(Vertical):
    """Keys, and below them the questions, once they are known."""

    DEFAULT_CSS: ClassVar[str] = """
    Invitation {
        height: auto; padding: 1 3; color: $text-muted;
        .try { display: none; }
        &.-questions .try { display: block; }
        AnswerRows { display: none; }
        &.-questions AnswerRows { display: block; }
    }
    """

    class Left(Message):
        """The focus goes back to the prompt."""

    def compose(self) -> ComposeResult:
        """Yield the keys and the questions."""
        yield Static(_KEYS, markup=False)
        yield Static(_TRY, classes="try", markup=False)
        yield AnswerRows()

    @property
    def has_questions(self) -> bool:
        """Whether questions are offered."""
        return self.has_class("-questions")

    def offer(self, questions: Sequence[str]) -> None:
        """Show questions; nothing changes where there are none."""
        if questions and self.is_attached:
            rows = [Row((("  ", ""), (single_line(text), "accent")), text) for text in questions]
            self.query_one(AnswerRows).show_rows(rows, len(rows) - 1)
            self.add_class("-questions")

    def focus_questions(self) -> None:
        """Put the cursor on the last question, which is the nearest to the prompt."""
        if self.has_questions:
            self.query_one(AnswerRows).focus()

    @on(AnswerRows.Left)
    def _leave(self, event: AnswerRows.Left) -> None:
        event.stop()
        if event.by > 0:
            self.post_message(self.Left())

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if isinstance(event.row.key, str):
            self.post_message(Prompt.Asked(event.row.key))

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
