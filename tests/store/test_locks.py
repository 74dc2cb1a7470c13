"""The writer's lock: one process has it, its end frees it, and readers never wait for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repo_mhm.errors import StoreError, StoreLocked
from repo_mhm.store import (
    brief_writer_lock,
    open_store,
    queued_brief_lock,
    writer_lock,
    writes_at_length,
)
from tests.patience import PATIENCE

HOLDS_THE_LOCK = (
    "import sys; from pathlib import Path; from repo_mhm.store import writer_lock\n"
    "with writer_lock(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
)
COMES_AND_GOES = (
    "import sys; from pathlib import Path; from repo_mhm.store import writer_lock\n"
    "print(flush=True)\nwhile True:\n    with writer_lock(Path(sys.argv[1])): pass"
)


def test_only_one_process_writes_and_the_error_names_it(tmp_path: Path) -> None:
    args = [sys.executable, "-c", HOLDS_THE_LOCK, str(tmp_path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(StoreLocked) as raised, writer_lock(tmp_path):
            pass
        assert str(other.pid) in raised.value.message
        assert "index --wait" in raised.value.hint
        open_store(tmp_path).close()
        other.kill()
    with writer_lock(tmp_path, wait_seconds=PATIENCE):
        pass
    assert not (tmp_path / "index.pid").exists()


def test_a_reader_may_open_while_writers_come_and_go(tmp_path: Path) -> None:
    """Their mark vanishes between two looks at it."""
    open_store(tmp_path).close()
    args = [sys.executable, "-c", COMES_AND_GOES, str(tmp_path)]
    with subprocess.Popen(args, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline()
        for _ in range(150):
            open_store(tmp_path).close()
        assert other.poll() is None
        other.kill()


WRITES_BRIEFLY = (
    "import sys; from pathlib import Path; from repo_mhm.store import brief_writer_lock\n"
    "with brief_writer_lock(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.readline()"
)
WAITS_BRIEFLY = (
    "import sys; from pathlib import Path; from repo_mhm.store import queued_brief_lock\n"
    "print(flush=True)\n"
    "with queued_brief_lock(Path(sys.argv[1]), wait_seconds=9999) as has_lock: print(has_lock)"
)


def test_a_writer_waits_for_one_that_writes_briefly(tmp_path: Path) -> None:
    tmp_path.joinpath("x").touch()
    args = [sys.executable, "-c", WRITES_BRIEFLY, str(tmp_path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == b"locked\n"
        assert not writes_at_length(tmp_path)
        with brief_writer_lock(tmp_path) as has_lock:
            assert not has_lock
        timer = threading.Timer(
            1.0, lambda stdin: (stdin.write(b"\n"), stdin.flush()), [other.stdin]
        )
        timer.start()
        with writer_lock(tmp_path):
            assert writes_at_length(tmp_path)
        timer.join()


def test_only_one_process_waits_to_write_briefly(tmp_path: Path) -> None:
    args = [sys.executable, "-c", WAITS_BRIEFLY, str(tmp_path)]
    with brief_writer_lock(tmp_path) as has_lock:
        assert has_lock
        waiting = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        assert waiting.stdout
        waiting.stdout.readline()
        deadline = time.monotonic() + PATIENCE
        is_queued = False
        while not is_queued and time.monotonic() < deadline:
            with queued_brief_lock(tmp_path, wait_seconds=0.0):
                pass
            second = subprocess.run(args, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
            is_queued = second.stdout.split() == ["False"]
        assert is_queued
    assert waiting.communicate(timeout=PATIENCE)[0].split() == ["True"]


def test_after_a_writer_was_killed_the_database_is_checked_before_anything_is_written(
    tmp_path: Path,
) -> None:
    open_store(tmp_path).close()
    args = [sys.executable, "-c", HOLDS_THE_LOCK, str(tmp_path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        other.kill()
    with brief_writer_lock(tmp_path, wait_seconds=PATIENCE) as has_lock:
        assert not has_lock
    open_store(tmp_path).close()
    with brief_writer_lock(tmp_path) as has_lock:
        assert has_lock


def test_a_folder_that_is_deleted_while_it_is_written_is_an_error_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with (
        pytest.raises(StoreError, match="No such file") as raised,
        writer_lock(folder),
        open_store(folder) as store,
    ):
        shutil.rmtree(folder)
        with store.large_cache():
            pass
    assert raised.value.hint.endswith("run the command again")
    with writer_lock(folder):
        shutil.rmtree(folder)
    with writer_lock(folder):
        assert folder.exists()
