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
from repo_mhm.store.packed_text import pack

Migration = Callable[[sqlite3.Connection], None]

COUNT_NOTES_OF_READINGS = (
    "UPDATE reading SET notes = (SELECT count(*) FROM note_chunk JOIN note ON note.id = note "
    "WHERE content_id = reading.content_id AND note.step = reading.step) WHERE notes = 0"
)

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


@migration
def compact_snapshot(connection: sqlite3.Connection) -> None:
    """Keep paths and names once, references by file and name, texts packed, words in indexes only.

    A database took twelve times its source, most of it paths of references and words of texts.
    """
    _number_files_and_names(connection)
    _compact_references(connection)
    _compact_symbols(connection)
    _pack_chunks(connection)
    _index_words_only(connection)


def _number_files_and_names(connection: sqlite3.Connection) -> None:
    _execute_script(
        connection,
        """
        CREATE TABLE file_number (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE REFERENCES file (path) ON DELETE CASCADE
        ) STRICT;
        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        INSERT INTO file_number (path) SELECT path FROM file ORDER BY path;
        INSERT INTO name (text) SELECT name FROM symbol UNION SELECT name FROM reference;
        ALTER TABLE path_word RENAME TO former_path_word;
        CREATE TABLE path_word (
            word TEXT NOT NULL,
            file INTEGER NOT NULL REFERENCES file_number (id) ON DELETE CASCADE,
            PRIMARY KEY (word, file)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO path_word (word, file)
            SELECT word, file_number.id FROM former_path_word JOIN file_number USING (path);
        DROP TABLE former_path_word;
        CREATE INDEX path_word_file ON path_word (file);
        """,
    )


def _compact_references(connection: sqlite3.Connection) -> None:
    """Keep what a file refers to by one name in one row: the lines, as a JSON array."""
    _execute_script(
        connection,
        """
        CREATE TABLE mention (
            file INTEGER NOT NULL REFERENCES file_number (id) ON DELETE CASCADE,
            name INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            lines TEXT NOT NULL,
            PRIMARY KEY (file, name, kind)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO mention (file, name, kind, lines)
            SELECT file_number.id, name.id,
                CASE reference.kind WHEN 'call' THEN 2 WHEN 'import' THEN 1 ELSE 0 END,
                json_group_array(line)
            FROM reference JOIN file_number USING (path) JOIN name ON name.text = reference.name
            GROUP BY 1, 2, 3;
        DROP TABLE reference;
        CREATE INDEX mention_name ON mention (name);
        """,
    )


def _compact_symbols(connection: sqlite3.Connection) -> None:
    """Keep the file and the name of a symbol by number, and its columns in a view as they were."""
    _execute_script(
        connection,
        """
        CREATE TABLE definition (
            id INTEGER PRIMARY KEY,
            file INTEGER NOT NULL REFERENCES file_number (id) ON DELETE CASCADE,
            name INTEGER NOT NULL REFERENCES name (id),
            qualified TEXT NOT NULL, kind TEXT NOT NULL,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL,
            start_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
            signature TEXT NOT NULL, doc TEXT NOT NULL, container TEXT NOT NULL,
            rank REAL NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO definition (id, file, name, qualified, kind, start, "end", start_byte, end_byte,
            signature, doc, container, rank)
            SELECT symbol.id, file_number.id, name.id, qualified, kind, start, "end", start_byte,
                end_byte, signature, doc, container, rank
            FROM symbol JOIN file_number USING (path) JOIN name ON name.text = symbol.name;
        DROP TABLE symbol;
        CREATE INDEX definition_name ON definition (name);
        CREATE INDEX definition_file ON definition (file);
        CREATE VIEW symbol AS
            SELECT definition.id AS id, file_number.path AS path, name.text AS name, qualified,
                kind, start, "end", start_byte, end_byte, signature, doc, container, rank
            FROM definition JOIN file_number ON file_number.id = definition.file
            JOIN name ON name.id = definition.name;
        """,
    )


def _pack_chunks(connection: sqlite3.Connection) -> None:
    """Keep texts in a table of their own: rows of 2 KB would leave half of each page empty."""
    _execute_script(
        connection,
        """
        ALTER TABLE chunk RENAME TO former_table;
        DROP INDEX chunk_path;
        DROP INDEX chunk_content;
        CREATE TABLE chunk (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL REFERENCES file (path) ON DELETE CASCADE,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL,
            start_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
            kind TEXT NOT NULL, module TEXT NOT NULL,
            symbols TEXT NOT NULL,
            tokens INTEGER NOT NULL,
            content_id TEXT NOT NULL,
            enclosing TEXT NOT NULL,
            head INTEGER NOT NULL DEFAULT -1,
            value REAL NOT NULL DEFAULT 0,
            redacted INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE chunk_text (
            id INTEGER PRIMARY KEY REFERENCES chunk (id) ON DELETE CASCADE,
            text BLOB NOT NULL, outline BLOB NOT NULL
        ) STRICT;
        CREATE INDEX chunk_path ON chunk (path);
        CREATE INDEX chunk_content ON chunk (content_id);
        """,
    )
    columns = (
        'id, path, start, "end", start_byte, end_byte, kind, module, symbols, tokens, content_id, '
        "enclosing, head, value, redacted"
    )
    connection.execute(f"INSERT INTO chunk ({columns}) SELECT {columns} FROM former_table")
    for row, text in connection.execute("SELECT id, text FROM former_table"):
        # Outlines are kept no more since `keep_overviews`.
        connection.execute(
            "INSERT INTO chunk_text (id, text, outline) VALUES (?, ?, ?)", (row, pack(text), b"")
        )
    connection.execute("DROP TABLE former_table")


def _index_words_only(connection: sqlite3.Connection) -> None:
    """Keep in the full-text indexes of the snapshot no second copy of its texts."""
    for table in ("source_words", "symbol_words"):
        _execute_script(
            connection,
            f"""
            ALTER TABLE {table} RENAME TO former_words;
            CREATE VIRTUAL TABLE {table}
                USING fts5 (words, content = '', tokenize = 'porter unicode61');
            INSERT INTO {table} (rowid, words) SELECT rowid, words FROM former_words;
            DROP TABLE former_words;
            """,
        )


@migration
def count_notes_of_readings(connection: sqlite3.Connection) -> None:
    """Keep how many notes a reading left: one that left none has not lost any."""
    connection.execute("ALTER TABLE reading ADD COLUMN notes INTEGER NOT NULL DEFAULT 0")
    connection.execute(COUNT_NOTES_OF_READINGS)


@migration
def keep_overviews(connection: sqlite3.Connection) -> None:
    """Keep what the overview finds of files and heads, which an index looked for in all chunks.

    Outlines are made when a model reads them: making all took a fifth of a scan.
    """
    _execute_script(
        connection,
        """
        ALTER TABLE chunk_text DROP COLUMN outline;
        CREATE TABLE file_overview (
            file INTEGER PRIMARY KEY REFERENCES file_number (id) ON DELETE CASCADE,
            factor REAL NOT NULL, worth REAL NOT NULL, value REAL NOT NULL,
            lead TEXT NOT NULL, head INTEGER NOT NULL, names INTEGER NOT NULL,
            words TEXT NOT NULL, main_words TEXT NOT NULL, directory_words TEXT NOT NULL
        ) STRICT;
        CREATE TABLE head_overview (head INTEGER PRIMARY KEY, text BLOB NOT NULL) STRICT;
        """,
    )


@migration
def keep_less(connection: sqlite3.Connection) -> None:
    """Keep the words of paths once, and of a symbol's container the length.

    Its qualified name begins with its container. Where it does not, and in older rows, the
    container follows behind an equals sign. A database of 235,510 chunks took 1.7 times its source.
    """
    _execute_script(
        connection,
        """
        ALTER TABLE path_word RENAME TO former_path_word;
        CREATE TABLE path_word (
            word TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (word, file)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO path_word (word, file) SELECT word, file FROM former_path_word;
        DROP TABLE former_path_word;
        DROP VIEW symbol;
        UPDATE definition SET container = '=' || container WHERE container <> '';
        CREATE VIEW symbol AS
            SELECT definition.id AS id, file_number.path AS path, name.text AS name, qualified,
                kind, start, "end", start_byte, end_byte, signature, doc,
                CASE substr(container, 1, 1)
                    WHEN '=' THEN CAST(substr(CAST(container AS BLOB), 2) AS TEXT)
                    ELSE substr(qualified, 1, CAST(container AS INTEGER)) END AS container,
                rank
            FROM definition JOIN file_number ON file_number.id = definition.file
            JOIN name ON name.id = definition.name;
        """,
    )


SCHEMA_VERSION = 1 + len(MIGRATIONS)
