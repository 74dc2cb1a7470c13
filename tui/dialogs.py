"""Dialogs over the views: the sessions, a question of one line, a yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui.citation_marks import one_line
from tui.rows import Row, Rows

if TYPE_CHECKING:
    from repo_mhm.store import StoredSession

Choice = tuple[str, str]
"""What to do (`open`, `new`, `rename`, `delete`, `export`) and with which session."""


class SessionsDialog(ModalScreen[Choice]):
    """The conversations of this repository."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "pick('new')", "New"),
        Binding("r", "pick('rename')", "Rename"),
        Binding("d,delete", "pick('delete')", "Delete"),
        Binding("x", "pick('export')", "Export"),
        Binding("escape", "dismiss(None)", "Close"),
    ]

    def __init__(self, sessions: Sequence[StoredSession], current: str) -> None:
        super().__init__()
        self._sessions = sessions
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Static("Conversations", classes="title")
            rows = [self._row(session) for session in self._sessions]
            yield Rows(rows or [Row((("None yet.", "dim"),))])
            yield Static(
                "enter open · n new · r rename · d delete · x export · esc close", classes="keys"
            )

    def on_mount(self) -> None:
        self.query_one(Rows).focus()

    def _row(self, session: StoredSession) -> Row:
        here = "● " if session.name == self._current else "  "
        when = datetime.fromtimestamp(session.at).strftime("%d %b %H:%M")
        count = f"{session.turns} question{'s' * (session.turns != 1)}"
        name = one_line(session.name)
        parts = (
            (here, "accent"), (f"{name:<22.40}  ", "name"), (f"{count:<13} {when}  ", "dim"),
            (one_line(session.first), ""),
        )  # fmt: skip
        return Row(parts, session.name)

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_pick("open")

    def action_pick(self, what: str) -> None:
        row = self.query_one(Rows).current
        name = row.key if row is not None and isinstance(row.key, str) else ""
        if name or what == "new":
            self.dismiss((what, name))


class LineDialog(ModalScreen[str]):
    """Asks for one line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="title")
            yield Input(self._value)
            yield Static("enter accept · esc cancel", classes="keys")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class YesNo(ModalScreen[bool]):
    """Asks before something is lost."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape", "dismiss(False)", "No"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="title")
            with Horizontal(classes="buttons"):
                yield Button("Yes (y)", id="yes", variant="error", compact=True)
                yield Button("No (n)", id="no", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
