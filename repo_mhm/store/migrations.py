"""The database's schema and its history: `schema.sql`, then a list of named steps.

SQLite's `user_version` numbers the schema. A new database starts with `schema.sql`, which is the
schema of version 3 and is not edited any more. Every later change is one step at the end of this
file: a function marked `@migration`, whose docstring says why. A new database takes the steps after
version 3, an older one all steps after its own version, so both end with the same schema.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files

from repo_mhm.source.search_terms import searchable_text, words
from repo_mhm.source.unspaced import is_unspaced
from repo_mhm.store.checksum import note_checksum

Migration = Callable[[sqlite3.Connection], None]

MIGRATIONS: list[Migration] = []
"""Step `n` (from 0) brings a database from version `n + 1` to version `n + 2`."""
_SCHEMA_FILE_VERSION = 3


def migration(step: Migration) -> Migration:
    """Append a function to the steps."""
    MIGRATIONS.append(step)
    return step


def current_version(connection: sqlite3.Connection) -> int:
    """The schema version of a database; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to SCHEMA_VERSION in one transaction; an empty one gets all tables."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read inside the transaction: another process may have migrated while this one waited.
        version = current_version(connection)
        if version == 0:
            _execute_script(connection, _schema_file())
            version = _SCHEMA_FILE_VERSION

        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def has_own_schema(connection: sqlite3.Connection) -> bool:
    """Whether all tables and indexes are as they are in a new database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        new.row_factory = sqlite3.Row
        migrate(new)
        return _statements(new) == _statements(connection)


def _statements(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    return {tuple(row) for row in connection.execute(query)}


def _schema_file() -> str:
    return files("repo_mhm.store").joinpath("schema.sql").read_text("utf-8")


def _execute_script(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements that each end a line, in the transaction that is open.

    `Connection.executescript` would commit it.
    """
    for statement in script.split(";\n"):
        connection.execute(statement)


# The steps, oldest first ------------------------------------------------------------------------


@migration
def add_lives_of_notes(connection: sqlite3.Connection) -> None:
    """Record when each note was live in which head, and at which commit each step was done.

    `memory diff` compares the memory at two commits. The checksum of a note now covers its anchor
    and path, since notes that follow moved code change both.
    """
    _execute_script(
        connection,
        """
        ALTER TABLE step ADD COLUMN commit_id TEXT NOT NULL DEFAULT '';
        CREATE INDEX step_commit ON step (commit_id);
        CREATE INDEX step_failed ON step (model) WHERE failed;
        CREATE TABLE life (
            note INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
            head INTEGER NOT NULL,
            born INTEGER NOT NULL REFERENCES step (id),
            died INTEGER REFERENCES step (id)
        ) STRICT;
        CREATE INDEX life_note ON life (note);
        CREATE INDEX life_died ON life (died);
        INSERT INTO life (note, head, born, died) SELECT id, head, step, retired_by FROM note;
        UPDATE step SET commit_id = coalesce((SELECT value FROM meta WHERE key = 'commit'), '');
        """,
    )
    for row in connection.execute("SELECT id, level, anchor, path, text FROM note").fetchall():
        checksum = note_checksum(row["level"], row["anchor"], row["path"], row["text"])
        connection.execute("UPDATE note SET checksum = ? WHERE id = ?", (checksum, row["id"]))


@migration
def add_deep_passes(connection: sqlite3.Connection) -> None:
    """Keep each section that `ask --deep` reads, so that an interrupted pass can go on."""
    _execute_script(
        connection,
        """
        CREATE TABLE taken (
            id INTEGER PRIMARY KEY,
            pass TEXT NOT NULL,
            content_id TEXT NOT NULL, path TEXT NOT NULL, head INTEGER NOT NULL,
            facts TEXT NOT NULL,
            memory TEXT NOT NULL,
            prompt_tokens INTEGER NOT NULL, generated_tokens INTEGER NOT NULL,
            seconds REAL NOT NULL, failed INTEGER NOT NULL, at REAL NOT NULL
        ) STRICT;
        CREATE INDEX taken_pass ON taken (pass);
        """,
    )


@migration
def add_former_chunks(connection: sqlite3.Connection) -> None:
    """Keep the chunks that heads and notes still belong to where a question updates the source.

    The next refresh settles heads and notes from them, as if nothing had been updated meanwhile.
    """
    _execute_script(
        connection,
        """
        CREATE TABLE former_file (path TEXT PRIMARY KEY) STRICT;
        CREATE TABLE former_chunk (
            path TEXT NOT NULL REFERENCES former_file (path) ON DELETE CASCADE,
            start INTEGER NOT NULL,
            content_id TEXT NOT NULL,
            symbols TEXT NOT NULL,
            head INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX former_chunk_path ON former_chunk (path);
        """,
    )


@migration
def add_past_commits(connection: sqlite3.Connection) -> None:
    """Keep which files each commit changed, and the words of its message, for the ranking.

    The full-text index keeps no text, and no word that may be a key or a token.
    """
    _execute_script(
        connection,
        """
        CREATE TABLE past_commit (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL, files INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE past_path (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE, weight REAL NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE past_change (
            path INTEGER NOT NULL, "commit" INTEGER NOT NULL,
            PRIMARY KEY (path, "commit")
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX past_change_commit ON past_change ("commit");
        CREATE VIRTUAL TABLE commit_words
            USING fts5 (words, content = '', tokenize = 'porter unicode61');
        """,
    )


@migration
def add_words_of_paths(connection: sqlite3.Connection) -> None:
    """Find files by the words of their paths without going through all paths."""
    _execute_script(
        connection,
        """
        CREATE TABLE path_word (
            word TEXT NOT NULL,
            path TEXT NOT NULL REFERENCES file (path) ON DELETE CASCADE,
            PRIMARY KEY (word, path)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX path_word_path ON path_word (path);
        CREATE INDEX past_path_weight ON past_path (weight);
        """,
    )
    paths = [row[0] for row in connection.execute("SELECT path FROM file")]
    connection.executemany(
        "INSERT OR IGNORE INTO path_word (word, path) VALUES (?, ?)",
        ((word, path) for path in paths for word in words(path)),
    )


@migration
def index_unspaced_scripts(connection: sqlite3.Connection) -> None:
    """Split words of scripts without spaces, so that a part of a sentence finds it.

    Only rows that hold such letters are written again: a pass over all texts takes seconds per
    gigabyte.
    """
    queries = {
        "source_words": "SELECT id, path || ' ' || enclosing || ' ' || text FROM chunk",
        "symbol_words": (
            "SELECT id, qualified || ' ' || signature || ' ' || doc || ' ' || path FROM symbol"
        ),
        "note_words": "SELECT id, anchor || ' ' || path || ' ' || text FROM note",
    }
    for table, query in queries.items():
        rows = ((row[0], row[1]) for row in connection.execute(query) if is_unspaced(row[1]))
        connection.executemany(
            f"UPDATE {table} SET words = ?2 WHERE rowid = ?1",
            [(row, searchable_text(text)) for row, text in rows],
        )
    paths = [row[0] for row in connection.execute("SELECT path FROM file") if is_unspaced(row[0])]
    connection.executemany(
        "INSERT OR IGNORE INTO path_word (word, path) VALUES (?, ?)",
        [(word, path) for path in paths for word in words(path)],
    )


SCHEMA_VERSION = 1 + len(MIGRATIONS)
