"""What all steps of one answer share: the store, the question, the options, the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.scope import WHOLE, Scope

if TYPE_CHECKING:
    from repo_mhm.answer.comparison import BackgroundComparison
    from repo_mhm.location import Location
    from repo_mhm.retrieval.search import Mode
    from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to answer."""

    mode: Mode = "both"
    first_token_seconds: float | None = None
    """How long the answer may take to begin; None: decided by the speed of the machine."""
    session: str = ""
    """The conversation that the turn is added to; empty to keep none."""
    follow_up: bool = False
    """Whether the prompt carries the earlier turns of the conversation."""
    instructions: str = ""
    """What the user wants of the answer besides the built-in instructions."""
    attached: str = ""
    """Text that came with the question as material for it; empty where none did."""
    files: tuple[Location, ...] = ()
    """The lines that the question is about, where the user has named some; empty for all."""
    file_names: tuple[str, ...] = ()
    """How the user named them."""
    scope: Scope = WHOLE
    """The part of the repository that is looked at."""
    use_model: bool = True
    """Whether a model may be asked; if not, the locations are the answer."""
    use_exact: bool = True
    """Whether code alone answers where it can; if not, the model answers all."""
    no_model_reason: str = ""
    """Why no model may be asked, where the user did not ask for that."""
    stale_source: str | None = None
    """What of the source is not up to date: empty where all of it is, None where nobody looked."""
    thorough: bool = False
    """Whether to show the model more, and to retrieve twice, whatever time that takes."""
    show_all: bool = False
    """Whether an exact answer lists all its lines, not only the best."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """One question on its way to an answer."""

    store: Store
    question: str
    options: AskOptions
    comparison: BackgroundComparison
    clock: Callable[[], float]
    started: float
    """The clock's time when the user began to wait."""

    def elapsed(self) -> float:
        """Seconds since the user began to wait."""
        return self.clock() - self.started
