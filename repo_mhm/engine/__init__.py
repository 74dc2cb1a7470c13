"""Engines turn prompts into text. This file owns the interface; one file beside it owns each kind of engine.

Nothing here imports llama_cpp: `repo_mhm.engine.open_llama` does, when it is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from repo_mhm.engine.types import Prompt, Reply


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine is: its model's name and identity, where it runs, and its limits in tokens and sequences."""

    model: str
    model_id: str
    """Identity of the weights (what the caller gave, file facts, or server URL and model name): keys saved states."""
    device: str
    """For people: `CPU (threads: 2)`, `GPU (29/29 layers)`, `server http://…`."""
    on_gpu: bool
    context: int
    """Tokens one prompt and its reply may have together."""
    lanes: int
    """How many prompts the engine works on at once; submitting more queues them."""


class Engine(Protocol):
    """Many prompts in flight (`submit`, `wait`), one streamed answer (`stream`), and saved prefixes."""

    @property
    def info(self) -> EngineInfo: ...

    def count(self, text: str) -> int:
        """Exact number of tokens of `text` as plain text (no special tokens, no template)."""
        ...

    def submit(self, prompt: Prompt) -> int:
        """Queue a prompt and return its ticket. Raises PromptTooLong before any compute."""
        ...

    def wait(self) -> tuple[int, Reply]:
        """Run until any submitted prompt is finished; return its ticket and reply.

        Raises LookupError when nothing is submitted; EngineError when the engine fails, and drops what is in flight.
        KeyboardInterrupt passes through: what is in flight stays, and the next `wait` goes on with it.
        """
        ...

    def cancel(self) -> None:
        """Drop every submitted prompt that has not been returned."""
        ...

    def interrupt(self) -> None:
        """From any thread: make the `wait` or `stream` in progress (else the next one) raise KeyboardInterrupt soon.

        It costs the batch that is running, nothing else.
        """
        ...

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the text of the prompt's only slot, whole characters at a time; closing the iterator stops it.

        Raises PromptTooLong at once and ValueError when there is not exactly one slot. Submitted prompts pause
        meanwhile; calling `wait`, `cancel`, `save_state` or another `stream` before its end cuts it off.
        """
        ...

    def save_state(self, system: str, path: Path) -> int:
        """Evaluate the prefix that every prompt with this `system` shares, save its state; return its tokens."""
        ...

    def load_state(self, system: str, path: Path) -> bool:
        """Restore such a prefix; False when the file is absent, stale or damaged (never an error)."""
        ...

    def close(self) -> None:
        """Free all native memory; a closed engine cannot be used again. Closing twice is fine."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
