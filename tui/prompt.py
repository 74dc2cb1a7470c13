"""The field for questions and commands: Enter asks, Up edits the last question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key, Resize
from textual.message import Message
from textual.widgets import TextArea

from tui.completions import Completion, Completions, Typed, typed_word
from tui.safe_text import safe_text


class Prompt(TextArea):
    """The field for questions. Enter asks; a list above it completes commands and names."""

    HELP = """
**Asking**

- Enter asks, Ctrl+J begins a new line
- Up edits the last question, Shift+Tab goes to the answers
- Escape stops an answer
- / lists commands, @ completes files and symbols
- F2 F3 F4 F6: chat, memory, map, review
- F5 reads the repository, or pauses
- Ctrl+O opens sources, Ctrl+R conversations
- Ctrl+P finds files, symbols and every command
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "Ask"),
        Binding("shift+enter,ctrl+j", "new_line", "New line", show=False),
        Binding("ctrl+up", "leave", "Answers", show=False),
        Binding("pageup", "scroll(-1)", "Page up", show=False),
        Binding("pagedown", "scroll(1)", "Page down", show=False),
    ]
    DEFAULT_CSS = """
    Prompt {
        height: auto; max-height: 8; padding: 0 1;
        border: round $primary 40%; background: transparent;
        &:focus { border: round $primary; background: transparent; }
        &:ansi { border: round ansi_bright_black; }
        &:ansi:focus { border: round ansi_default; }
    }
    """

    class Asked(Message):
        """The user asked a question, or gave a command."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Resized(Message):
        """The field has another height now."""

        def __init__(self, height: int) -> None:
            super().__init__()
            self.height = height

    class MovedUp(Message):
        """The user wants to go to what is above."""

    class Scrolled(Message):
        """The conversation is to be scrolled by so many pages."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    class Typing(Message):
        """A word that can be completed is being typed; None where there is none."""

        def __init__(self, typed: Typed | None) -> None:
            super().__init__()
            self.typed = typed

    def __init__(self, completions: Completions) -> None:
        super().__init__(
            id="prompt",
            highlight_cursor_line=False,
            compact=False,
            placeholder="Ask a question, or type / for commands",
        )
        self._completions = completions
        self._typed: Typed | None = None
        self._history: Sequence[str] = ()
        self._recalled = -1
        """Number of the earlier question that is shown, 0 for the newest; -1 for none."""

    def on_resize(self, event: Resize) -> None:
        """Report the height."""
        self.post_message(self.Resized(self.outer_size.height))

    # Keys -------------------------------------------------------------------------------------

    async def _on_key(self, event: Key) -> None:
        # Priority bindings would overtake the letters typed just before.
        if self._completions.is_open and self._complete_by(event.key):
            event.stop()
            event.prevent_default()
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_ask()
        else:
            await super()._on_key(event)

    def _complete_by(self, key: str) -> bool:
        """Handle a key while completions are offered; returns whether it was one of theirs."""
        if key in ("up", "down"):
            self._completions.action_move(-1 if key == "up" else 1)
        elif key == "escape":
            self._completions.offer(())
        elif key in ("tab", "enter"):
            self._accept(self._completions.chosen, may_run=key == "enter")
        else:
            return False
        return True

    def _accept(self, completion: Completion | None, *, may_run: bool) -> None:
        """Put what is chosen in the place of the typed word; run a command that is complete."""
        self._completions.offer(())
        if completion is None or self._typed is None:
            return
        row, column = self.cursor_location
        self.replace(completion.text, (row, self._typed.start), (row, column))
        if completion.runs and may_run:
            self.action_ask()

    def on_text_area_changed(self) -> None:
        """Report the word that is being typed."""
        row, column = self.cursor_location
        line = self.document.get_line(row)[:column]
        typed = typed_word(line, is_first_line=row == 0)
        if typed is not None or self._typed is not None:
            self._typed = typed
            self.post_message(self.Typing(typed))

    def action_ask(self) -> None:
        """Ask what is written, unless it is blank."""
        text = self.text.strip()
        if text:
            self.post_message(self.Asked(text))

    def action_new_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_leave(self) -> None:
        """Go to what is above."""
        self.post_message(self.MovedUp())

    def action_scroll(self, pages: int) -> None:
        """Scroll the conversation."""
        self.post_message(self.Scrolled(pages))

    # Earlier questions ------------------------------------------------------------------------

    def set_history(self, questions: Sequence[str]) -> None:
        """Take the questions that Up goes back to, the newest first."""
        self._history = questions
        self._recalled = -1

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first line to the question before."""
        if self.cursor_location[0] or select or not self._may_recall:
            super().action_cursor_up(select)
        elif not self._history:
            self.post_message(self.MovedUp())
        else:
            self._recall(min(self._recalled + 1, len(self._history) - 1))

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down; from the last line of an earlier question to the one after it."""
        is_last_line = self.cursor_location[0] == self.document.line_count - 1
        if self._recalled < 0 or not is_last_line or select or not self._may_recall:
            super().action_cursor_down(select)
        else:
            self._recall(self._recalled - 1)

    @property
    def _may_recall(self) -> bool:
        """Whether nothing would be lost: nothing is written but an earlier question."""
        recalled = self._history[self._recalled] if self._recalled >= 0 else ""
        return self.text == safe_text(recalled)

    def _recall(self, number: int) -> None:
        self._recalled = number
        self.edit_question(self._history[number] if number >= 0 else "")

    def edit_question(self, question: str) -> None:
        """Put a question into the field, with the cursor at its end."""
        self.text = safe_text(question)
        self.move_cursor(self.document.end)
        self.focus()
