"""Several processes on one memory.

They take turns, none sees half of what another does, and `ask` waits for nobody.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Finished, Retrieved
from repo_mhm.answer.session import ask
from repo_mhm.answer.staleness import compare
from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.notes import CHUNK
from repo_mhm.source.scan import scan
from repo_mhm.store import Store, find_store, open_store
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

SCRIPTED = Path(scripted_cli.__file__)
ENDLESS = 2 * PATIENCE
"""Seconds that a step of an index takes which nothing may wait for."""
QUESTION = "What does `parcel_3_1` do with its mass?"


def module(number: int, version: int = 0) -> str:
    return "".join(
        f"def parcel_{number}_{row}(mass):\n    return mass * {version + row}\n\n\n"
        for row in range(3)
    )


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({f"lib{number % 3}/m{number}.py": module(number) for number in range(12)})


def state(repo: TestRepo) -> Path:
    return repo.root / ".git" / "repo-mhm"


@contextmanager
def running(
    repo: TestRepo, *command: str, step_seconds: float = 0.0
) -> Iterator[subprocess.Popen[str]]:
    """A command of the real command line on a scripted engine; killed at the end."""
    path = ["--repo", str(repo.root)] if command[0] == "ask" else [str(repo.root)]
    with subprocess.Popen(
        [sys.executable, str(SCRIPTED), *command, *path],
        env={**os.environ, "TEST_STEP_SECONDS": str(step_seconds)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def result_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code, stdout and stderr, once it has ended."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def run_index(repo: TestRepo, *options: str) -> None:
    with running(repo, "index", *options) as process:
        code, _, err = result_of(process)
    assert code == 0, err


def ask_in_process(repo: TestRepo) -> dict[str, object]:
    with running(repo, "ask", QUESTION, "--json") as process:
        code, out, err = result_of(process)
    assert code == 0, err
    answer: dict[str, object] = json.loads(out)
    return answer


def index_here(repo: TestRepo, directory: Path) -> None:
    with open_store(directory) as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))


def stored_contents(repo: TestRepo) -> set[str]:
    store = find_store(state(repo))
    if store is None:
        return set()
    with store:
        return {stored.chunk.content_id for stored in store.chunks()}


def current_contents(repo: TestRepo) -> set[str]:
    scans = scan(open_snapshot(repo.root))
    return {chunk.content_id for scanned in scans for chunk in scanned.chunks}


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.02)


def test_a_second_index_fails_while_one_is_running(repo: TestRepo) -> None:
    with running(repo, "index", step_seconds=ENDLESS) as first:
        wait_until((state(repo) / "index.pid").exists)
        with running(repo, "index") as second:
            code, _, err = result_of(second)
        assert (code, first.poll()) == (1, None)
    assert "is indexing this repository" in err


def test_indexes_that_wait_run_one_after_the_other(repo: TestRepo) -> None:
    run_index(repo)
    for number in range(12):
        repo.write({f"lib0/m{number}.py": module(number, 1)})
    command = "index", "--wait", f"{PATIENCE:.0f}s"
    with ExitStack() as stack:
        indexes = [
            stack.enter_context(running(repo, *command, step_seconds=0.02)) for _ in range(3)
        ]
        assert [result_of(process)[0] for process in indexes] == [0, 0, 0]
    assert stored_contents(repo) == current_contents(repo)


def test_ask_waits_for_no_index_that_has_scanned_the_source(repo: TestRepo) -> None:
    """Not even for the first one, which has read nothing yet."""
    with running(repo, "index", step_seconds=ENDLESS) as process:
        wait_until((state(repo) / "index.pid").exists)
        answer = ask_in_process(repo)
        assert answer["locations"]
        assert answer["stale_chunks"] == 0
        assert process.poll() is None

    run_index(repo)
    repo.write({"lib0/m3.py": module(3, 1)})
    with running(repo, "index", step_seconds=ENDLESS) as process:
        wait_until(lambda: stored_contents(repo) == current_contents(repo))
        os.kill(process.pid, signal.SIGSTOP)
        assert ask_in_process(repo)["locations"]


def test_ask_answers_while_an_index_is_in_the_middle_of_writing(repo: TestRepo) -> None:
    run_index(repo)
    with open_store(state(repo)) as store, store.transaction() as db:
        db.execute("DELETE FROM chunk")
        answer = ask_in_process(repo)
        assert answer["locations"]
        assert "not kept" in str(answer["warnings"])
    assert ask_in_process(repo)["warnings"] == []


def test_an_answer_is_of_one_moment_while_the_memory_goes_on(
    repo: TestRepo, tmp_path: Path
) -> None:
    """Everything moves while the model opens.

    What was found is still what is shown, and it is cited where it is now.
    """
    index_here(repo, tmp_path)

    def open_engine() -> ScriptedEngine:
        for path in sorted(repo.root.glob("lib*/*.py")):
            code = path.read_text("utf-8")
            path.write_text(f'"""Moved {path.stem}."""\n\nimport os\n\n{code}', "utf-8")
        (repo.root / "lib0" / "m0.py").unlink()
        index_here(repo, tmp_path)
        return ScriptedEngine(lambda prompt: ["`parcel_3_1` multiplies the mass that it is given."])

    with open_store(tmp_path) as store:
        events = list(
            ask(
                store,
                open_engine,
                QUESTION,
                AskOptions(session="s"),
                compare=lambda blobs: compare(blobs, repo.root),
            )
        )

    retrieved = next(event for event in events if isinstance(event, Retrieved))
    answer = next(event.answer for event in events if isinstance(event, Finished))
    assert any("parcel_3_1" in piece.text for piece in retrieved.evidence)
    assert answer.stale_chunks
    assert answer.warnings == ()
    for location in (citation.location for citation in answer.citations):
        lines = (repo.root / location.path).read_text("utf-8").splitlines()
        cited = lines[location.start - 1 : location.end]
        assert any("def parcel_3_1" in line for line in cited)


def check_memory(store: Store) -> None:
    """What must hold at any moment, also in the middle of an index."""
    with store.view():
        locations = store.content_locations()
        names = store.defined_in({stored.chunk.path for stored in store.chunks()})
        notes, read_contents = store.notes(), store.read_contents()

    for note in notes:
        assert all(content in locations for content in note.chunks), (
            f"{note.anchor} rests on a chunk that is gone"
        )
        assert note.level >= CHUNK or (note.path, note.anchor) in names
    described = {content for note in notes if note.level >= CHUNK for content in note.chunks}
    assert locations.keys() & read_contents <= described, "read, but no note describes it"


def test_watch_index_ask_and_readers_go_on_together(repo: TestRepo) -> None:
    draw = random.Random(5)
    run_index(repo)
    with (
        running(repo, "watch", step_seconds=0.01) as watching,
        open_store(state(repo)) as reader,
    ):
        checks = 0
        for turn in range(2):
            for number in draw.sample(range(12), 4):
                repo.write({f"lib{number % 3}/m{number}.py": module(number, turn + 1)})
            if turn % 2:
                repo.commit()
            with running(repo, "index", "--wait", f"{PATIENCE:.0f}s", step_seconds=0.02) as other:
                while other.poll() is None:
                    check_memory(reader)
                    checks += 1
                assert result_of(other)[0] == 0
            assert ask_in_process(repo)["locations"]
        wait_until(lambda: stored_contents(repo) == current_contents(repo))
        assert watching.poll() is None
        watching.send_signal(signal.SIGINT)
        assert result_of(watching)[0] == 130
        check_memory(reader)
    assert checks > 10


def test_of_many_refreshes_one_runs_and_one_waits(repo: TestRepo) -> None:
    """As hooks start them during a rebase."""
    with ExitStack() as stack:
        refreshes = [
            stack.enter_context(running(repo, "watch", "--once", step_seconds=0.3))
            for _ in range(4)
        ]
        wait_until(lambda: sum(process.poll() is None for process in refreshes) <= 2)
        assert [result_of(process)[0] for process in refreshes] == [0] * 4
    assert stored_contents(repo) == current_contents(repo)
