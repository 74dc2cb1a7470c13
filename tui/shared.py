"""One engine for the index and for questions: an Engine for `index` that lets questions in between its prompts.

The engine has one context and one thread. Whoever wants it interrupts the `wait` in progress; the prompts this drops
are submitted again afterwards, so the index never notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from repo_mhm.engine import Engine, EngineInfo
from repo_mhm.prompts import Prompt, Reply


class SharedEngine:
    """`between` is called before every wait: it answers what has been asked, and raises KeyboardInterrupt to stop.

    Closing it leaves the engine open, dropping only what is in flight.
    """

    def __init__(self, engine: Engine, between: Callable[[], None]) -> None:
        self._engine = engine
        self._between = between
        self._flying: dict[int, Prompt] = {}
        """By the ticket the index knows."""
        self._tickets: dict[int, int] = {}
        """From the engine's ticket to the one the index knows."""
        self.waiting = False
        """Whether an interrupt would meet the index's own work."""

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def count(self, text: str) -> int:
        return self._engine.count(text)

    def submit(self, prompt: Prompt) -> int:
        ticket = self._engine.submit(prompt)
        self._flying[ticket] = prompt
        self._tickets[ticket] = ticket
        return ticket

    def wait(self) -> tuple[int, Reply]:
        while True:
            self._let_in()
            try:
                self.waiting = True
                ticket, reply = self._engine.wait()
            except KeyboardInterrupt:
                self._submit_again()
                continue
            finally:
                self.waiting = False
            known = self._tickets.pop(ticket)
            del self._flying[known]
            return known, reply

    def _let_in(self) -> None:
        """Let others use the engine; a question that was cancelled may have taken the prompts in flight with it."""
        self._between()

    def dropped(self) -> None:
        """Someone's interrupt has emptied the engine: submit again what was in flight."""
        self._submit_again()

    def _submit_again(self) -> None:
        self._engine.cancel()
        self._tickets = {self._engine.submit(prompt): known for known, prompt in self._flying.items()}

    def cancel(self) -> None:
        self._flying.clear()
        self._tickets.clear()
        self._engine.cancel()

    def interrupt(self) -> None:
        self._engine.interrupt()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        return self._engine.stream(prompt)

    def save_state(self, system: str, path: Path) -> int:
        while True:
            self._let_in()
            try:
                self.waiting = True
                return self._engine.save_state(system, path)
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
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
