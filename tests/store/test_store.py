"""The database through its public seam: what goes in comes out, whatever happens to the process, disk or file."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.deep.reading import Taken
from repo_mhm.errors import DamagedStore, NewerStore, StoreError, StoreLocked
from repo_mhm.memory.notes import CHUNK, Note, Step
from repo_mhm.source.scan import ScannedFile, scan_bytes
from repo_mhm.source.symbols import Reference
from repo_mhm.store import (
    DATABASE,
    SCHEMA_VERSION,
    Store,
    find_store,
    open_store,
    repair,
    writer_lock,
)

SOURCE = b'def greet(name):\n    """Say hello."""\n    return f"hello {name}"\n\n\ndef part():\n    return greet("you")\n'


def scanned(path: str = "app.py", source: bytes = SOURCE, blob: str = "b1") -> ScannedFile:
    return scan_bytes(path, source, blob, texts=True)


def note(
    number: int, content: str, *, level: int = CHUNK, head: int = 0, text: str = "says hello"
) -> Note:
    return Note(
        number, head, level, f"app.py:{number}-{number}", "app.py", text, 9, (content,), "read", 0.5
    )


def take(store: Store, added: Note, retired: tuple[int, ...] = (), content: str = "c") -> int:
    return store.record(Step(added.head, "note", content, "app.py", "read", (added,), retired), "m")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "memory")


def test_a_scanned_file_comes_back_as_it_went_in(store: Store) -> None:
    found = scanned()
    store.put_file(found)
    assert [stored.chunk for stored in store.chunks()] == list(found.chunks)
    assert [stored.symbol for stored in store.symbols()] == list(found.symbols)
    assert sorted(store.references()) == sorted(found.references)
    assert store.blobs() == {"app.py": "b1"}
    assert {"greet", "part"} <= store.names()
    assert store.search("source", ["hello"], 5)
    assert store.search("symbol", ["greet"], 5)


def test_putting_a_file_again_replaces_everything_under_its_path(store: Store) -> None:
    store.put_file(scanned())
    store.put_file(scanned(source=b"def other():\n    pass\n", blob="b2"))
    assert [stored.symbol.name for stored in store.symbols()] == ["other"]
    assert not store.search("source", ["hello"], 5)
    assert not store.search("symbol", ["greet"], 5)
    store.remove_files(["app.py"])
    assert (
        not store.chunks() and not store.symbols() and not store.references() and not store.blobs()
    )


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=30)
@given(anchor=text, path=text, said=text, level=st.integers(0, 3), chunks=st.sets(st.text(max_size=8).filter(
    lambda found: not any(0xD800 <= ord(char) < 0xE000 for char in found)), min_size=1, max_size=4))  # fmt: skip
def test_notes_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    anchor: str,
    path: str,
    said: str,
    level: int,
    chunks: set[str],
) -> None:
    with open_store(tmp_path_factory.mktemp("store")) as store:
        made = Note(7, 1, level, anchor, path, said, 3, tuple(sorted(chunks)), "read", 0.25)
        take(store, made)
        (back,) = store.notes()
        assert (*sorted(back.chunks),) == made.chunks
        assert (
            back.anchor == anchor
            and back.path == path
            and back.text == said
            and back.level == level
        )


def test_a_transaction_is_all_or_nothing_also_inside_another(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.set_meta(a="1")
        raise KeyboardInterrupt
    assert store.meta("a") == ""
    with store.transaction():
        store.set_meta(a="1")
        with pytest.raises(RuntimeError), store.transaction():
            store.set_meta(b="2")
            raise RuntimeError
        store.set_meta(c="3")
    assert (store.meta("a"), store.meta("b"), store.meta("c")) == ("1", "", "3")


def test_a_full_disk_keeps_what_was_finished(store: Store) -> None:
    take(store, note(1, "c"))
    store._db.execute("PRAGMA max_page_count = 60")
    with pytest.raises(StoreError) as raised:
        for number in range(2, 2000):
            take(store, note(number, "c", text="long words " * 40))
    assert "full" in raised.value.message and "free" in raised.value.hint
    kept = len(store.notes())
    assert kept >= 1
    store._db.execute("PRAGMA max_page_count = 100000")
    take(store, note(5000, "c"))
    assert len(store.notes()) == kept + 1


def test_readers_neither_wait_nor_see_half_a_step(store: Store) -> None:
    take(store, note(1, "c"))
    with open_store(store.path.parent) as reader, store.transaction():
        take(store, note(2, "c"), retired=(1,))
        assert [found.id for found in reader.notes()] == [1]
    with open_store(store.path.parent) as reader:
        with reader.view():
            assert [found.id for found in reader.notes()] == [2]
            take(store, note(3, "c"), retired=(2,))
            assert [found.id for found in reader.notes()] == [2]
        assert [found.id for found in reader.notes()] == [3]


def test_the_database_is_private_and_made_only_when_asked(tmp_path: Path) -> None:
    assert find_store(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
    open_store(tmp_path / "made").close()
    assert stat.S_IMODE((tmp_path / "made" / DATABASE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(NewerStore) as raised:
        open_store(tmp_path)
    assert "upgrade" in raised.value.hint


def test_a_database_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.set_meta(commit="abc")
        take(store, note(1, "c"))
        take(store, note(2, "c"), retired=(1,))
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.executescript(
            "DROP TABLE life; DROP INDEX step_commit; DROP INDEX step_failed; UPDATE note SET checksum = 0;"
            "DROP TABLE taken;"
            "ALTER TABLE step DROP COLUMN commit_id; PRAGMA user_version = 1;"
        )
    with open_store(tmp_path) as store:
        assert [found.id for found in store.notes()] == [2]
        assert store.commits() == ["abc"]
        assert [found.id for found in store.replaced_by(2)] == [1]
        store.add_deep_step("a pass", Taken("c", "a.py", 0, memory="text"))
        assert [step.memory for step in store.deep_steps("a pass")] == ["text"]


def damage(path: Path, kind: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(path.read_bytes())
    if kind == "truncated":
        raw = raw[: len(raw) // 2]
    elif kind == "not a database":
        raw = bytearray(b"hello, this is not a database\n" * 400)
    elif kind == "overwritten":
        page = 4096 * (len(raw) // 4096 // 2)
        raw[page : page + 4 * 4096] = os.urandom(4 * 4096)
    else:
        at = raw.index(b"tells what number 7")
        raw[at : at + 5] = b"TELLS"
    path.write_bytes(bytes(raw))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("kind", ["truncated", "not a database", "overwritten", "changed text"])
def test_damage_is_told_and_what_is_sound_is_salvaged(tmp_path: Path, kind: str) -> None:
    with open_store(tmp_path) as store:
        for number in range(200):
            found = note(number + 1, f"c{number}", text=f"tells what number {number} does " * 6)
            take(store, found, content=f"c{number}")
        store.add_turn("s", "why?", "because", {})
    damage(tmp_path / DATABASE, kind)
    raw = (tmp_path / DATABASE).read_bytes()
    (tmp_path / "index.pid").write_text("1\n")
    with pytest.raises(DamagedStore) as raised, open_store(tmp_path) as store:
        store.notes(live=False)
        store.search("note", ["number"], 500)
    assert "doctor" in raised.value.hint
    result = repair(tmp_path)
    assert result.damaged_file.read_bytes() == raw
    assert str(result.damaged_file) in str(result)
    with open_store(tmp_path) as store:
        saved = store.notes()
        assert len(saved) == result.notes
        if kind == "changed text":
            assert result.notes == 199 and result.lost_notes == 1 and result.readings == 199
            assert [(turn.question, turn.answer) for turn in store.turns("s")] == [("why?", "because")]
            assert len(store.search("note", ["number"], 500)) == 199
        for found in saved:
            assert found.text.startswith(f"tells what number {found.id - 1} ")
        take(store, note(900, "c"))
        assert store._one("PRAGMA integrity_check")[0] == "ok"  # type: ignore[index]


def test_salvaging_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        repair(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_a_forbidden_database_is_told(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / DATABASE).chmod(0)
    with pytest.raises(StoreError):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as raised:
        open_store(tmp_path / "file" / "memory")
    assert "permissions" in raised.value.hint


def test_only_one_process_writes_and_the_other_is_told_who(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from repo_mhm.store import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    args = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked) as raised, writer_lock(tmp_path):
            pass
        assert str(other.pid) in raised.value.message
        open_store(tmp_path).close()
        other.kill()
    with writer_lock(tmp_path, wait_seconds=5):
        pass
    assert not (tmp_path / "index.pid").exists()


def test_hundred_thousand_references_go_in_quickly(store: Store) -> None:
    references = tuple(
        Reference(f"name{number % 9000}", "app.py", number, "name") for number in range(100_000)
    )
    found = scanned()
    store.put_file(
        ScannedFile(
            "app.py", "b", "python", 1, found.chunks, found.symbols, references, texts=found.texts
        )
    )
    assert len(store.names()) >= 9000
    assert [one.name for one in store.references()].count("name7") == 12
