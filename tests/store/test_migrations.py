"""Migrations: databases of every version end with the schema of a new one, and keep their data."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import pytest

from repo_mhm.errors import NewerStore
from repo_mhm.store import DATABASE, SCHEMA_VERSION, Store, migrations, open_store
from repo_mhm.store.migrations import MIGRATIONS
from tests.store.conftest import make_note

SCHEMAS = Path(__file__).parent / "schemas"
SCHEMA_FILE_VERSION = 3
"""Earlier versions have a file in SCHEMAS; later ones are `schema.sql` with some of the steps."""
OLD_VERSIONS = tuple(range(1, SCHEMA_VERSION))
WITHOUT_NOTE_COUNTS = OLD_VERSIONS[: 1 + MIGRATIONS.index(migrations.count_notes_of_readings)]
DATA = """
    INSERT INTO meta (key, value) VALUES ('commit', 'abc');
    INSERT INTO step (id, head, kind, chunk, path, depth, prompt_tokens, generated_tokens, seconds,
        redacted, failed, model, at)
        VALUES (1, 0, 'note', 'c', 'app.py', 'read', 1, 1, 1.0, 0, 0, 'm', 1.0),
               (2, 0, 'merge', '', 'app.py', 'read', 1, 1, 1.0, 0, 0, 'm', 2.0);
    INSERT INTO note (id, step, head, level, anchor, path, text, tokens, depth, value, retired_by,
        checksum) VALUES
        (1, 1, 0, 1, 'app.py:1-1', 'app.py', 'says hello', 9, 'read', 0.5, 2, 0),
        (2, 2, 0, 1, 'app.py:2-2', 'app.py', 'says hello', 9, 'read', 0.5, NULL, 0);
    INSERT INTO note_chunk (note, content_id) VALUES (1, 'c'), (2, 'c');
    INSERT INTO turn (id, session, question, answer, result, at)
        VALUES (1, 's', 'why?', 'because', '{}', 3.0);
"""
LIVES = """
    UPDATE step SET commit_id = 'abc';
    INSERT INTO life (note, head, born, died) VALUES (1, 0, 1, 2), (2, 0, 2, NULL);
"""


def make_old(directory: Path, version: int) -> None:
    """A database of an old version with two notes, the first replaced by the second."""
    with sqlite3.connect(directory / DATABASE) as db:
        db.row_factory = sqlite3.Row
        if version < SCHEMA_FILE_VERSION:
            db.executescript((SCHEMAS / f"version_{version}.sql").read_text("utf-8"))
        else:
            db.executescript(Path(migrations.__file__).with_name("schema.sql").read_text("utf-8"))
            for step in MIGRATIONS[SCHEMA_FILE_VERSION - 1 : version - 1]:
                step(db)
        db.executescript(DATA)
        if version >= 2:
            db.executescript(LIVES)
            for number in (1, 2):
                note = make_note(number, "c")
                checksum = expected_checksum(note.level, note.anchor, note.path, note.text)
                db.execute("UPDATE note SET checksum = ? WHERE id = ?", (checksum, number))
        db.execute(f"PRAGMA user_version = {version}")
    db.close()


def expected_checksum(level: int, anchor: str, path: str, text: str) -> int:
    return zlib.crc32("\0".join((str(level), anchor, path, text)).encode())


def schema(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Columns of every table and index, without their order and their comments."""
    rows = store._fetch_all("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {
        name: [
            tuple(column)[1:]
            for column in store._fetch_all(
                f"PRAGMA {'table' if kind == 'table' else 'index'}_info({name})"
            )
        ]
        for kind, name in rows
    }


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_an_old_database_gets_the_schema_of_a_new_one(tmp_path: Path, version: int) -> None:
    (tmp_path / "old").mkdir()
    make_old(tmp_path / "old", version)
    with open_store(tmp_path / "old") as old, open_store(tmp_path / "new") as new:
        assert schema(old) == schema(new)
        for store in (old, new):
            assert store._fetch_all("PRAGMA user_version")[0][0] == SCHEMA_VERSION
            assert not store._fetch_all("PRAGMA foreign_key_check")


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_an_old_database_keeps_its_data(tmp_path: Path, version: int) -> None:
    make_old(tmp_path, version)
    with open_store(tmp_path) as store:
        store.check()
        assert [note.id for note in store.notes()] == [2]
        assert store.commits() == ["abc"]
        assert [note.id for note in store.replaced_by(2)] == [1]
        assert store.memory_diff("abc", "abc") == []
        assert [turn.question for turn in store.turns("s")] == ["why?"]
        assert store.deep_steps("a pass") == []


@pytest.mark.parametrize("version", WITHOUT_NOTE_COUNTS)
def test_readings_of_an_old_database_have_their_notes(tmp_path: Path, version: int) -> None:
    make_old(tmp_path, version)
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("INSERT INTO reading (content_id, depth, model, step) VALUES ('c','read','m',1)")
    db.close()
    with open_store(tmp_path) as store:
        assert [note.id for note in store.reading_notes("c", "m")] == [1]


@pytest.mark.parametrize("container", ["", "Box", "2"])
def test_a_symbol_of_an_old_database_keeps_its_container(tmp_path: Path, container: str) -> None:
    make_old(tmp_path, 1 + MIGRATIONS.index(migrations.keep_less))
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.executescript(
            "INSERT INTO file VALUES ('a.py', 'b', 1, 'python', '', '');"
            "INSERT INTO file_number VALUES (1, 'a.py'); INSERT INTO name VALUES (1, 'open');"
            "INSERT INTO path_word VALUES ('a', 1);"
            "INSERT INTO definition (file, name, qualified, kind, start, end, start_byte, "
            "end_byte, signature, doc, container) "
            f"VALUES (1, 1, 'Box.open', 'method', 1, 1, 0, 9, '', '', '{container}');"
        )
    db.close()
    with open_store(tmp_path) as store:
        assert [stored.symbol.container for stored in store.symbols()] == [container]
        assert store.paths_with_any(["a"]) == ["a.py"]


def test_every_step_says_why() -> None:
    for step in MIGRATIONS:
        assert step.__doc__


def test_a_step_that_fails_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(tmp_path, 1)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (done)")
        raise RuntimeError

    monkeypatch.setattr(migrations, "MIGRATIONS", [MIGRATIONS[0], fail])
    with pytest.raises(RuntimeError):
        open_store(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 1
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    db.close()
    assert not names & {"life", "half"}
    monkeypatch.undo()
    open_store(tmp_path).close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(NewerStore) as raised:
        open_store(tmp_path)
    assert "Upgrade" in raised.value.hint


def test_words_without_spaces_are_indexed_in_an_old_database(tmp_path: Path) -> None:
    version = MIGRATIONS.index(migrations.index_unspaced_scripts) + 1
    make_old(tmp_path, version)
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.executescript(
            """
            INSERT INTO file VALUES ('订单.py', 'b', 1, 'python', '', '');
            INSERT INTO chunk (id, path, start, "end", start_byte, end_byte, kind, module, symbols,
                tokens, content_id, enclosing, text, outline, redacted)
                VALUES
                (1, '订单.py', 1, 1, 0, 9, 'code', '', '[]', 1, 'c', '', '优惠券过期', '', 0);
            INSERT INTO source_words (rowid, words) VALUES (1, '订单 py 优惠券过期');
            """
        )
    db.close()
    with open_store(tmp_path) as store:
        assert [row for row, _ in store.search("source", ["过期"], 9)] == [1]
        assert [row for row, _ in store.search("source", ["订单"], 9)] == [1]
        assert store.source_has_word("优惠券过期")
