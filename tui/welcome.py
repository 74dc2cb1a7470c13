"""The welcome screen: what is missing, the model or the reading, and the button that gets it."""

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

from tui.first_run import FirstRun
from tui.index_progress import IndexState

_INTRODUCTION = (
    "repo-mhm answers questions on this repository, citing lines that exist. A scan of a few "
    "seconds is enough to ask. Reading adds what files are for and how they work together, in the "
    "words of a small model. Nothing leaves this machine."
)


class Welcome(ModalScreen[None]):
    """Two steps: get a model, read the repository. Escape leaves it at any time."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Later")]

    class DownloadModel(Message):
        """The model is to be downloaded."""

    class StopDownload(Message):
        """The download is to be stopped."""

    class StartIndex(Message):
        """The repository is to be indexed."""

    class ChooseModel(Message):
        """Another model is to be chosen, or added."""

    def __init__(self, facts: FirstRun, index: IndexState) -> None:
        super().__init__()
        self._facts = facts
        self._index = index
        self._composed = False

    def compose(self) -> ComposeResult:
        """Yield the two steps and the buttons."""
        with Vertical(classes="dialog wide"):
            yield Static("Welcome", classes="title")
            yield Static(_INTRODUCTION, markup=False)
            yield Static("", id="model-step", classes="step")
            yield Static("", id="download-bar")
            yield Static("", id="index-step", classes="step")
            with Horizontal(classes="buttons"):
                yield Button("Download the model", id="download", variant="primary", compact=True)
                yield Button("Stop the download", id="stop", compact=True)
                yield Button("Read the repository", id="index", variant="primary", compact=True)
                yield Button("Choose a model", id="choose", compact=True)
                yield Button("Later", id="later", compact=True)
            yield Static("tab moves · enter presses · esc later · /welcome returns", classes="keys")

    def on_mount(self) -> None:
        """Show what is known by now."""
        self._composed = True
        self.draw()

    def draw(self) -> None:
        """Show what is known; nothing happens once it has been left."""
        if not self._composed or self not in self.app.screen_stack:
            return
        facts = self._facts
        self.query_one("#model-step", Static).update(facts.model_step())
        self.query_one("#download-bar", Static).update(facts.download_line())
        self.query_one("#index-step", Static).update(Content(facts.index_step(self._index)))

        before = [button.display for button in self.query(Button)]
        self.query_one("#download").display = facts.can_download
        self.query_one("#stop").display = facts.downloading
        self.query_one("#choose").display = not facts.downloading
        self.query_one("#index").display = facts.has_model and not self._index.running
        after = [button.display for button in self.query(Button)]
        if self.focused is None or before != after:
            self.query_one(f"#{self._next_button()}").focus()

    def _next_button(self) -> str:
        facts = self._facts
        if facts.has_model:
            return "later" if self._index.running else "index"
        if facts.downloading:
            return "later"
        if facts.missing is None:
            return "later"
        return "download" if facts.missing.can_download else "choose"

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "download":
            self._facts.downloading = True
            self.draw()
            self.app.post_message(self.DownloadModel())
            return
        if event.button.id == "stop":
            self.app.post_message(self.StopDownload())
            return
        if event.button.id == "index":
            self.app.post_message(self.StartIndex())
        elif event.button.id == "choose":
            self.app.post_message(self.ChooseModel())
        self.dismiss()
