"""A sound memory is read where nothing can be written, and the error of a write names the cause."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.errors import DamagedStore, UnwritableStore
from repo_mhm.store import DATABASE, find_store, make_room, open_store
from repo_mhm.store import cleanup as cleanup_module
from repo_mhm.store import errors as errors_module

READS = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
from repo_mhm.errors import StoreError
from repo_mhm.store import find_store, open_store
directory = Path(sys.argv[1])
with find_store(directory) as store:
    print(store.meta("key"))
    for write in (lambda: store.set_meta(key="other"), lambda: open_store(directory)):
        try:
            write()
        except StoreError as exc:
            print(type(exc).__name__, exc.message, "|", exc.hint)
print(sorted(file.name for file in directory.iterdir()))
"""


@pytest.mark.parametrize("with_log", [False, True])
def test_a_sound_memory_is_read_where_no_file_can_grow(tmp_path: Path, with_log: bool) -> None:
    """As on a full disk: SQLite can make neither its log nor the shared memory beside it."""
    directory = tmp_path / "memory"
    with open_store(directory) as store:
        store.set_meta(key="first")
    if with_log:
        writer = f"""
import os
from pathlib import Path
from repo_mhm.store import open_store
store = open_store(Path({str(directory)!r}))
store.set_meta(key="first in the log")
os._exit(9)
"""
        subprocess.run([sys.executable, "-c", writer], check=False)
        (directory / f"{DATABASE}-shm").unlink()

    done = subprocess.run(
        [sys.executable, "-c", READS, str(directory)], capture_output=True, text=True, check=True
    )
    value, *errors, files = done.stdout.splitlines()
    assert value == ("first in the log" if with_log else "first")
    assert len(errors) == 2
    for error in errors:
        assert error.startswith(f"UnwritableStore {directory / DATABASE} cannot be written: ")
        assert "ulimit -f" in error
    assert "memory.db" in files


def test_a_full_disk_is_named_with_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        store._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(UnwritableStore, match="the disk is full") as error:
            for number in range(1000):
                store.set_meta(**{f"key{number}": "x" * 5000})
    assert str(tmp_path / DATABASE) in error.value.message
    assert "repo-mhm gc" in error.value.hint


def test_gc_makes_room_only_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(tmp_path).close()
    state = tmp_path / "state"
    state.mkdir()
    (state / "memory.kv").write_bytes(b"x" * 9000)
    assert make_room(tmp_path) == 0
    assert (state / "memory.kv").exists()

    monkeypatch.setattr(cleanup_module, "is_disk_full", lambda _: True)
    assert make_room(tmp_path) >= 9000
    assert not (state / "memory.kv").exists()
    assert (tmp_path / DATABASE).exists()


def test_a_disk_error_without_a_known_cause_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limit)
    open_store(tmp_path).close()
    assert errors_module.unwritable_error(tmp_path / DATABASE, "disk I/O error") is None


def test_damage_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / DATABASE).write_bytes(b"not a database\\n" * 300)
    with pytest.raises(DamagedStore):
        find_store(tmp_path)
