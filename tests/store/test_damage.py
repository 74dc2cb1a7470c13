"""Real damage to pages and the log: it is an error or harmless, and what is sound is kept."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.errors import DamagedStore
from repo_mhm.memory.notes import CHUNK, Note, Step
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import DATABASE, Store, connection, open_store, repair, writer_lock

LOG = f"{DATABASE}-wal"
NOTES = 60
TRIALS = int(os.environ.get("REPO_MHM_TEST_EXAMPLES", "5")) * 4


def record(store: Store, numbers: range) -> None:
    for number in numbers:
        anchor, content = f"a.py:{number}-{number}", f"c{number}"
        note = Note(
            number, 0, CHUNK, anchor, "a.py", f"number {number} " * 30, 9, (content,), "read", 0.5
        )
        store.record(Step(0, "note", content, "a.py", "read", (note,), ()), "m")


DIES = """
import os, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[2]).parent))
from test_damage import NOTES, open_store, record, writer_lock
lock = writer_lock(Path(sys.argv[1]))
lock.__enter__()
record(open_store(Path(sys.argv[1])), range(NOTES + 1, 2 * NOTES + 1))
os._exit(9)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A memory with notes, and as many more in the log only: their writer was killed."""
    directory = tmp_path / "memory"
    with open_store(directory) as store:
        record(store, range(1, NOTES + 1))
    process = subprocess.run([sys.executable, "-c", DIES, str(directory), __file__], check=False)
    assert process.returncode == 9
    assert (directory / LOG).stat().st_size > 100_000
    return directory


def test_a_log_cut_anywhere_leaves_whole_steps(killed: Path, tmp_path: Path) -> None:
    chance = random.Random(7)
    raw = (killed / LOG).read_bytes()
    lengths = set()
    for trial in range(TRIALS):
        copy = tmp_path / f"copy{trial}"
        shutil.copytree(killed, copy)
        (copy / f"{DATABASE}-shm").unlink(missing_ok=True)
        (copy / LOG).write_bytes(raw[: chance.randrange(len(raw))])
        with open_store(copy) as store:
            ids = [note.id for note in store.notes()]
            assert ids == list(range(1, len(ids) + 1)), (
                "what is there is a beginning of what was written"
            )
            assert NOTES <= len(ids) <= 2 * NOTES
            assert store.read_contents() == {f"c{number}" for number in ids}
            assert store._fetch_first("PRAGMA integrity_check")[0] == "ok"  # type: ignore[index]
            lengths.add(len(ids))
        assert not (copy / "index.pid").exists(), "it was checked after the kill"
    assert len(lengths) > 2


def test_the_damaged_database_and_its_log_keep_every_byte(killed: Path) -> None:
    raw = bytearray((killed / DATABASE).read_bytes())
    page = 4096 * (len(raw) // 4096 // 2)
    raw[page : page + 3 * 4096] = os.urandom(3 * 4096)
    (killed / DATABASE).write_bytes(raw)
    log = (killed / LOG).read_bytes()
    result = repair(killed)
    assert result.damaged_file.read_bytes() == raw
    assert result.damaged_file.with_name(f"{result.damaged_file.name}-wal").read_bytes() == log
    assert result.notes > NOTES, "notes that only the log had are saved too"
    with open_store(killed) as store:
        assert len(store.notes()) == result.notes


def damage_page(path: Path, chance: random.Random) -> None:
    """Zeros, noise or another page where a page was; the first, which opening reads, stays."""
    raw = bytearray(path.read_bytes())
    at, other = (4096 * chance.randrange(1, len(raw) // 4096) for _ in range(2))
    new = [bytes(4096), chance.randbytes(4096), raw[other : other + 4096]]
    raw[at : at + 4096] = chance.choice(new)
    path.write_bytes(raw)


@pytest.mark.slow
def test_damage_to_a_page_is_an_error_or_harmless_and_can_be_repaired(tmp_path: Path) -> None:
    chance = random.Random(3)
    whole = tmp_path / "whole"
    source = b"".join(
        b"def f%d(x):\n    return x + %d\n\n\n" % (number, number) for number in range(400)
    )
    with open_store(whole) as store:
        store.put_file(scan_bytes("a.py", source, "b", texts=True))
        record(store, range(1, NOTES + 1))
        texts = {note.id: note.text for note in store.notes()}
        chunks = [stored.chunk for stored in store.chunks()]
    errors = 0
    for trial in range(TRIALS):
        copy = tmp_path / f"copy{trial}"
        shutil.copytree(whole, copy)
        damage_page(copy / DATABASE, chance)
        raw = (copy / DATABASE).read_bytes()
        try:
            with writer_lock(copy), open_store(copy) as store:
                assert {note.id: note.text for note in store.notes()} == texts
                assert [stored.chunk for stored in store.chunks()] == chunks
        except DamagedStore as exc:
            errors += 1
            assert "doctor --repair" in exc.hint
        (copy / DATABASE).write_bytes(raw)
        result = repair(copy)
        assert result.damaged_file.read_bytes() == raw
        with open_store(copy) as store:
            saved = {note.id: note.text for note in store.notes()}
            assert saved.items() <= texts.items()
            assert len(saved) == result.notes
    assert errors > TRIALS / 3


def test_a_database_is_checked_before_it_is_written_to(tmp_path: Path) -> None:
    """Its last writer ended well; the disk did it."""
    _damage(tmp_path)
    open_store(tmp_path).close()
    with pytest.raises(DamagedStore), writer_lock(tmp_path), open_store(tmp_path):
        pass
    with pytest.raises(DamagedStore):
        open_store(tmp_path)  # the mark stays, so everybody checks it


def test_a_large_database_is_checked_only_after_a_writer_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_CHECKED_BYTES", 4096)
    _damage(tmp_path)
    with writer_lock(tmp_path):
        open_store(tmp_path).close()
        mark = (tmp_path / "index.pid").read_bytes()
    (tmp_path / "index.pid").write_bytes(mark.replace(str(os.getpid()).encode(), b"999999999"))
    with pytest.raises(DamagedStore):
        open_store(tmp_path)


def _damage(directory: Path) -> None:
    """Empty a page that is not read until it is needed."""
    with open_store(directory) as store:
        record(store, range(1, NOTES + 1))
        root = store._fetch_first(
            "SELECT rootpage FROM sqlite_master WHERE name = 'note_chunk_content'"
        )[0]  # type: ignore[index]
        page = store._fetch_all("PRAGMA page_size")[0][0]
    raw = bytearray((directory / DATABASE).read_bytes())
    raw[(root - 1) * page : root * page] = bytes(page)
    (directory / DATABASE).write_bytes(raw)
