"""The conversations of a repository: a screen to open, rename, delete and export them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from repo_mhm.errors import RepoMhmError, UsageError
from repo_mhm.formatting import count
from tui.background_reader import BackgroundReader
from tui.dialogs import LineDialog, YesNoDialog
from tui.notices import show_error
from tui.rows import Row, Rows
from tui.safe_text import single_line
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.store import Store, StoredSession

T = TypeVar("T")

NEW_CONVERSATION = ""
"""What ConversationsScreen returns when another conversation is to begin."""
_EXPORTED_TURNS = 10_000
"""Most turns of a conversation that an export writes."""


class ConversationsScreen(ModalScreen[str]):
    """Returns the conversation to open, NEW_CONVERSATION, or None.

    Call `load` before it is pushed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New"),
        Binding("r", "rename", "Rename"),
        Binding("d,delete", "delete", "Delete"),
        Binding("x", "export", "Export"),
        Binding("escape", "dismiss(None)", "Close"),
    ]

    DEFAULT_CSS = """
    ConversationsScreen.-covered { background: transparent; }
    ConversationsScreen.-covered .dialog { visibility: hidden; }
    """

    class CurrentDeleted(Message):
        """The conversation that the chat shows was deleted."""

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__()
        self._state = state
        self._reader = reader
        self._sessions: Sequence[StoredSession] = ()

    async def load(self) -> None:
        """Read the conversations from the store, and show them if the screen is shown."""
        self._sessions = await self._read_store(lambda store: store.sessions()) or []
        if self.is_mounted:
            self.query_one(Rows).show_rows(self._rows())

    def compose(self) -> ComposeResult:
        """Yield the list and its keys."""
        with Vertical(classes="dialog wide"):
            yield Static("Conversations", classes="title")
            yield Rows(self._rows())
            yield Static(
                "enter open · n new · r rename · d delete · x export · esc close", classes="keys"
            )

    def on_mount(self) -> None:
        """Put the cursor on the list."""
        self.query_one(Rows).focus()

    def on_screen_suspend(self) -> None:
        """Hide the list while a dialog covers it."""
        self.add_class("-covered")

    def on_screen_resume(self) -> None:
        """Show the list again."""
        self.remove_class("-covered")

    def _rows(self) -> list[Row]:
        rows = [_row(session, self._state.conversation) for session in self._sessions]
        return rows or [Row((("None yet.", "dim"),))]

    @property
    def _selected(self) -> str:
        """Name of the conversation under the cursor; empty when there is none."""
        row = self.query_one(Rows).current
        return row.key if row is not None and isinstance(row.key, str) else ""

    @property
    def _selected_title(self) -> str:
        """What the conversation under the cursor is called."""
        from repo_mhm.commands.sessions import title_of

        selected = (each for each in self._sessions if each.name == self._selected)
        return single_line(next((title_of(each.name, each.first) for each in selected), ""))

    @on(Rows.Chosen)
    def _open(self) -> None:
        if self._selected:
            self.dismiss(self._selected)

    def action_new(self) -> None:
        """Return that another conversation is to begin."""
        self.dismiss(NEW_CONVERSATION)

    @work(exclusive=True)
    async def action_rename(self) -> None:
        """Ask for another name of the conversation under the cursor."""
        from repo_mhm.commands.sessions import rename

        old = self._selected
        if not old:
            return
        shown = self._selected_title
        new = await self.app.push_screen_wait(LineDialog("Rename the conversation", shown))
        if not new or new == shown:
            return

        try:
            await self._reader.read_store(lambda store: rename(store, old, new))
        except RepoMhmError as error:
            show_error(self.app, error)
            return
        if self._state.conversation == old:
            self._state.conversation = self._state.conversation_title = " ".join(new.split())
            self._state.needs_redraw = True
        await self.load()

    @work(exclusive=True)
    async def action_delete(self) -> None:
        """Delete the conversation under the cursor, once it is confirmed."""
        name = self._selected
        if not name:
            return
        dialog = YesNoDialog(f"Delete “{self._selected_title}”?")
        if not await self.app.push_screen_wait(dialog):
            return
        await self._read_store(lambda store: store.delete_session(name))
        if name == self._state.conversation:
            self.app.post_message(self.CurrentDeleted())
        await self.load()

    @work(exclusive=True)
    async def action_export(self) -> None:
        """Export the conversation under the cursor, and close."""
        name = self._selected
        if name:
            await export_conversation(self.app, self._reader, name)
            self.dismiss(None)

    async def _read_store(self, function: Callable[[Store], T]) -> T | None:
        try:
            return await self._reader.read_store(function)
        except RepoMhmError as error:
            show_error(self.app, error)
            return None


def _row(session: StoredSession, current: str) -> Row:
    from repo_mhm.commands.sessions import title_of

    marker = "● " if session.name == current else "  "
    questions = count(session.turns, "question")
    when = datetime.fromtimestamp(session.at).strftime("%d %b %H:%M")
    first = single_line(session.first)
    title = single_line(title_of(session.name, session.first))
    parts = (
        (marker, "accent"),
        (f"{when}  {questions:<13}  ", "dim"),
        (title, "name"),
        ("" if first.startswith(title.rstrip("…")) else f"  {first}", ""),
    )
    return Row(parts, session.name)


async def export_conversation(app: App[Any], reader: BackgroundReader, name: str) -> None:
    """Ask for a path, and write a conversation there as Markdown."""
    from repo_mhm.commands.sessions import export, saved_turns

    try:
        turns = await reader.read_store(lambda store: saved_turns(store, name, _EXPORTED_TURNS))
        if not turns:
            app.notify("There is nothing to export yet.")
            return
        typed = await app.push_screen_wait(LineDialog("Export to", f"{_file_name(name)}.md"))
        if not typed:
            return
        path = Path(typed).expanduser()
        text = export(turns, name)
        await reader.run(lambda: _write(path, text))
    except RepoMhmError as error:
        show_error(app, error)
    else:
        app.notify(single_line(f"Written: {path.absolute()}"), markup=False)


def _file_name(conversation: str) -> str:
    letters = [letter if letter.isalnum() or letter in "-_" else "-" for letter in conversation]
    return f"conversation-{''.join(letters).strip('-')[:80]}"


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} exists", hint="Choose another name.") from error
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise UsageError(message, hint="Choose another path.") from error
