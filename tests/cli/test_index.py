"""`repo-mhm index` as a real process: its output, its end, and how it shares the database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repo_mhm.store import open_store, writer_lock
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE
from tests.store.test_crash import SCRIPTED, sources, state

pytestmark = pytest.mark.slow


def run(
    repo: TestRepo, *args: str, command: str = "index", **variables: str
) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(SCRIPTED), command, str(repo.root), *args]
    return subprocess.run(
        line, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **variables}
    )


FIELDS = set(
    "schema commit steps skipped chunks notes seconds prefill_tokens generated_tokens model".split()
)
"""Of `index --json`, from DESIGN §12."""


def test_index_prints_what_the_design_promises_and_then_has_nothing_to_do(
    make_repo: MakeRepo,
) -> None:
    repo = make_repo(sources(4))
    done = run(repo, "--json")
    first = json.loads(done.stdout.splitlines()[-1])
    assert first.keys() >= FIELDS
    assert first["commit"] == repo.git("rev-parse", "HEAD")
    assert first["steps"] and first["notes"] and first["model"] == "scripted"
    again = json.loads(run(repo, "--json").stdout.splitlines()[-1])
    assert (again["steps"], again["skipped"], again["notes"]) == (
        0,
        first["chunks"],
        first["notes"],
    )
    assert "nothing to do" in run(repo).stdout


def test_stats_say_where_time_and_memory_went(make_repo: MakeRepo) -> None:
    repo = make_repo({**sources(2), "poetry.lock": "x\n", "broken.py": "def half(:\n    )))\n"})
    text = run(repo, "--stats").stdout
    for said in ("scan the files", "read with the model", "total", "database:"):
        assert said in text
    assert "left out because" in text and "1 file with parse errors" in text
    stats = json.loads(run(repo, "--stats", "--json").stdout.splitlines()[-1])["stats"]
    assert stats["files"] == 3 and stats["parse_errors"].keys() == {"broken.py"}
    assert "list the files" in {stage["name"] for stage in stats["stages"]}
    parsing = "parsing      2 lines of broken.py could not be parsed"
    assert parsing in run(repo, command="status").stdout
    refused = run(repo, "--stats", "--dry-run")
    assert refused.returncode == 2 and "Leave out one of the two" in refused.stderr


def test_a_dry_run_changes_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo(sources(4))
    planned = json.loads(run(repo, "--dry-run", "--json").stdout)
    assert planned["steps"] >= planned["chunks"] > 0 and planned["tokens"] > 0
    with open_store(state(repo)) as store:
        assert not store.chunk_count() and not store.meta("plan")
    assert "step" in run(repo, "--dry-run").stdout


def test_a_dry_run_needs_no_model_file(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo(sources(4))
    command = [sys.executable, "-m", "repo_mhm", "index", str(repo.root), "--dry-run"]
    no_models = {**os.environ, "REPO_MHM_MODELS_DIR": str(tmp_path / "none")}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env=no_models, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "useful" in done.stdout and "at an assumed speed" in done.stdout
    assert "repo-mhm model pull" in done.stdout


@pytest.mark.parametrize("files", [{}, {"empty.py": ""}])
def test_there_may_be_nothing_to_read(
    make_repo: MakeRepo, files: dict[str | bytes, str | bytes]
) -> None:
    done = run(make_repo(files), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["chunks"] == 0


def test_an_interrupt_ends_it_at_once_and_keeps_what_is_finished(make_repo: MakeRepo) -> None:
    repo = make_repo(sources())
    env = {**os.environ, "TEST_STEP_SECONDS": "1"}
    args = [sys.executable, str(SCRIPTED), "index", str(repo.root)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        wait_for_notes(state(repo))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"Traceback" not in err
    with open_store(state(repo)) as store:
        assert store.notes()
        assert len(store.read_contents()) < store.chunk_count() // 2
    assert not (state(repo) / "index.pid").exists()


def wait_for_notes(directory: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(0.02)
        if (directory / "memory.db").exists():
            with open_store(directory) as store:
                if store.live_note_ids():
                    return
    raise AssertionError("no note was written")


def test_a_budget_is_kept_and_a_later_run_goes_on(make_repo: MakeRepo) -> None:
    repo = make_repo(sources())
    first = json.loads(run(repo, "--json", "--budget", "1s", TEST_STEP_SECONDS="0.5").stdout)
    # How many steps a second is enough for depends on the machine, so only what is left counts.
    assert first["left"] and first["ended"] == "time"
    second = json.loads(run(repo, "--json", "--all").stdout)
    assert second["steps"] == first["left"] and second["left"] == 0


def test_a_second_index_says_who_is_at_work_or_waits(make_repo: MakeRepo) -> None:
    repo = make_repo(sources(2))
    with writer_lock(state(repo)):
        refused = run(repo)
        assert refused.returncode == 1
        assert str(os.getpid()) in refused.stderr and "hint" in refused.stderr
        args = [
            sys.executable,
            str(SCRIPTED),
            "index",
            str(repo.root),
            "--wait",
            f"{PATIENCE:.0f}s",
        ]
        waiting = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.6)
        assert waiting.poll() is None
    waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0


def test_readers_never_wait_for_a_writer(make_repo: MakeRepo) -> None:
    repo = make_repo(sources(2))
    run(repo)
    with writer_lock(state(repo)), open_store(state(repo)) as store, store.transaction():
        store.set_meta(half="done")
        done = run(repo, "--json", command="status")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["chunks"] > 0
