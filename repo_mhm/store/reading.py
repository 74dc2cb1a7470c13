"""Reading a sound database where nothing can be written: a full disk, or a read-only folder.

SQLite cannot open a database in WAL mode without a file of shared memory beside it, which it makes
anew. So `open_for_reading` first tries without the right to write, which does where that file is
there already. Otherwise nobody else has the database open, as they would have made it, and it can
be read without locks and without any file: as one that never changes where it has no log, else
with the index of the log in memory, so that what the log holds is read as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

_WITHOUT_LOCKS = "mode=ro&vfs=unix-none"


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """A connection that reads the database at `path` and writes nothing; None where none can.

    Raises sqlite3.DatabaseError where the file is no sound database.
    """
    for way in _ways(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{way}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if way == _WITHOUT_LOCKS:
                # Before the first access, this keeps the log's index in memory.
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            connection.row_factory = sqlite3.Row
            return connection
    return None


def _ways(path: Path) -> Iterator[str]:
    yield "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    yield _WITHOUT_LOCKS if has_log else "mode=ro&immutable=1"
