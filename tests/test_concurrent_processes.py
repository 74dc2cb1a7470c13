"""Several processes on one memory: they take turns, none sees half of what another does, and ask waits for nobody."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Finished, Retrieved
from repo_mhm.answer.session import ask
from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.notes import CHUNK
from repo_mhm.source.scan import scan
from repo_mhm.store import Store, find_store, open_store
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo

SCRIPTED = Path(scripted_cli.__file__)
PATIENCE = 60.0
"""How long a process may take that waits for nobody, on a machine as busy as it may be."""
WAITS = 600.0
"""How long an index takes here that nothing may wait for."""


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
def running(repo: TestRepo, *command: str, seconds: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    """A command of the real command line on a scripted engine whose replies take so long; killed at the end."""
    place = ["--repo", str(repo.root)] if command[0] == "ask" else [str(repo.root)]
    env = {**os.environ, "TEST_STEP_SECONDS": str(seconds)}
    args = [sys.executable, str(SCRIPTED), *command, *place]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        args, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def asked(repo: TestRepo) -> dict[str, object]:
    with running(repo, "ask", "What does `parcel_3_1` return?", "--json") as process:
        code, out, err = ended(process)
    assert code == 0, err
    answer: dict[str, object] = json.loads(out)
    return answer


def chunks_of(repo: TestRepo) -> set[str]:
    store = find_store(state(repo))
    if store is None:
        return set()
    with store:
        return {one.chunk.content_id for one in store.chunks()}


def until(condition: object, *args: object) -> None:
    end = time.monotonic() + PATIENCE
    while not condition(*args):  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.02)


def test_of_two_indexes_one_works_and_the_other_is_told_or_waits(repo: TestRepo) -> None:
    with ExitStack() as stack:
        both = [stack.enter_context(running(repo, "index", seconds=0.1)) for _ in range(2)]
        results = sorted((ended(process) for process in both), key=lambda result: result[0])
    assert [code for code, *_ in results] in ([0, 1], [0, 0])
    assert results[1][0] == 0 or "is indexing this repository" in results[1][2]
    for number in range(12):
        repo.write({f"lib0/m{number}.py": module(number, 1)})
    with ExitStack() as stack:
        both = [
            stack.enter_context(running(repo, "index", "--wait", "60s", seconds=0.02))
            for _ in range(3)
        ]
        assert [ended(process)[0] for process in both] == [0, 0, 0]
    assert chunks_of(repo) == fresh(repo)


def fresh(repo: TestRepo) -> set[str]:
    return {chunk.content_id for found in scan(open_snapshot(repo.root)) for chunk in found.chunks}


def test_ask_waits_for_no_index_that_has_scanned_the_source(repo: TestRepo) -> None:
    """Not even for the first one, which will read for hours yet."""
    with running(repo, "index", seconds=WAITS) as process:
        until((state(repo) / "index.pid").exists)
        answer = asked(repo)
        assert answer["citations"] and answer["stale_chunks"] == 0
        assert process.poll() is None
    with running(repo, "index", seconds=0.0) as process:
        assert ended(process)[0] == 0
    repo.write({"lib0/m3.py": module(3, 1)})
    with running(repo, "index", seconds=WAITS) as process:
        until(lambda: chunks_of(repo) == fresh(repo))
        os.kill(process.pid, signal.SIGSTOP)
        assert asked(repo)["citations"]


def test_ask_answers_while_an_index_is_in_the_middle_of_writing(repo: TestRepo) -> None:
    with running(repo, "index") as process:
        assert ended(process)[0] == 0
    with open_store(state(repo)) as store, store.transaction() as db:
        db.execute("DELETE FROM chunk")
        answer = asked(repo)
        assert answer["citations"]
        assert "not kept" in str(answer["warnings"])
    assert asked(repo)["warnings"] == []


def test_an_answer_is_of_one_moment_while_the_memory_goes_on(
    repo: TestRepo, tmp_path: Path
) -> None:
    """Everything moves while the model is opened: what was found is still what is shown, and cited where it is now."""
    read(repo, tmp_path)
    with open_store(tmp_path) as store:

        def open_engine() -> ScriptedEngine:
            for path in sorted(repo.root.glob("lib*/*.py")):
                path.write_text(
                    f'"""Moved {path.stem}."""\n\nimport os\n\n{path.read_text()}', "utf-8"
                )
            (repo.root / "lib0" / "m0.py").unlink()
            read(repo, tmp_path)
            return ScriptedEngine(
                lambda prompt: ["`parcel_3_1` multiplies the mass that it is given."]
            )

        from repo_mhm.answer.staleness import compare

        events = list(
            ask(store, open_engine, "What does `parcel_3_1` return?", AskOptions(session="s"),
                compare=lambda known: compare(known, repo.root))
        )  # fmt: skip
    recalled = next(event for event in events if isinstance(event, Retrieved))
    answer = next(event.answer for event in events if isinstance(event, Finished))
    assert any("parcel_3_1" in piece.text for piece in recalled.evidence)
    assert answer.stale_chunks
    assert answer.warnings == ()
    for citation in answer.citations:
        cited = (
            (repo.root / citation.location.path)
            .read_text("utf-8")
            .splitlines()[citation.location.start - 1 : citation.location.end]
        )
        assert any("def parcel_3_1" in line for line in cited)


def read(repo: TestRepo, directory: Path) -> None:
    with open_store(directory) as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))


def whole(store: Store) -> None:
    """What must hold at any moment, also in the middle of an index."""
    with store.view():
        spots, names = (
            store.content_locations(),
            store.defined_in({one.chunk.path for one in store.chunks()}),
        )
        notes, contents = store.notes(), store.read_contents()
    for note in notes:
        assert all(content in spots for content in note.chunks), (
            f"{note.anchor} stands on what is gone"
        )
        assert note.level >= CHUNK or (note.path, note.anchor) in names
    covered = {content for note in notes if note.level >= CHUNK for content in note.chunks}
    assert spots.keys() & contents <= covered, "read, but no note tells of it"


def test_watch_index_ask_and_readers_go_on_together(repo: TestRepo) -> None:
    chance = random.Random(5)
    with running(repo, "index") as process:
        assert ended(process)[0] == 0
    with running(repo, "watch", seconds=0.01) as watching, open_store(state(repo)) as reader:
        looks = 0
        for turn in range(2):
            for number in chance.sample(range(12), 4):
                repo.write({f"lib{number % 3}/m{number}.py": module(number, turn + 1)})
            if turn % 2:
                repo.commit()
            with running(repo, "index", "--wait", "60s", seconds=0.02) as other:
                while other.poll() is None:
                    whole(reader)
                    looks += 1
                assert ended(other)[0] == 0
            assert asked(repo)["citations"]
        until(lambda: chunks_of(repo) == fresh(repo))
        assert watching.poll() is None
        watching.send_signal(signal.SIGINT)
        assert ended(watching)[0] == 130
        whole(reader)
    assert looks > 10


def test_of_many_refreshes_one_runs_and_one_waits(repo: TestRepo) -> None:
    """As hooks start them during a rebase."""
    with ExitStack() as stack:
        many = [
            stack.enter_context(running(repo, "watch", "--once", seconds=0.3)) for _ in range(4)
        ]
        until(lambda: sum(process.poll() is None for process in many) <= 2)
        assert [ended(process)[0] for process in many] == [0] * 4
    assert chunks_of(repo) == fresh(repo)
