"""The settings screen: the model, the memory's budgets, the time to the first word. Writes the user's own file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from tui.citation_marks import one_line

Changes = dict[str, str]
"""New values by the setting's name."""


@dataclass(frozen=True, slots=True)
class Values:
    """The settings as they are, and the models that could be chosen."""

    model: str
    heads: int
    head_tokens: int
    first_token_seconds: float
    models: tuple[tuple[str, str], ...]
    """Name and state of each model."""
    file: str


class SettingsDialog(ModalScreen[Changes]):
    """Shows the settings; gives back what was changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "save", "Save"),
    ]

    def __init__(self, values: Values, changes: Changes) -> None:
        super().__init__()
        self._values = values
        self._changes = changes

    def compose(self) -> ComposeResult:
        values = self._values
        with Vertical(classes="dialog wide"):
            yield Static("Settings", classes="title")
            model = self._changes.get("model", values.model)
            yield from _row(
                "Model",
                Select(_choices(values), value=model, allow_blank=False, id="model", compact=True),
            )
            yield from _row("Heads of the memory", self._number("heads", values.heads))
            yield from _row("Tokens of each head", self._number("head_tokens", values.head_tokens))
            seconds = self._number("first_token_seconds", values.first_token_seconds)
            yield from _row("Seconds to the first word", seconds)
            yield Static(
                Content(f"Kept in {one_line(values.file)}. Themes: Ctrl+T."), classes="keys"
            )
            with Horizontal(classes="buttons"):
                yield Button("Save (Ctrl+S)", id="save", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def _number(self, name: str, value: float) -> Input:
        kind: Literal["number", "integer"] = "number" if name.endswith("seconds") else "integer"
        return Input(self._changes.get(name, f"{value:g}"), type=kind, id=name, compact=True)

    def action_save(self) -> None:
        values = self._values
        old = {
            "model": values.model, "heads": str(values.heads), "head_tokens": str(values.head_tokens),
            "first_token_seconds": f"{values.first_token_seconds:g}",
        }  # fmt: skip
        new = {field.id or "": field.value.strip() for field in self.query(Input)}
        new["model"] = str(self.query_one("#model", Select).value)
        self.dismiss({key: value for key, value in new.items() if key in old and value != old[key]})

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)


def _row(label: str, field: Input | Select[str]) -> ComposeResult:
    with Horizontal(classes="field"):
        yield Label(label)
        yield field


def _choices(values: Values) -> Sequence[tuple[Content, str]]:
    known = [(name, state) for name, state in values.models]
    if values.model not in {name for name, _ in known}:
        known.insert(0, (values.model, "in use"))
    return [(Content(f"{one_line(name)}  ({state})"), name) for name, state in known]
