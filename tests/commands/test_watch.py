"""Watch: the memory follows the repository, from a process of its own and from git's hooks."""

from __future__ import annotations

import os
import shlex
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.commands import watch as watching
from repo_mhm.git import hooks, open_snapshot
from repo_mhm.git.hook_scripts import REFRESHES
from repo_mhm.memory.index_run import IndexResult
from repo_mhm.source.scan import scan
from repo_mhm.store import find_store, open_store, queued_lock, writer_lock
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo

pytestmark = pytest.mark.slow

SCRIPTED = Path(scripted_cli.__file__)


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(
        {f"m{number}.py": f"def f{number}():\n    return {number}\n" for number in range(4)}
    )


def state(repo: TestRepo) -> Path:
    return repo.root / ".git" / "repo-mhm"


def contents(repo: TestRepo) -> set[str]:
    return {chunk.content_id for file in scan(open_snapshot(repo.root)) for chunk in file.chunks}


def read_now(repo: TestRepo) -> bool:
    """Whether the memory has exactly the chunks of the repository, and all were read."""
    store = find_store(state(repo))
    if store is None:
        return False
    with store:
        return (
            {stored.chunk.content_id for stored in store.chunks()}
            == contents(repo)
            <= store.read_contents()
        )


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.05)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "choose_model", scripted_cli.scripted)
    monkeypatch.setattr(watching, "NICENESS", 0)


@pytest.mark.usefixtures("engine")
def test_every_change_is_a_round(repo: TestRepo) -> None:
    def changes(_: Path) -> Iterator[None]:
        yield
        repo.write({"m1.py": "def changed():\n    return 1\n"})
        yield
        repo.commit({"new.py": "x = 1\n"})
        yield

    results = [
        event for event in watching.watch(repo.root, {}, changes) if isinstance(event, IndexResult)
    ]
    # A step for each chunk, and one for the purposes of each head.
    assert [(result.chunks, result.steps) for result in results] == [(4, 8), (4, 2), (5, 2)]
    with open_store(state(repo)) as store:
        assert {stored.chunk.content_id for stored in store.chunks()} == contents(repo)


@pytest.mark.usefixtures("engine")
def test_where_another_process_waits_to_refresh_nothing_is_done(repo: TestRepo) -> None:
    with writer_lock(state(repo)):
        # It takes the only turn in the queue and waits for this lock until it is killed.
        code = (
            "import sys, pathlib, repo_mhm.store\n"
            "with repo_mhm.store.queued_lock(pathlib.Path(sys.argv[1])): pass"
        )
        with subprocess.Popen([sys.executable, "-c", code, str(state(repo))]) as waiting:
            eventually(lambda: not _is_free(state(repo)))
            assert list(watching.refresh_once(repo.root, {})) == []
            waiting.kill()
    assert [
        event.steps
        for event in watching.refresh_once(repo.root, {})
        if isinstance(event, IndexResult)
    ] == [8]


def _is_free(directory: Path) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(directory / "queue.lock", timeout=0):
            return True
    except Timeout:
        return False


def test_the_queue_lock_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with queued_lock(tmp_path) as mine:
            assert mine
            assert _is_free(tmp_path)


def test_a_real_watch_sees_edits_and_commits_and_ends_at_ctrl_c(repo: TestRepo) -> None:
    command = [sys.executable, str(SCRIPTED), "watch", str(repo.root)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "8 steps" in process.stdout.readline()
        repo.write({"m2.py": "def other():\n    return 2\n"})
        assert "2 steps" in process.stdout.readline()
        repo.commit({"m3.py": "def third():\n    return 3\n"})
        assert "2 steps" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=10)
        assert process.returncode == 130
        assert "Traceback" not in error


def test_a_commit_in_a_linked_worktree_is_seen(repo: TestRepo) -> None:
    linked = TestRepo(repo.root.with_name("linked"))
    repo.git("worktree", "add", "--quiet", str(linked.root))
    changes = watching.changes_below(linked.root)
    assert not next(changes)
    linked.git("commit", "--quiet", "--allow-empty", "--message", "nothing but a commit")
    assert any(Path(path).name in {"HEAD", "linked"} for _, path in next(changes))
    changes.close()


def test_what_changes_during_the_first_index_is_read_too(repo: TestRepo) -> None:
    """And all of it at low priority."""
    command = [sys.executable, str(SCRIPTED), "watch", str(repo.root)]
    slow = {**os.environ, "TEST_STEP_SECONDS": "0.5"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=slow
    ) as process:
        eventually(lambda: bool(read_contents(repo)))
        repo.write({"late.py": "def late():\n    return 1\n"})
        eventually(lambda: read_now(repo))
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= watching.NICENESS
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert process.returncode == 130


def read_contents(repo: TestRepo) -> set[str]:
    store = find_store(state(repo))
    if store is None:
        return set()
    with store:
        return store.read_contents()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "repo-mhm"
    path.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(SCRIPTED))} "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_hooks_refresh_after_commit_checkout_merge_and_rebase(
    repo: TestRepo, program: Path
) -> None:
    for stage in REFRESHES:
        hooks.install(repo.root, stage, program)
    repo.commit({"m1.py": "def committed():\n    return 1\n"})
    eventually(lambda: read_now(repo))
    repo.git("checkout", "--quiet", "-b", "topic", "HEAD~1")
    repo.commit({"m0.py": "def topic():\n    return 1\n"})
    eventually(lambda: read_now(repo))
    repo.git("rebase", "--quiet", "main")
    eventually(lambda: read_now(repo))
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic")
    eventually(lambda: read_now(repo))
    assert "step" in (state(repo) / "refresh.log").read_text()


def test_a_refresh_hook_returns_at_once_and_runs_what_was_there(
    repo: TestRepo, tmp_path: Path
) -> None:
    slow = tmp_path / "slow"
    slow.write_text(f'#!/bin/sh\nsleep 2\necho "$*" >"{tmp_path}/called"\n')
    slow.chmod(0o755)
    path = repo.root / ".git" / "hooks" / "post-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho mine\nexit 4\n")
    path.chmod(0o755)
    hooks.install(repo.root, "post-commit", slow)
    took = []
    for _ in range(5):
        begun = time.monotonic()
        done = subprocess.run([path], cwd=repo.root, stdout=subprocess.PIPE, text=True, check=False)
        took.append(time.monotonic() - begun)
        assert (done.returncode, done.stdout) == (4, "mine\n")
    assert min(took) < 0.1, statistics.median(took)
    called = tmp_path / "called"
    eventually(lambda: called.exists() and called.read_text() == "watch --once\n")
    assert (
        subprocess.run([path], env={**os.environ, "REPO_MHM_SKIP": "1"}, check=False).returncode
        == 4
    )
    assert hooks.uninstall(repo.root, "post-commit")
    assert "mine" in path.read_text()
