"""The settings screen: the model, the memory's budgets, the time to the first word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from repo_mhm.errors import RepoMhmError
from tui.background_reader import BackgroundReader
from tui.notices import show_error
from tui.safe_text import single_line
from tui.settings import SettingChanges, SettingValues, write_changes


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """What was written: the changes, and the names of those without effect."""

    changes: SettingChanges
    without_effect: Sequence[str]


class SettingsScreen(ModalScreen[SavedSettings]):
    """Writes what was changed to the user's file; stays open while a value is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "save", "Save"),
    ]

    def __init__(self, values: SettingValues, root: Path, reader: BackgroundReader) -> None:
        super().__init__()
        self._values = values
        self._root = root
        self._reader = reader

    def compose(self) -> ComposeResult:
        """Yield one field a setting, and the buttons."""
        values = self._values
        with Vertical(classes="dialog wide"):
            yield Static("Settings", classes="title")
            yield from _field("Model", _model_field(values))
            yield from _field("Heads of the memory", _number_field("heads", values.heads))
            yield from _field(
                "Tokens of each head", _number_field("head_tokens", values.head_tokens)
            )
            yield from _field(
                "Seconds to the first word",
                _number_field("first_token_seconds", values.first_token_seconds),
            )
            yield Static(
                Content(f"Saved to {single_line(values.file)}. Ctrl+T changes the theme."),
                classes="keys",
            )
            with Horizontal(classes="buttons"):
                yield Button("Save (Ctrl+S)", id="save", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    @work(exclusive=True)
    async def action_save(self) -> None:
        """Write what was changed, and close; show an error and stay open if a value is wrong."""
        changes = self._changes()
        if not changes:
            self.dismiss(None)
            return
        try:
            without_effect = await self._reader.run(lambda: write_changes(self._root, changes))
        except RepoMhmError as error:
            show_error(self.app, error)
        else:
            self.dismiss(SavedSettings(changes, without_effect))

    def _changes(self) -> SettingChanges:
        values = self._values
        before = {
            "model": values.model,
            "heads": str(values.heads),
            "head_tokens": str(values.head_tokens),
            "first_token_seconds": _number_text(values.first_token_seconds),
        }
        fields = {field.id: field.value.strip() for field in self.query(Input)}
        fields["model"] = str(self.query_one("#model", Select).value)
        changed = {key: fields[key] for key in before if fields[key] != before[key]}
        if changed.get("first_token_seconds") == "":
            changed["first_token_seconds"] = "auto"
        return changed

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)


def _field(label: str, widget: Input | Select[str]) -> ComposeResult:
    with Horizontal(classes="field"):
        yield Label(label)
        yield widget


def _number_field(name: str, value: float | None) -> Input:
    kind: Literal["number", "integer"] = "number" if name.endswith("seconds") else "integer"
    return Input(_number_text(value), placeholder="auto", type=kind, id=name, compact=True)


def _number_text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _model_field(values: SettingValues) -> Select[str]:
    models = list(values.models)
    if values.model not in {name for name, _ in models}:
        models.insert(0, (values.model, "in use"))
    choices = [(Content(f"{single_line(name)}  ({state})"), name) for name, state in models]
    return Select(choices, value=values.model, allow_blank=False, id="model", compact=True)
