"""The first-run screen: what is missing, the model or the index, and the button that gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from repo_mhm.formatting import rough_duration, size
from tui import events
from tui.formatting import bar
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.memory.index_plan import IndexPlan

_INTRODUCTION = (
    "repo-mhm answers questions on this repository, citing lines that exist. A scan of a few "
    "seconds is enough to ask. Reading adds what files are for and how they work together, in the "
    "words of a small model. Nothing leaves this machine."
)
_AT_ANY_TIME = "You can ask meanwhile, and stop at any time."


class Welcome(ModalScreen[None]):
    """Two steps: download a model, read the repository. Escape leaves it at any time."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Later")]

    class DownloadModel(Message):
        """The model is to be downloaded."""

    class StartIndex(Message):
        """The repository is to be indexed."""

    class ChooseModel(Message):
        """Another model is to be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._missing: events.ModelMissing | None = None
        self._plan: IndexPlan | None = None
        self._downloading = False
        self._has_model = False
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
                yield Button("Read the repository", id="index", variant="primary", compact=True)
                yield Button("Choose a model", id="choose", compact=True)
                yield Button("Later", id="later", compact=True)
            yield Static("tab moves · enter presses · esc later", classes="keys")

    def on_mount(self) -> None:
        """Show what is known by now."""
        self._composed = True
        self._draw()

    def show_missing(self, missing: events.ModelMissing) -> None:
        """Show that the model is not on this machine."""
        self._missing, self._has_model, self._downloading = missing, False, False
        self._draw()

    def show_model(self) -> None:
        """Show that the model is on this machine."""
        self._missing, self._has_model, self._downloading = None, True, False
        self._draw()

    def show_plan(self, plan: IndexPlan) -> None:
        """Show how long reading takes."""
        self._plan = plan
        self._draw()

    def show_download(self, progress: events.DownloadProgress) -> None:
        """Show how much of the model has been downloaded."""
        share = progress.done / max(1, progress.total)
        sizes = f"{size(progress.done)} of {size(progress.total)}"
        text = f" {share:4.0%}  {sizes} · {single_line(progress.part)}"
        self._update_bar(Content.assemble((bar(share, 40), "$accent"), text))

    def show_failure(self, failure: events.JobFailed) -> None:
        """Show why the download failed."""
        self._downloading = False
        self._draw()
        text = single_line(f"{failure.message} {failure.hint}")
        self._update_bar(Content.styled(text, "$text-error"))

    @property
    def _shown(self) -> bool:
        return self._composed and self in self.app.screen_stack

    def _update_bar(self, content: Content) -> None:
        if self._shown:
            self.query_one("#download-bar", Static).update(content)

    def _draw(self) -> None:
        if not self._shown:
            return
        self.query_one("#model-step", Static).update(self._model_step())
        self.query_one("#index-step", Static).update(Content(self._index_step()))
        download, index = self.query_one("#download", Button), self.query_one("#index", Button)
        download.display = self._missing is not None and self._missing.can_download
        download.disabled = self._downloading
        index.disabled = not self._has_model
        self.query_one("#choose").display = self._missing is not None
        self.query_one(f"#{self._next_button()}").focus()

    def _next_button(self) -> str:
        if self._has_model:
            return "index"
        if self._missing is None:
            return "later"
        return "download" if self._missing.can_download else "choose"

    def _index_step(self) -> str:
        plan = self._plan
        if plan is None:
            return f"2  Read the repository; it is being scanned first. {_AT_ANY_TIME}"
        if not plan.steps:
            return "2  There is nothing to read."

        useful, whole = rough_duration(plan.useful_seconds), rough_duration(plan.seconds)
        time = f"all of it in about {whole}"
        if plan.useful_steps < plan.steps:
            time = f"useful in about {useful}, {time}"
        return f"2  Read the repository: {time}. {_AT_ANY_TIME}"

    def _model_step(self) -> Content:
        if self._has_model:
            return Content.assemble("1  The model is here. ", ("✓", "bold $text-success"))
        missing = self._missing
        if missing is None:
            return Content("1  Looking for the model …")
        if missing.can_download:
            facts = f"{size(missing.size)}, {missing.licence}"
            return Content(f"1  Download {missing.name}: {facts}. Needed only once.")
        return Content(f"1  {single_line(missing.message)}. {single_line(missing.hint)}")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "download":
            self._downloading = True
            self._draw()
            self.app.post_message(self.DownloadModel())
            return
        if event.button.id == "index":
            self.app.post_message(self.StartIndex())
        elif event.button.id == "choose":
            self.app.post_message(self.ChooseModel())
        self.dismiss()
