"""A command in a pseudo-terminal of its own: what it writes there, and the keys that it is sent."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.patience import PATIENCE

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class PseudoTerminal:
    """A process whose stdin, stdout and stderr are a terminal of 100 columns."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._parent, child = pty.openpty()
        variables = {**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment}
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=child,
            stdout=child,
            stderr=child,
            env=variables,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(child)
        self.text = ""
        """What it has written so far, without escape sequences."""

    def send(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self._parent, keys)

    def until(self, part: str, seconds: float = PATIENCE) -> str:
        """Read until a part of the text is there; return all of it."""
        end = time.monotonic() + seconds
        while part not in self.text:
            assert time.monotonic() < end, self.text
            self._read(0.1)
        return self.text

    def finish(self, seconds: float = PATIENCE) -> int:
        """Read until the process has ended; return its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self._read(0.1)
        self._read(0.1)
        return self.process.returncode

    def close(self) -> None:
        """End the process, if it has not ended, and the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._parent)

    def _read(self, seconds: float) -> None:
        readable, _, _ = select.select([self._parent], [], [], seconds)
        if readable:
            # Linux reports an error where nobody has the other side open any more.
            with suppress(OSError):
                data = os.read(self._parent, 65536).decode("utf-8", "replace")
                self.text += _ESCAPES.sub("", data)


def _take_terminal() -> None:
    """Make stdin the terminal whose Ctrl-C this process gets."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None
) -> Iterator[PseudoTerminal]:
    """Run a command in a terminal; it does not outlive the block."""
    opened = PseudoTerminal(command, cwd, environment or {})
    try:
        yield opened
    finally:
        opened.close()
