"""A spool: values that do not fit in memory together, in a nameless file beside the database.

The file has no name, so no other process finds it, and nothing of it is left when this one is
killed.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from repo_mhm.private_folder import private_folder
from repo_mhm.store.errors import storage_errors


class Spool:
    """Values in the order in which they were added. Read by whoever wrote it, in one process."""

    def __init__(self, file: IO[bytes], database: Path) -> None:
        self._file = file
        self._database = database
        self._count = 0

    def add(self, value: object) -> None:
        """Add a value. Raises UnwritableStore where the disk is full."""
        with storage_errors(self._database):
            pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[Any]:
        with storage_errors(self._database):
            self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)


@contextmanager
def open_spool(database: Path) -> Iterator[Spool]:
    """An empty spool beside a database. Raises StoreError where none can be made."""
    with storage_errors(database), private_folder(database.parent) as folder:
        file = folder.open_nameless()
    try:
        yield Spool(file, database)
    finally:
        # What a full disk did not take is tried once more, and was reported before.
        with suppress(OSError):
            file.close()
