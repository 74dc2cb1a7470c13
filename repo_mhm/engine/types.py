"""The protocol between stages and engines: prompts, replies, and what every engine promises.

Plain data and one protocol. Knows nothing about tokenisers, chat templates or llama.cpp.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Slot:
    """One piece of a reply: `lead` is forced, then the model writes.

    It writes until `stop` or for `max_tokens` tokens. The reply ends before `stop`. With an empty
    `stop`, only the model's own end of turn ends it earlier.
    """

    lead: str
    max_tokens: int
    stop: str = "\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system message, earlier turns, a user message and the slots of the reply.

    Every text in it is untrusted: engines tokenise it with special tokens off. `system` is the
    prefix that prompts share, so it is evaluated once and its state may be saved.
    """

    system: str
    user: str
    slots: tuple[Slot, ...]
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one prompt: a text for each slot, without its lead, and the cost.

    `prompt_tokens` were evaluated for this prompt, forced leads included; `cached_tokens` were
    reused from a shared or saved prefix; `generated_tokens` were sampled. `seconds` is the time
    from submission to the last token.
    """

    texts: tuple[str, ...]
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many tokens an engine has evaluated and sampled for submitted prompts."""

    prompt_tokens: int = 0
    generated_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two texts that could each stand between `before` and `after`; a model weighs them."""

    before: str
    after: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely a model finds the two texts of a contrast.

    Natural logarithms of the probabilities of the first token in which the texts differ.
    """

    first: float
    second: float


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The model of an engine, the device it runs on, and its limits."""

    model: str
    """For people."""
    model_id: str
    """Identity of the weights, a key of saved states."""
    device: str
    """For people: `CPU (threads: 2)`, `GPU (29/29 layers)`."""
    on_gpu: bool
    context: int
    """Tokens that one prompt and its reply may have together."""
    concurrent_prompts: int
    """How many prompts the engine works on at once; it queues the others."""
    counts_exactly: bool = True
    """Whether `count` is exact and quick; a server's is an upper bound, or a request each time."""
    limits: tuple[str, ...] = ()
    """What the model or server lacks, and what is done instead; for people."""


class Engine(Protocol):
    """Many prompts in flight (`submit`, `wait`), one streamed answer (`stream`), saved prefixes."""

    @property
    def info(self) -> EngineInfo:
        """The model, the device and the limits."""
        ...

    @property
    def evaluated(self) -> Evaluated:
        """The tokens of submitted prompts so far, those of prompts in flight included."""
        ...

    def count(self, text: str) -> int:
        """Exact number of tokens of `text` as plain text, without special tokens or template."""
        ...

    def submit(self, prompt: Prompt) -> int:
        """Queue a prompt and return its ticket. Raises PromptTooLong before any compute."""
        ...

    def work(self, seconds: float) -> bool:
        """Run until a submitted prompt is finished, for about `seconds` at most; is one finished?

        Raises as `wait` does, which returns what is finished.
        """
        ...

    def wait(self) -> tuple[int, Reply]:
        """Run until any submitted prompt is finished; return its ticket and reply.

        Raises LookupError when nothing is submitted, and EngineError when the engine fails, which
        drops what is in flight. KeyboardInterrupt passes through: what is in flight stays, and the
        next `wait` continues it.
        """
        ...

    def cancel(self) -> None:
        """Drop every submitted prompt that has not been returned."""
        ...

    def interrupt(self) -> None:
        """Make the `wait` or `stream` in progress, else the next one, raise KeyboardInterrupt soon.

        May be called from any thread. Only the work on the running batch is lost.
        """
        ...

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """Yield the text of the prompt's only slot in whole characters; closing it ends the answer.

        Raises PromptTooLong at once, and ValueError when there is not exactly one slot. Submitted
        prompts pause meanwhile. A `wait`, `cancel`, `save_state` or another `stream` before its end
        cuts it off.
        """
        ...

    def save_state(self, system: str, path: Path) -> int:
        """Evaluate the prefix of all prompts with this `system`, save its state; return its tokens.

        Raises PromptTooLong, and StoreError when the file cannot be written.
        """
        ...

    def load_state(self, system: str, path: Path) -> bool:
        """Restore such a prefix; False when the file is absent, stale or damaged."""
        ...

    def close(self) -> None:
        """Free all native memory; the engine cannot be used again. Closing twice is harmless."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
