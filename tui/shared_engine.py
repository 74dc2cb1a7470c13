"""One engine for the index and for questions: an Engine for `index` that lets questions in between its prompts.

The engine has one thread. Whoever wants it interrupts the `wait` in progress, which goes on afterwards where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from repo_mhm.engine.types import Engine, EngineInfo, Prompt, Reply

T = TypeVar("T")


class SharedEngine:
    """`between` is called before every wait: it answers what has been asked, and raises KeyboardInterrupt to stop.

    Closing it leaves the engine open, dropping only what is in flight.
    """

    def __init__(self, engine: Engine, between: Callable[[], None]) -> None:
        self._engine = engine
        self._between = between
        self.waiting = False
        """Whether an interrupt would meet the index's own work."""

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def count(self, text: str) -> int:
        return self._engine.count(text)

    def submit(self, prompt: Prompt) -> int:
        return self._engine.submit(prompt)

    def wait(self) -> tuple[int, Reply]:
        return self._uninterrupted(self._engine.wait)

    def cancel(self) -> None:
        self._engine.cancel()

    def interrupt(self) -> None:
        self._engine.interrupt()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        return self._engine.stream(prompt)

    def save_state(self, system: str, path: Path) -> int:
        return self._uninterrupted(lambda: self._engine.save_state(system, path))

    def _uninterrupted(self, work: Callable[[], T]) -> T:
        while True:
            self._between()
            try:
                self.waiting = True
                return work()
            except KeyboardInterrupt:
                continue
            finally:
                self.waiting = False

    def load_state(self, system: str, path: Path) -> bool:
        return self._engine.load_state(system, path)

    def close(self) -> None:
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
