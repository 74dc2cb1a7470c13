"""Watch: the memory follows the repository, from a process of its own and from git's hooks."""

from __future__ import annotations

import json
import os
import shlex
import signal
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
from tests.patience import PATIENCE

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


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
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
        # It takes the only turn in the queue and waits for this lock until it is killed. It asks
        # again where it gets no turn, as `_is_free` takes the turn for a moment to look.
        code = (
            "import sys, pathlib, repo_mhm.store\n"
            "while True:\n"
            "    with repo_mhm.store.queued_lock(pathlib.Path(sys.argv[1])): pass"
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
    """Whether nobody has the turn in the queue; whoever asks for it meanwhile gets none."""
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
        _, error = process.communicate(timeout=PATIENCE)
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
        process.communicate(timeout=PATIENCE)
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


@pytest.fixture
def indexed(repo: TestRepo) -> TestRepo:
    run(repo, "index", "--all")
    return repo


def run(repo: TestRepo, *arguments: str, **variables: str) -> str:
    """What the scripted command line says."""
    done = subprocess.run(
        [sys.executable, str(SCRIPTED), *arguments],
        cwd=repo.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
    )
    return done.stdout + done.stderr


def log(repo: TestRepo) -> str:
    path = state(repo) / "refresh.log"
    return path.read_text() if path.exists() else ""


def install(repo: TestRepo, program: Path, budget: str = "2m") -> None:
    for stage in REFRESHES:
        hooks.install(repo.root, stage, program, ["--budget", budget])


def test_hooks_refresh_after_commit_checkout_merge_and_rebase(
    indexed: TestRepo, program: Path
) -> None:
    repo = indexed
    install(repo, program)
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
    eventually(lambda: "step" in log(repo))
    first, *_ = log(repo).splitlines()
    assert "a refresh begins, 2 min at most, after post-commit" in first


def test_a_repository_that_was_never_indexed_gets_no_refresh(repo: TestRepo) -> None:
    said = run(repo, "hook", "install", "--refresh")
    assert "never indexed" in said and "Run `repo-mhm index`" in said
    assert not any((repo.root / ".git" / "hooks" / stage).exists() for stage in REFRESHES)
    assert not state(repo).exists()


def test_a_hook_that_runs_where_nothing_was_indexed_does_nothing(
    repo: TestRepo, program: Path
) -> None:
    install(repo, program)
    repo.commit({"m1.py": "def committed():\n    return 1\n"})
    assert not state(repo).exists()

    # A question scans, but reads nothing.
    run(repo, "ask", "--no-model", "what does f1 return?")
    repo.commit({"m1.py": "def again():\n    return 1\n"})
    eventually(lambda: "never indexed; run `repo-mhm index`" in log(repo))
    assert not read_contents(repo)


def start_long_refresh(repo: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit with a hook installed, whose refresh then takes five minutes."""
    install(repo, program)
    monkeypatch.setenv("TEST_WORK_SECONDS", "300")
    repo.commit({"m1.py": "def committed():\n    return 1\n"})


def test_a_refresh_that_runs_is_shown_and_ends_when_its_hook_is_removed(
    indexed: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = indexed
    start_long_refresh(repo, program, monkeypatch)
    eventually(lambda: "running      a refresh" in run(repo, "status"))
    running = json.loads(run(repo, "status", "--json"))["running"]
    assert running["task"] == "refresh" and running["seconds"] >= 0

    assert "post-commit" in run(repo, "hook", "uninstall")
    eventually(lambda: not is_alive(int(running["process"])))
    assert "ended, as its hook was removed" in log(repo).splitlines()[-1]
    assert json.loads(run(repo, "status", "--json"))["running"] is None


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_refresh_that_was_killed_is_not_shown_as_running(
    indexed: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = indexed
    start_long_refresh(repo, program, monkeypatch)
    eventually(lambda: "running" in run(repo, "status"))
    process = int(json.loads(run(repo, "status", "--json"))["running"]["process"])
    os.kill(process, signal.SIGKILL)
    eventually(lambda: "running" not in run(repo, "status"))


def test_a_refresh_keeps_its_time(
    indexed: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = indexed
    install(repo, program, budget="1s")
    monkeypatch.setenv("TEST_WORK_SECONDS", "300")
    repo.commit({f"n{number}.py": f"def g{number}():\n    pass\n" for number in range(9)})
    eventually(lambda: "as the time is up" in log(repo))


def test_a_refresh_by_another_model_reads_nothing_and_says_so(
    indexed: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = indexed
    install(repo, program)
    monkeypatch.setenv("TEST_MODEL_ID", "scripted-2")
    before = read_contents(repo)
    repo.commit({"m1.py": "def committed():\n    return 1\n"})
    eventually(lambda: "`repo-mhm index --reread` reads all of it again" in log(repo))
    assert read_contents(repo) == before
    assert "4 read whole" in run(repo, "status")


def test_a_refresh_hook_returns_before_its_refresh_and_runs_what_was_there(
    repo: TestRepo, tmp_path: Path
) -> None:
    called, may_end = tmp_path / "called", tmp_path / "may-end"
    refresh = tmp_path / "refresh"
    refresh.write_text(
        f"#!/bin/sh\nwhile [ ! -e '{may_end}' ]; do sleep 0.05; done\necho \"$*\" >'{called}'\n"
    )
    refresh.chmod(0o755)
    path = repo.root / ".git" / "hooks" / "post-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho mine\nexit 4\n")
    path.chmod(0o755)
    state(repo).mkdir()
    (state(repo) / "memory.db").touch()
    hooks.install(repo.root, "post-commit", refresh)

    # It returns, and closes its output, though the refresh that it starts cannot end yet.
    done = subprocess.run(
        [path], cwd=repo.root, stdout=subprocess.PIPE, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (4, "mine\n")
    assert not called.exists()

    may_end.touch()
    eventually(lambda: called.exists() and called.read_text() == f"watch --once --hook {path}\n")
    assert (
        subprocess.run([path], env={**os.environ, "REPO_MHM_SKIP": "1"}, check=False).returncode
        == 4
    )
    assert hooks.uninstall(repo.root, "post-commit")
    assert "mine" in path.read_text()
