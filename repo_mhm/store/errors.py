"""SQLite's and the file system's errors in our words: StoreErrors whose hint says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repo_mhm.errors import DamagedStore, StoreError

REPAIR_HINT = (
    "run: repo-mhm doctor --repair, which sets the damaged file aside and keeps what is sound"
)
_HINT_BY_MESSAGE = {
    "disk is full": (
        "free some disk space and run the command again: everything finished so far is kept"
    ),
    "readonly": "make the folder writable for you, or index a copy of the repository",
    "locked": "another repo-mhm is writing; try again when it has finished",
    "unable to open": "check that the folder exists and that you may write there",
}
_OTHER_HINT = "run: repo-mhm doctor"


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as StoreErrors that name `path`; DamagedStore where the file is bad.

    A ProgrammingError passes as it is: it is a mistake in our code.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.OperationalError as exc:
        raise _operational_error(path, str(exc)) from exc
    except sqlite3.DatabaseError as exc:
        raise DamagedStore(f"{path} is damaged: {exc}", hint=REPAIR_HINT) from exc


def _operational_error(path: Path, message: str) -> StoreError:
    if "decode" in message:
        return DamagedStore(f"{path} is damaged: {message}", hint=REPAIR_HINT)

    hints = (hint for part, hint in _HINT_BY_MESSAGE.items() if part in message)
    return StoreError(f"{path}: {message}", hint=next(hints, _OTHER_HINT))


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's and the file system's errors as StoreErrors that name `path`."""
    try:
        with sqlite_errors(path):
            yield
    except OSError as exc:
        hint = "check the permissions and free space of the folder"
        raise StoreError(f"{path} cannot be used: {exc.strerror or exc}", hint=hint) from exc
