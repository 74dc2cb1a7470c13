"""What tests let worker processes do; a module that those can import."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from repo_mhm.git import File, Kind, Reader


class CannotTravel(Exception):
    """An exception that can be pickled but not unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


class DeadlyReader(Reader):
    """Reads as any reader does, but `f3.py` ends the process, as a fault in a parser would."""

    def __reduce__(self) -> tuple[type[Reader], tuple[Path, Kind, str]]:
        return DeadlyReader, (self.root, self.kind, self.commit)

    def read(self, file: File) -> bytes:
        if file.path == "f3.py":
            os._exit(1)
        return super().read(file)


def process_id() -> int:
    return os.getpid()


def fail(message: str) -> None:
    raise LookupError(message)


def fail_with_what_cannot_travel() -> None:
    raise CannotTravel("first", "second")


def end_process() -> None:
    os._exit(1)


def chatter(text: str) -> str:
    """Print what would spoil the answer if it shared its pipe."""
    os.write(1, b"between the answers")
    sys.stdout.write(text)
    sys.stdout.flush()
    return text


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
