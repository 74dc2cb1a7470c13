"""Questions see the source as it is; what is not seen yet is said, and seen by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repo_mhm.commands import source_refresh
from repo_mhm.commands.open_memory import OpenedMemory, open_memory
from repo_mhm.commands.source_refresh import BackgroundRefresh
from repo_mhm.git import state_dir
from repo_mhm.memory.source_update import CLOCK_MARGIN_SECONDS, MAX_BYTES
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import Store, open_store
from repo_mhm.store.files import UNFINISHED_SCAN
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

FILES = {f"m{number}.py": f"def f{number}():\n    return {number}\n" for number in range(4)}
HOLDS_THE_LOCK = (
    "import sys; from pathlib import Path; from repo_mhm.store import writer_lock\n"
    "with writer_lock(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
)


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo(FILES)
    open_memory(repo.root, {}).store.close()
    return repo


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def opened(repo: TestRepo) -> OpenedMemory:
    # A file that has just been written counts as one that may be changed again.
    time.sleep(2 * CLOCK_MARGIN_SECONDS)
    return open_memory(repo.root, {})


def finds(store: Store, word: str) -> bool:
    return bool(store.search("source", [word], 1))


def overflow(repo: TestRepo) -> None:
    """Change more than a question waits for."""
    text = "okapi\n" * (MAX_BYTES // 6 // 4 + 1)
    repo.write({f"okapi{number}.txt": text for number in range(4)})


def test_an_edit_is_seen_and_nothing_is_said(repo: TestRepo) -> None:
    repo.write({"m1.py": "def okapi():\n    return 1\n"})
    memory = opened(repo)
    with memory.store as store:
        assert (memory.refreshed.warning, memory.refreshed.background) == ("", None)
        assert finds(store, "okapi")
        assert not store.symbols_named(["f1"])


def test_much_is_read_in_the_background_and_the_next_question_sees_it(repo: TestRepo) -> None:
    overflow(repo)
    (repo.root / "m2.py").unlink()
    memory = opened(repo)
    with memory.store as store, memory.refreshed:
        assert "okapi0.txt" in memory.refreshed.warning
        assert "5 files have changed" in memory.refreshed.warning
        assert not finds(store, "okapi")

    memory = opened(repo)
    with memory.store as store:
        assert memory.refreshed.warning == ""
        assert finds(store, "okapi")
        assert not store.symbols_named(["f2"])


def test_a_question_that_runs_out_of_time_leaves_the_rest_to_the_background(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({f"m{number}.py": f"okapi = {number}\n" for number in range(4)})
    with monkeypatch.context() as patch:
        patch.setattr(source_refresh, "BUDGET_SECONDS", 0.0)
        memory = opened(repo)
    with memory.store as store:
        with memory.refreshed:
            assert "4 files have changed" in memory.refreshed.warning
            assert not finds(store, "okapi")
        assert finds(store, "okapi")


def test_while_an_index_runs_questions_are_answered_from_what_there_is(repo: TestRepo) -> None:
    repo.write({"m1.py": "def okapi():\n    return 1\n"})
    arguments = [sys.executable, "-c", HOLDS_THE_LOCK, str(state_dir(repo.root))]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        memory = opened(repo)
        with memory.store as store:
            assert "m1.py" in memory.refreshed.warning
            assert "an index is running" in memory.refreshed.warning
            assert memory.refreshed.background is None
            assert store.symbols_named(["f1"])
        other.kill()

    memory = opened(repo)
    with memory.store as store:
        assert memory.refreshed.warning == ""
        assert finds(store, "okapi")


def test_two_processes_that_read_in_the_background_take_turns(repo: TestRepo) -> None:
    overflow(repo)
    first, second = BackgroundRefresh(repo.root), BackgroundRefresh(repo.root)
    first.wait()
    second.wait()
    memory = opened(repo)
    with memory.store as store:
        assert memory.refreshed.warning == ""
        assert finds(store, "okapi")


def overflowed(repo: TestRepo) -> tuple[OpenedMemory, BackgroundRefresh]:
    """A memory that is opened while a process reads more than a question waits for; closed."""
    overflow(repo)
    memory = opened(repo)
    memory.store.close()
    background = memory.refreshed.background
    assert background is not None
    return memory, background


def test_at_a_terminal_nobody_waits_for_the_background(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, background = overflowed(repo)

    waits: list[BackgroundRefresh] = []
    monkeypatch.setattr(BackgroundRefresh, "wait", lambda waited: waits.append(waited))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with memory.refreshed:
        pass
    assert not waits
    for variable in ("CI", "GIT_DIR", "GIT_INDEX_FILE"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, "1")
            with memory.refreshed:
                pass
    assert waits == [background] * 3
    monkeypatch.undo()
    background.wait()


@pytest.mark.skipif(os.getuid() == 0, reason="root may do anything")
def test_a_memory_that_cannot_be_written_still_answers(repo: TestRepo) -> None:
    repo.write({"m1.py": "def okapi():\n    return 1\n"})
    directory = state_dir(repo.root)
    for path in (directory, *directory.iterdir()):
        path.chmod(0o500 if path.is_dir() else 0o400)
    memory = opened(repo)
    with memory.store:
        assert "m1.py" in memory.refreshed.warning


def test_a_store_that_is_full_is_said_and_answers(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from repo_mhm.errors import StoreError

    def fail(*_: object, **__: object) -> bool:
        raise StoreError("the disk is full")

    repo.write({"m1.py": "def okapi():\n    return 1\n"})
    monkeypatch.setattr(source_refresh, "update_source", fail)
    memory = opened(repo)
    with memory.store as store:
        assert "the disk is full" in memory.refreshed.warning
        assert store.symbols_named(["f1"])


def test_another_worktree_is_answered_from_its_own_files(repo: TestRepo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    other = TestRepo(tmp_path / "other")
    other.write({"m1.py": "def okapi():\n    return 1\n"})
    with opened(other).store as store:
        assert finds(store, "okapi")
        assert store.meta("root") == str(other.root)
    with opened(repo).store as store:
        assert not finds(store, "okapi")


@pytest.mark.slow
def test_the_command_line_shows_what_was_saved_a_moment_ago(repo: TestRepo) -> None:
    def ask() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "repo_mhm", "ask", "--no-model", "where is the okapi fed"],
            cwd=repo.root,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    assert "okapi" not in ask().stdout
    repo.write({"m1.py": "def feed_okapi():\n    return 1\n"})
    assert "m1.py:1" in ask().stdout
    overflow(repo)
    (repo.root / "m1.py").unlink()
    assert "okapi0.txt" in ask().stderr
    done = ask()
    assert "m1.py" not in done.stdout
    assert "old lines" not in done.stderr


def test_without_a_terminal_the_wait_for_the_background_ends(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, background = overflowed(repo)
    monkeypatch.setattr(source_refresh, "WAIT_SECONDS", 0.01)
    with memory.refreshed:
        pass
    assert background.is_running
    monkeypatch.undo()
    background.wait()
    memory = opened(repo)
    with memory.store as store:
        assert finds(store, "okapi")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.2, 1.6])
def test_a_background_process_that_is_killed_leaves_a_sound_memory(
    repo: TestRepo, seconds: float
) -> None:
    overflow(repo)
    background = BackgroundRefresh(repo.root)
    time.sleep(seconds)
    background._process.kill()
    background.wait()

    memory = opened(repo)
    with memory.store as store:
        store.check()
        with memory.refreshed:
            assert finds(store, "okapi") == (not memory.refreshed.warning)
        assert finds(store, "okapi")


@pytest.mark.slow
def test_an_interrupt_ends_the_background_process_where_nobody_is_at_a_terminal(
    repo: TestRepo,
) -> None:
    overflow(repo)
    memory = opened(repo)
    with memory.store as store:
        background = memory.refreshed.background
        assert background is not None
        with pytest.raises(KeyboardInterrupt), memory.refreshed:
            raise KeyboardInterrupt
        background.wait()
        assert background._process.returncode == -signal.SIGKILL
        store.check()
    with opened(repo).refreshed:
        pass
    with opened(repo).store as store:
        assert finds(store, "okapi")


def test_a_scan_that_was_ended_is_said_and_goes_on(repo: TestRepo) -> None:
    """Also where every file has been stored: what follows from them has not."""
    with open_store(state_dir(repo.root)) as store:
        store.set_meta(**{UNFINISHED_SCAN: "yes"})
        store.keep_former(["m1.py"])
    memory = opened(repo)
    with memory.store, memory.refreshed:
        assert "scan of the repository was ended" in memory.refreshed.warning
    with opened(repo).store as store:
        assert not store.meta(UNFINISHED_SCAN)
        assert not store.former_chunks()


def test_a_first_scan_that_was_ended_goes_on_before_the_question_is_answered(
    make_repo: MakeRepo,
) -> None:
    repo = make_repo(FILES)
    with open_store(state_dir(repo.root, create=True)) as store:
        store.put_file(scan_bytes("m1.py", FILES["m1.py"].encode(), "b", texts=True))
        assert not store.is_scanned()
    memory = opened(repo)
    with memory.store as store:
        assert memory.refreshed.warning == ""
        assert len(store.blobs()) == len(FILES)
        assert store.is_scanned()
