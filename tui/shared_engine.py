"""One engine for the index and for questions, which are answered between the index's prompts.

The engine has one thread. Whoever needs it interrupts the `wait` in progress, which continues
afterwards where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from repo_mhm.engine.types import Engine, EngineInfo, Evaluated, Prompt, Reply

T = TypeVar("T")


class SharedEngine:
    """An Engine for the index. Closing it drops what is in flight and leaves the engine open.

    `between_prompts` is called before every wait: it answers what has been asked, and raises
    KeyboardInterrupt to stop the index.
    """

    def __init__(self, engine: Engine, between_prompts: Callable[[], None]) -> None:
        self._engine = engine
        self._between_prompts = between_prompts
        self.waiting = False
        """Whether an interrupt would hit the index's own work."""

    @property
    def info(self) -> EngineInfo:
        """See `Engine.info`."""
        return self._engine.info

    @property
    def evaluated(self) -> Evaluated:
        """See `Engine.evaluated`."""
        return self._engine.evaluated

    def count(self, text: str) -> int:
        """See `Engine.count`."""
        return self._engine.count(text)

    def submit(self, prompt: Prompt) -> int:
        """See `Engine.submit`."""
        return self._engine.submit(prompt)

    def work(self, seconds: float) -> bool:
        """See `Engine.work`; interrupts do not end it."""
        return self._resuming(lambda: self._engine.work(seconds))

    def wait(self) -> tuple[int, Reply]:
        """See `Engine.wait`; interrupts do not end it."""
        return self._resuming(self._engine.wait)

    def cancel(self) -> None:
        """See `Engine.cancel`."""
        self._engine.cancel()

    def interrupt(self) -> None:
        """See `Engine.interrupt`."""
        self._engine.interrupt()

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """See `Engine.stream`."""
        return self._engine.stream(prompt)

    def save_state(self, system: str, path: Path) -> int:
        """See `Engine.save_state`; interrupts do not end it."""
        return self._resuming(lambda: self._engine.save_state(system, path))

    def _resuming(self, work: Callable[[], T]) -> T:
        """Run `work` again after each interrupt, until it returns."""
        while True:
            self._between_prompts()
            try:
                self.waiting = True
                return work()
            except KeyboardInterrupt:
                continue
            finally:
                self.waiting = False

    def load_state(self, system: str, path: Path) -> bool:
        """See `Engine.load_state`."""
        return self._engine.load_state(system, path)

    def close(self) -> None:
        """Drop what is in flight."""
        self.cancel()

    def __enter__(self) -> SharedEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
