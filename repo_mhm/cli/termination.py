"""How a command that takes minutes ends early: by Ctrl-C, or by SIGTERM from a script or a system.

Both raise an exception where the process is, so that the command can say what it has kept.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

INTERRUPT_EXIT, SIGTERM_EXIT = 130, 143
"""Exit codes as shells give them: 128 and the number of the signal."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came; it ends a command as Ctrl-C does."""


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Raise Terminated where SIGTERM comes."""
    before = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated
