"""What the app knows and its widgets show. Only the app's own thread changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.index_progress import IndexState

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.status import Status
    from tui import events


@dataclass(slots=True)
class RepositoryState:
    """The repository, empty until it has been opened."""

    opened: bool = False
    name: str = ""
    commit: str = ""
    dirty_files: int = 0
    """Files that differ from the commit."""
    has_conversations: bool = False
    """Whether anything has been asked here before this run."""


@dataclass(slots=True)
class ModelState:
    """The model that answers, and its device once it is open."""

    status: Literal["unknown", "missing", "downloading", "loading", "failed", "open"] = "unknown"
    name: str = ""
    download_share: float = 0.0
    """0 to 1."""
    device: str = ""
    on_gpu: bool = False
    tokens_per_second: float = 0.0
    """Speed of the index, where it has been measured."""

    @property
    def label(self) -> str:
        """The model's name, or why there is none yet."""
        labels = {
            "unknown": "no model yet",
            "missing": "no model",
            "downloading": f"download {self.download_share:.0%}",
            "loading": f"loading {self.name} …",
            "failed": f"{self.name} cannot be opened",
            "open": self.name,
        }
        return labels[self.status]


@dataclass(slots=True)
class MemoryState:
    """The heads of the memory; zero until the repository has been opened."""

    heads: int = 0
    head_tokens: int = 0
    """Token budget of each head."""
    fill: float = 0.0
    """Share of the whole budget that notes use, 0 to 1."""
    stale_chunks: int | None = None
    used_citations: tuple[Citation, ...] = ()
    """What the last answer cited or had as evidence."""


@dataclass(slots=True)
class AppState:
    """All that the widgets show. Whoever changes it sets `needs_redraw`."""

    root: Path
    overrides: dict[str, object]
    """Settings from the command line; a setting saved in the app is removed from here."""
    conversation: str = ""
    """Name of the conversation that is shown."""
    conversation_title: str = ""
    """What it is called: its name, or its first question where only the time names it."""
    repository: RepositoryState = field(default_factory=RepositoryState)
    model: ModelState = field(default_factory=ModelState)
    memory: MemoryState = field(default_factory=MemoryState)
    index: IndexState = field(default_factory=IndexState)
    needs_redraw: bool = True
    """Whether the lines at the top and the bottom show something outdated."""

    def apply_opened(self, event: events.RepositoryOpened) -> None:
        """Take over the repository that was opened."""
        self.root = Path(event.root)
        self.repository = RepositoryState(
            True, self.root.name, event.commit, event.dirty_files, event.has_conversations
        )
        self.memory.heads, self.memory.head_tokens = event.heads, event.head_tokens
        self.index.chunks, self.index.skimmed = event.chunks, event.skimmed

    def apply_engine(self, event: events.EngineOpened) -> None:
        """Take over the model that was opened."""
        self.model.status, self.model.name = "open", event.name
        self.model.device, self.model.on_gpu = event.device, event.on_gpu

    def apply_status(self, status: Status) -> None:
        """Take over how stale and how full the memory is."""
        self.repository.commit = status.current_commit
        budget = sum(head.budget for head in status.heads)
        self.memory.stale_chunks = status.stale_chunks
        self.memory.fill = sum(head.tokens for head in status.heads) / max(1, budget)
        if status.tokens_per_second:
            self.model.tokens_per_second = status.tokens_per_second
        self.index.chunks = status.chunks
        self.index.skimmed = status.read + status.skimmed
        self.needs_redraw = True
