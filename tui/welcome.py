"""The first run: what is missing, the model or the reading, and the button that gets it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from repo_mhm.formatting import size
from tui import events
from tui.citation_marks import one_line
from tui.formatting import bar

_INTRODUCTION = """\
repo-mhm reads this repository once with a small model and keeps notes on all of it. Then it answers your questions, \
citing lines that exist. Nothing leaves this machine."""


class Welcome(ModalScreen[None]):
    """Two steps: fetch a model, read the repository. Escape leaves it at any time."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Later")]

    class Pull(Message):
        """Fetch the model."""

    class Read(Message):
        """Read the repository."""

    class Choose(Message):
        """Choose another model."""

    def __init__(self) -> None:
        super().__init__()
        self._missing: events.NoModel | None = None
        self._pulling = False
        self._has_model = False
        self._standing = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Static("Welcome", classes="title")
            yield Static(_INTRODUCTION, markup=False)
            yield Static("", id="model-step", classes="step")
            yield Static("", id="pull-bar")
            yield Static("", id="read-step", classes="step")
            with Horizontal(classes="buttons"):
                yield Button("Fetch the model", id="pull", variant="primary", compact=True)
                yield Button("Read the repository", id="read", variant="primary", compact=True)
                yield Button("Another model", id="choose", compact=True)
                yield Button("Later", id="later", compact=True)
            yield Static("tab moves · enter presses · esc later", classes="keys")

    def on_mount(self) -> None:
        self._standing = True
        self._draw()

    def no_model(self, missing: events.NoModel) -> None:
        """The model is not here."""
        self._missing, self._has_model, self._pulling = missing, False, False
        self._draw()

    def has_model(self) -> None:
        """The model is here."""
        self._missing, self._has_model, self._pulling = None, True, False
        self._draw()

    def pulling(self, event: events.Pulling) -> None:
        """So much has been fetched."""
        share = event.done / max(1, event.total)
        said = f"{size(event.done)} of {size(event.total)} · {one_line(event.what)}"
        self.query_one("#pull-bar", Static).update(
            Content.assemble((bar(share, 40), "$accent"), f" {share:4.0%}  {said}")
        )

    def failed(self, event: events.Failed) -> None:
        """Fetching failed."""
        self._pulling = False
        self._draw()
        said = one_line(f"{event.message} {event.hint}")
        self.query_one("#pull-bar", Static).update(Content.styled(said, "$text-error"))

    def _draw(self) -> None:
        if not self._standing:
            return
        self.query_one("#model-step", Static).update(self._model_line())
        done = "2  Read the repository. Takes some minutes; you can ask meanwhile, and stop at any time."
        self.query_one("#read-step", Static).update(Content(done))
        pull, read = self.query_one("#pull", Button), self.query_one("#read", Button)
        pull.display = self._missing is not None and self._missing.can_pull
        pull.disabled = self._pulling
        read.disabled = not self._has_model
        self.query_one("#choose").display = self._missing is not None
        self.query_one(f"#{self._next_button()}").focus()

    def _next_button(self) -> str:
        if self._has_model:
            return "read"
        if self._missing is None:
            return "later"
        return "pull" if self._missing.can_pull else "choose"

    def _model_line(self) -> Content:
        if self._has_model:
            return Content.assemble("1  The model is here. ", ("✓", "bold $text-success"))
        if self._missing is None:
            return Content("1  Looking for the model …")
        missing = self._missing
        if missing.can_pull:
            return Content(
                f"1  Fetch {missing.name}: {size(missing.size)}, {missing.licence}. Once, for good."
            )
        return Content(f"1  {one_line(missing.message)}. {one_line(missing.hint)}")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "pull":
            self._pulling = True
            self._draw()
            self.app.post_message(self.Pull())
            return
        if event.button.id == "read":
            self.app.post_message(self.Read())
        elif event.button.id == "choose":
            self.app.post_message(self.Choose())
        self.dismiss()
