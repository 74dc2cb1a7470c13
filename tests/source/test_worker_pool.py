"""Worker pool: calls run in other processes, and whatever ends one leaves the pool usable."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from repo_mhm.source.worker_pool import WorkerDied, WorkerPool
from tests.patience import PATIENCE
from tests.source import worker_calls


def test_calls_run_in_another_process_and_results_come_back() -> None:
    with WorkerPool(1) as pool:
        first, second = pool.submit(worker_calls.process_id), pool.submit(worker_calls.process_id)
        assert first.result() == second.result() != os.getpid()
        assert pool.submit(sorted, [2, 1], reverse=True).result() == [2, 1]


def test_what_a_call_raises_reaches_the_caller() -> None:
    with WorkerPool(1) as pool:
        with pytest.raises(LookupError, match="no such thing"):
            pool.submit(worker_calls.fail, "no such thing").result()
        assert pool.submit(sorted, [2, 1]).result() == [1, 2]


def test_what_a_call_prints_stays_out_of_the_answers() -> None:
    with WorkerPool(1) as pool:
        assert pool.submit(worker_calls.chatter, "a").result() == "a"
        assert pool.submit(worker_calls.chatter, "b").result() == "b"


def test_a_worker_that_dies_is_replaced_and_leaves_nothing_open() -> None:
    with WorkerPool(1) as pool:
        first = pool.submit(worker_calls.process_id).result()
        before = worker_calls.open_files()
        for _ in range(3):
            with pytest.raises(WorkerDied):
                pool.submit(worker_calls.end_process).result()
        assert pool.submit(worker_calls.process_id).result() != first
        assert worker_calls.open_files() == before


def test_an_answer_that_cannot_be_unpickled_does_not_affect_the_next() -> None:
    with WorkerPool(1) as pool:
        with pytest.raises(TypeError):
            pool.submit(worker_calls.fail_with_what_cannot_travel).result()
        assert pool.submit(sorted, [2, 1]).result() == [1, 2]


def test_leaving_the_pool_ends_running_calls_and_drops_waiting_ones() -> None:
    begun = time.monotonic()
    with WorkerPool(1) as pool:
        pool.submit(sorted, [1]).result()
        running = pool.submit(time.sleep, 2 * PATIENCE)
        waiting = pool.submit(time.sleep, 2 * PATIENCE)
        while not running.running():
            time.sleep(0.01)
    assert time.monotonic() - begun < PATIENCE
    assert isinstance(running.exception(), WorkerDied)
    assert waiting.cancelled()


def test_workers_import_nothing_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "signal.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WorkerPool(1) as pool:
        assert pool.submit(os.getcwd).result() == tmp_path.anchor
        assert pool.submit(os.getenv, "PYTHONPATH").result() is None
