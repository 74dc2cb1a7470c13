"""A few kills at system calls that change files; `scripts/kill_runs` makes a thousand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = int(os.environ.get("TEST_KILLS", "16"))


def can_trace() -> bool:
    """Whether strace is there and may watch a process, which containers often forbid."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_trace(), reason="strace cannot watch processes here")
def test_killed_at_any_change_of_a_file_no_command_loses_anything(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    args = ["--runs", str(RUNS), "--seed", "5", "--log", str(log), "--folder", str(tmp_path / "w")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.kill_runs", *args],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(rows) == RUNS
    # Most are killed; where a run writes a little less than the one that was recorded, it ends.
    assert sum(row["killed"] for row in rows) > RUNS / 2
