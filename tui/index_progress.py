"""How far reading the repository has come, as the views show it: made from the index's events, no widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from repo_mhm.commands.index import IndexEvent

State = Literal["idle", "scanning", "reading", "saving", "paused", "done", "failed"]


@dataclass(slots=True)
class Reading:
    """`done` of `total` files or steps; `skimmed` of `chunks` are known, from earlier runs too."""

    state: State = "idle"
    done: int = 0
    total: int = 0
    tokens_per_second: float = 0.0
    eta_seconds: float = 0.0
    path: str = ""
    detail: str = ""
    chunks: int = 0
    skimmed: int = 0
    seconds: float = 0.0
    """How long it has been at work."""

    @property
    def running(self) -> bool:
        """Whether an index is at work."""
        return self.state in {"scanning", "reading", "saving"}

    @property
    def invitation(self) -> str:
        """What to say where memory holds nothing."""
        if self.state == "done" and not self.chunks:
            return "There is nothing here to read: repo-mhm chunks --skipped names each file and the reason."
        if self.running:
            return "Nothing has been noted yet: the first notes come once a chunk of every head has been read."
        return "Nothing has been read yet: press F5 to read the repository into memory."

    def pass_time(self, seconds: float) -> None:
        """Time goes by between two steps, too."""
        self.seconds += seconds
        self.eta_seconds = max(0.0, self.eta_seconds - seconds)

    def scanned(self, done: int, total: int) -> None:
        """Files are being scanned."""
        self.state, self.done, self.total, self.path = "scanning", done, total, ""

    def take(self, event: IndexEvent) -> None:
        """An event of the index."""
        from repo_mhm.commands.index import SavingState
        from repo_mhm.memory.index_plan import IndexPlan, IndexProgress
        from repo_mhm.memory.index_run import IndexResult

        if isinstance(event, IndexPlan):
            self.state, self.done, self.total = "reading", 0, event.steps
            self.eta_seconds, self.chunks = event.seconds, event.chunks
            self.detail = f"about {event.tokens:,} tokens to read"
        elif isinstance(event, IndexProgress):
            self.state, self.done, self.total = "reading", event.done, event.steps
            self.tokens_per_second, self.eta_seconds = event.tokens_per_second, event.eta_seconds
            self.path = event.step.path
        elif isinstance(event, SavingState):
            self.state, self.path = "saving", ""
            self.detail = f"{event.tokens:,} tokens, so that answers start at once"
        elif isinstance(event, IndexResult):
            self.state, self.path = "done", ""
            self.detail = f"{event.notes:,} notes on {event.chunks:,} chunks"
            if event.failed:
                self.detail += f"; {event.failed:,} steps without a usable reply"
            if event.redacted:
                self.detail += f"; {event.redacted:,} secrets masked"

    def stop(self, state: State, detail: str = "") -> None:
        """It has ended: paused or failed."""
        self.state, self.path, self.detail = state, "", detail
