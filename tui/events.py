"""What the worker tells the app. Frozen values only; the app turns them into what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_mhm.answer import session
    from repo_mhm.commands.index import IndexEvent


@dataclass(frozen=True, slots=True)
class Opened:
    """The repository is known. `chunks` is 0 when it has never been scanned."""

    root: str
    commit: str
    dirty: int
    """Files that differ from the commit."""
    note: str
    chunks: int
    skimmed: int
    heads: int
    head_tokens: int


@dataclass(frozen=True, slots=True)
class NoModel:
    """The model the settings name is not here; `can_pull` says whether it is one that can be fetched."""

    name: str
    message: str
    hint: str
    size: int
    licence: str
    can_pull: bool


@dataclass(frozen=True, slots=True)
class Loading:
    """A model is being opened."""

    name: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A model is open."""

    name: str
    device: str
    on_gpu: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong: what was being done, what happened, what to do."""

    what: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Said:
    """An event of question `number`."""

    number: int
    event: session.Event


@dataclass(frozen=True, slots=True)
class Ended:
    """Question `number` is over; `error` is empty unless it failed."""

    number: int
    interrupted: bool = False
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """Files scanned so far, of all that changed."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Known:
    """The files were scanned for a question, and nothing is being read."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """An event of the index that is running."""

    event: IndexEvent


@dataclass(frozen=True, slots=True)
class Paused:
    """The index has stopped where it was; every step it showed as done is kept."""


@dataclass(frozen=True, slots=True)
class Pulling:
    """Bytes of a model fetched so far."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """The model is here."""

    name: str


Event = (
    Opened | NoModel | Loading | Ready | Failed | Said | Ended | Scanned | Known | Indexing | Paused | Pulling | Pulled
)  # fmt: skip
