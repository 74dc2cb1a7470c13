"""The writer's lock: one process has it, its end frees it, and readers never wait for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.errors import StoreLocked
from repo_mhm.store import open_store, writer_lock

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
    with writer_lock(tmp_path, wait_seconds=5):
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
