"""How far the index has come, computed from its events. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from repo_mhm.formatting import rough_duration

if TYPE_CHECKING:
    from repo_mhm.commands.index import IndexEvent
    from repo_mhm.memory.index_plan import IndexPlan
    from repo_mhm.memory.index_run import IndexResult

IndexPhase = Literal[
    "idle", "planning", "scanning", "indexing", "saving", "paused", "done", "failed"
]


@dataclass(slots=True)
class IndexState:
    """`done` of `total` files or steps; `skimmed` of `chunks` are in memory, from all runs."""

    phase: IndexPhase = "idle"
    done: int = 0
    total: int = 0
    tokens: int = 0
    """Prompt tokens read by this run."""
    expected_tokens: int = 0
    """Those that it will have read at its end; 0 until it reads."""
    tokens_per_second: float = 0.0
    eta_seconds: float | None = None
    """How long this run will still take; None while that cannot be told."""
    path: str = ""
    detail: str = ""
    chunks: int = 0
    skimmed: int = 0
    purposes: int = 0
    """Files and directories with a note on what they are for."""
    seconds: float = 0.0
    """How long the index has run."""
    left: int = 0
    """Steps that the last run left."""
    read_all: bool = False
    """Whether the next run reads all: the last one has read what adds most."""

    @property
    def running(self) -> bool:
        """Whether an index runs."""
        return self.phase in {"scanning", "indexing", "saving"}

    @property
    def share(self) -> float:
        """The share that is done, 0 to 1: of tokens, since no step ends for minutes."""
        if self.phase == "done":
            return 1.0
        if self.phase == "indexing":
            return self.tokens / max(1, self.expected_tokens)
        return self.done / max(1, self.total)

    @property
    def share_read(self) -> float:
        """The share of the repository's chunks that is in memory, 0 to 1, from all runs."""
        return self.skimmed / self.chunks if self.chunks else 0.0

    @property
    def empty_memory_text(self) -> str:
        """What to show where memory has no notes."""
        if self.phase == "done" and not self.chunks:
            return (
                "There is nothing here to read: repo-mhm chunks --skipped names each file and the"
                " reason."
            )
        if self.running:
            return (
                "Nothing has been noted yet: the first notes come once a chunk of every head has"
                " been read."
            )
        return "Nothing has been read yet: press F5 to read the repository into memory."

    def set_coverage(self, coverage: Mapping[str, int]) -> None:
        """Take over how many chunks there are and how many memory covers (`Store.coverage`)."""
        self.chunks, self.skimmed = coverage["chunks"], coverage["skimmed"]
        self.purposes = coverage["purposes"]

    def advance(self, seconds: float) -> None:
        """Let time pass between two events of the index."""
        self.seconds += seconds
        if self.eta_seconds is not None:
            self.eta_seconds = max(0.0, self.eta_seconds - seconds)

    def start_scan(self, done: int = 0, total: int = 0, *, for_plan: bool = False) -> None:
        """Files are being scanned; `for_plan` where no index runs."""
        if for_plan and self.running:
            return
        self.phase = "planning" if for_plan else "scanning"
        self.done, self.total, self.path = done, total, ""

    def apply_plan(self, plan: IndexPlan | None) -> None:
        """Take over what there is to read, if that is known."""
        if self.phase == "planning":
            self.stop("idle")
        if plan is not None:
            self.chunks = plan.chunks

    def apply(self, event: IndexEvent) -> None:
        """Take over an event of the index."""
        from repo_mhm.commands.index import SavingState
        from repo_mhm.memory.index_plan import IndexPlan
        from repo_mhm.memory.index_run import IndexResult
        from repo_mhm.memory.time_estimates import IndexProgress

        if isinstance(event, IndexPlan):
            self.phase, self.done, self.total = "indexing", 0, event.useful_steps
            self.tokens, self.expected_tokens = 0, event.useful_tokens
            self.eta_seconds, self.chunks = event.useful_seconds, event.chunks
            self.detail = f"about {event.useful_tokens:,} tokens to read"
        elif isinstance(event, IndexProgress):
            self.phase, self.done, self.total = "indexing", event.done, event.steps
            self.tokens, self.expected_tokens = event.tokens, event.expected_tokens
            self.tokens_per_second, self.eta_seconds = event.tokens_per_second, event.eta_seconds
            if event.step is not None:
                self.path = event.step.path
        elif isinstance(event, SavingState):
            self.phase, self.path = "saving", ""
            self.detail = f"{event.tokens:,} tokens, so that answers start at once"
        elif isinstance(event, IndexResult):
            self.left, self.read_all = event.left, event.ended == "useful"
            self.stop("done", summary(event))

    def stop(self, phase: IndexPhase, detail: str = "") -> None:
        """The index has ended: done, paused or failed."""
        if self.phase in ("planning", "scanning"):
            self.done = self.total = 0  # files, where steps would be shown
        self.phase, self.path, self.detail = phase, "", detail


def summary(result: IndexResult) -> str:
    """What an index did, and what it left and why."""
    parts = [f"{result.notes:,} notes on {result.chunks:,} chunks"]
    if result.left:
        parts.append(_what_is_left(result))
    if result.failed:
        parts.append(f"{result.failed:,} steps without a usable reply")
    if result.redacted:
        parts.append(f"{result.redacted:,} secrets masked")
    return "; ".join(parts)


def _what_is_left(result: IndexResult) -> str:
    time = rough_duration(result.left_seconds)
    if result.ended == "useful":
        return f"what is left adds little: F5 reads it all, in about {time}"
    return f"the time is up: F5 goes on, all that is left takes about {time}"
