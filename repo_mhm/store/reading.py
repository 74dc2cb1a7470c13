"""Reading a sound database where nothing can be written: a full disk, or a read-only folder.

SQLite cannot open a database in WAL mode without a file of shared memory beside it, which it makes
anew. So `open_for_reading` first tries without the right to write, which does where that file is
there already. Otherwise nobody else has the database open, as they would have made it. Then the
database is opened without locks and with the index of its log in memory, so that no file is made
at all: what the log holds is read, which the option `immutable` would leave out.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

_WAYS = ("mode=ro", "mode=ro&vfs=unix-none")


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """A connection that reads the database at `path` and writes nothing; None where none can.

    Raises sqlite3.DatabaseError where the file is no sound database.
    """
    for way in _WAYS:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{way}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if "unix-none" in way:
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
