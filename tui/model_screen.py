"""The list of models to choose from: those on this machine, those of servers, those to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from repo_mhm.errors import RepoMhmError
from tui.background_reader import BackgroundReader
from tui.dialogs import LineDialog
from tui.notices import show_error
from tui.rows import Row, Rows
from tui.safe_text import single_line
from tui.settings import SettingValues, add_model_file


class ModelScreen(ModalScreen[str]):
    """Returns the name of a model; None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add_file", "Add a file"),
        Binding("escape", "dismiss(None)", "Close"),
    ]

    def __init__(self, title: str, values: SettingValues, reader: BackgroundReader) -> None:
        super().__init__()
        self._title = title
        self._values = values
        self._reader = reader

    def compose(self) -> ComposeResult:
        """Yield the models and the keys."""
        rows = _rows(self._values)
        names = [row.key for row in rows]
        with Vertical(classes="dialog wide"):
            yield Static(self._title, classes="title", markup=False)
            yield Rows(rows)
            yield Static(
                "enter use it, fetching it if need be · a add a GGUF file · esc close",
                classes="keys",
            )
        current = self._values.answer_model
        self._cursor = names.index(current) if current in names else 0

    def on_mount(self) -> None:
        """Put the cursor on the model in use."""
        rows = self.query_one(Rows)
        rows.focus()
        rows.cursor = self._cursor

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        self.dismiss(str(event.row.key))

    @work(exclusive=True)
    async def action_add_file(self) -> None:
        """Ask for a GGUF file, and return its name."""
        path = await self.app.push_screen_wait(LineDialog("Path of a GGUF file"))
        if not path:
            return
        try:
            name = await self._reader.run(lambda: add_model_file(path))
        except RepoMhmError as error:
            show_error(self.app, error)
        else:
            self.dismiss(name)


def _rows(values: SettingValues) -> Sequence[Row]:
    width = max((len(name) for name, _ in values.models), default=0)
    return [
        Row(
            (
                ("● " if name == values.answer_model else "  ", "accent"),
                (single_line(name).ljust(width), "name"),
                (f"  {single_line(state)}", "dim"),
            ),
            name,
        )
        for name, state in values.models
    ]
