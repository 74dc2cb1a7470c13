"""What the worker reports to the app, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from repo_mhm.answer import events as answer_events
    from repo_mhm.commands.index import IndexEvent
    from repo_mhm.deep.session import DeepProgress
    from repo_mhm.memory.index_plan import IndexPlan

AnyEvent: TypeAlias = "answer_events.Event | DeepProgress"
"""An event of an answer, or of the pass over the repository before it."""
Job = Literal["open", "load", "download", "plan", "index"]
"""What the worker does beside answering: open the repository, load, download, plan an index, index.
"""


@dataclass(frozen=True, slots=True)
class RepositoryOpened:
    """The repository was opened. `chunks` is 0 when it has never been scanned."""

    root: str
    commit: str
    dirty_files: int
    """Files that differ from the commit."""
    note: str
    """What the user should know about the snapshot; mostly empty."""
    chunks: int
    skimmed: int
    heads: int
    head_tokens: int
    has_conversations: bool
    """Whether anything has been asked here before."""


@dataclass(frozen=True, slots=True)
class ModelMissing:
    """The configured model is not on this machine; `can_download` says whether it can be."""

    name: str
    message: str
    hint: str
    size: int
    """Bytes; 0 when it cannot be downloaded."""
    licence: str
    can_download: bool


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """A model is being opened."""

    name: str


@dataclass(frozen=True, slots=True)
class EngineOpened:
    """A model is open."""

    name: str
    device: str
    on_gpu: bool


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A job failed: which one, what happened, what to do."""

    job: Job
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """An event of the answer to question `number`."""

    number: int
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer to question `number` has ended; `error` is empty unless it failed."""

    number: int
    interrupted: bool = False
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """Files scanned so far, of all that changed."""

    done: int
    total: int
    for_plan: bool = False
    """Whether nobody waits for this scan: it only tells how long reading would take."""


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """The files were scanned for a question; no index runs."""


@dataclass(frozen=True, slots=True)
class IndexPlanned:
    """The repository was scanned; how long reading it would take, None where that is not known."""

    plan: IndexPlan | None


@dataclass(frozen=True, slots=True)
class OtherReaderFound:
    """An index was not begun: it would read again what another model has read."""

    description: str
    """Who made the notes, and of how much."""
    model: str
    """Who would read now."""


@dataclass(frozen=True, slots=True)
class IndexAdvanced:
    """An event of the index that is running."""

    event: IndexEvent


@dataclass(frozen=True, slots=True)
class IndexPaused:
    """The index has stopped; every step that it reported as done is kept."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes of a model downloaded so far."""

    done: int
    total: int
    part: str


@dataclass(frozen=True, slots=True)
class ModelDownloaded:
    """The model is on this machine."""

    name: str


Event = (
    RepositoryOpened
    | ModelMissing
    | ModelLoading
    | EngineOpened
    | JobFailed
    | AnswerEvent
    | AnswerEnded
    | ScanProgress
    | ScanFinished
    | IndexPlanned
    | OtherReaderFound
    | IndexAdvanced
    | IndexPaused
    | DownloadProgress
    | ModelDownloaded
)
Post = Callable[[Event], None]
"""Receives the worker's events, in the worker's thread."""
