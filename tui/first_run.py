"""What the welcome screen says: of the model, its download and the reading. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from repo_mhm.formatting import rough_duration, size
from tui import events
from tui.formatting import bar, share_label
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.memory.index_plan import IndexPlan
    from tui.index_progress import IndexState

_BAR_WIDTH = 40
_AT_ANY_TIME = "You can ask meanwhile, and stop at any time."


@dataclass(slots=True)
class FirstRun:
    """What is known of the two steps; it outlives the screen, which can be opened again."""

    missing: events.ModelMissing | None = None
    has_model: bool = False
    downloading: bool = False
    progress: events.DownloadProgress | None = None
    failure: str = ""
    plan: IndexPlan | None = None

    def apply_missing(self, missing: events.ModelMissing) -> None:
        """The model is not on this machine."""
        self.missing, self.has_model, self.downloading = missing, False, False

    def apply_model(self) -> None:
        """The model is on this machine."""
        self.missing, self.has_model, self.downloading = None, True, False
        self.failure, self.progress = "", None

    def apply_download(self, progress: events.DownloadProgress) -> None:
        """So much of the model has been downloaded."""
        self.downloading, self.failure, self.progress = True, "", progress

    def apply_failure(self, failure: events.JobFailed) -> None:
        """The download failed, or was stopped."""
        self.downloading, self.progress = False, None
        self.failure = single_line(f"{failure.message}. {failure.hint}")

    @property
    def can_download(self) -> bool:
        """Whether the model can be fetched now."""
        return self.missing is not None and self.missing.can_download and not self.downloading

    def model_step(self) -> Content:
        """Say whether the model is here, and how it can come here."""
        if self.has_model:
            return Content.assemble("1  The model is here. ", ("✓", "bold $text-success"))
        missing = self.missing
        if missing is None:
            return Content("1  Looking for the model …")
        if missing.can_download:
            facts = f"{size(missing.size)}, {missing.licence}"
            return Content(f"1  Download {missing.name}: {facts}. Needed only once.")
        return Content(f"1  {single_line(missing.message)}. {single_line(missing.hint)}")

    def download_line(self) -> Content:
        """Say how far the download is, why it failed, or what works without a model."""
        if self.failure:
            return Content.styled(self.failure, "$text-error")
        progress = self.progress
        if progress is not None:
            share = progress.done / max(1, progress.total)
            sizes = f"{size(progress.done)} of {size(progress.total)}"
            text = f" {share:4.0%}  {sizes} · {single_line(progress.part)}"
            return Content.assemble((bar(share, _BAR_WIDTH), "$accent"), text)
        if self.missing is not None:
            return Content("   Without one, search and exact answers work all the same.")
        return Content("")

    def index_step(self, index: IndexState) -> str:
        """Say what has been read, and how long the rest takes."""
        if index.running:
            return f"2  The repository is being read: {share_label(index.share_read)} so far."
        plan = self.plan
        if plan is None and index.chunks and index.skimmed >= index.chunks:
            return "2  All of the repository has been read."
        if plan is None:
            return f"2  Read the repository; it is being scanned first. {_AT_ANY_TIME}"
        if not plan.steps:
            return "2  There is nothing to read."
        return f"2  Read the repository: {_reading_time(plan)}. {_AT_ANY_TIME}"


def _reading_time(plan: IndexPlan) -> str:
    useful, whole = rough_duration(plan.useful_seconds), rough_duration(plan.seconds)
    time = f"all of it in about {whole}"
    if plan.useful_steps < plan.steps:
        time = f"useful in about {useful}, {time}"
    source = "as measured here" if plan.measured else "estimated; it is measured as it reads"
    return f"{time} ({source})"
