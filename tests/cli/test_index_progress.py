"""What an index says while it works and when it ends, in a terminal and without one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from repo_mhm.cli.index_progress import plan_text, reading_text
from repo_mhm.memory.index_plan import IndexPlan
from repo_mhm.memory.time_estimates import IndexProgress
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE
from tests.store.test_crash import SCRIPTED, sources, state
from tests.terminals import PseudoTerminal, terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(sources(6))


def command(repo: TestRepo, *arguments: str) -> list[str]:
    return [sys.executable, str(SCRIPTED), "index", str(repo.root), *arguments]


def run(repo: TestRepo, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(repo, *arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **variables},
    )


def in_terminal(repo: TestRepo, *arguments: str, **variables: str) -> Iterator[PseudoTerminal]:
    return terminal(command(repo, *arguments), repo.root, variables)


def read_chunks(repo: TestRepo) -> int:
    with open_store(state(repo)) as store:
        return store.coverage()["skimmed"]


def test_in_a_terminal_tokens_move_before_the_first_step_is_done(repo: TestRepo) -> None:
    with in_terminal(repo, TEST_WORK_SECONDS="30") as shown:
        shown.until("300 of about")
        assert re.search(r"\b0 of \d+ steps", shown.text)
        assert "to go" not in shown.text and "hour" not in shown.text
        assert not read_chunks(repo)


@pytest.mark.parametrize("sent", ["ctrl-c", "sigterm"])
def test_whoever_ends_it_reads_what_was_kept_and_how_to_go_on(repo: TestRepo, sent: str) -> None:
    with in_terminal(repo, TEST_WORK_SECONDS="0.3") as shown:
        shown.until("2 of")
        if sent == "ctrl-c":
            shown.send(b"\x03")
        else:
            shown.process.send_signal(signal.SIGTERM)
        code = shown.finish(10)
    closing = shown.text.strip().splitlines()[-1]
    assert code == {"ctrl-c": 130, "sigterm": 143}[sent]
    assert "interrupted; this is kept; " in closing and "run index again to go on" in closing
    assert "Traceback" not in shown.text
    kept, left = (int(number) for number in re.findall(r"(\d+) steps? (?:in|left)", closing))
    assert kept >= 1
    assert json.loads(run(repo, "--all", "--json").stdout)["steps"] == left
    assert not (state(repo) / "index.pid").exists()


def test_an_end_before_the_scan_is_through_says_so(repo: TestRepo) -> None:
    with in_terminal(repo, TEST_OPEN_SECONDS="30") as shown:
        shown.until("reading")
        shown.send(b"\x03")
        assert shown.finish(10) == 130
    assert "0 steps in" in shown.text and "left" in shown.text


def test_without_a_terminal_it_says_plainly_how_far_it_is(repo: TestRepo) -> None:
    done = run(repo, TEST_WORK_SECONDS="1.2")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"\[0:0\d\] reading: about \S+ \S+", lines[0]), lines
    progress = [line for line in lines if " of about " in line]
    assert progress and all("tokens/s" in line for line in progress)
    assert any(line.startswith("[") and "saving: evaluating" in line for line in lines)
    assert "\x1b" not in done.stderr and "\r" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_as_json_an_interrupted_index_says_what_it_did(repo: TestRepo) -> None:
    environment = {**os.environ, "TEST_WORK_SECONDS": "0.3"}
    with subprocess.Popen(
        command(repo, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stderr is not None
        assert "reading" in process.stderr.readline()
        while not (state(repo) / "memory.db").exists() or not read_chunks(repo):
            pass
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    result = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert result["ended"] == "interrupted"
    assert result["steps"] > 0
    assert json.loads(run(repo, "--all", "--json").stdout)["steps"] == result["left"] > 0


def test_an_error_of_the_engine_ends_with_what_was_kept_too(repo: TestRepo) -> None:
    done = run(repo, TEST_FAIL_AT="3")
    assert done.returncode == 1
    closing, error, _ = done.stderr.strip().splitlines()[-3:]
    assert closing.startswith("interrupted; this is kept; 2 steps") and "error: " in error


def test_an_index_that_leaves_something_says_how_much_and_why(make_repo: MakeRepo) -> None:
    repo = make_repo(sources(40))
    timed = run(repo, "--budget", "1s", "--depth", "read", TEST_WORK_SECONDS="0.4")
    assert "left as the time is up; run index again to go on" in timed.stdout
    assert "`repo-mhm index --all` takes about" in timed.stdout
    rest = json.loads(run(repo, "--json", "--all").stdout)
    assert (rest["ended"], rest["left"]) == ("done", 0)


def test_all_and_a_budget_contradict_each_other(repo: TestRepo) -> None:
    done = run(repo, "--all", "--budget", "5m")
    assert done.returncode == 2 and "Leave out one" in done.stderr


def test_a_dry_run_tells_useful_from_all(repo: TestRepo) -> None:
    lines = run(repo, "--dry-run").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["useful", "all"]
    assert "(repo-mhm index --all)" in lines[2] and "an assumed speed" in lines[3]


PLAN = IndexPlan("c", 10, 60, 0, 9000, 7200.0, True, 12, 2000, 130.0)


def test_texts_say_what_is_known_and_nothing_else() -> None:
    assert plan_text(PLAN, reads_all=False) == "about 2 min until it is useful (all of it: 2 h)"
    assert plan_text(PLAN, reads_all=True) == "about 2 h"
    early = IndexProgress(None, 0, 12, 130, 2000, 65.0, None)
    assert reading_text(early) == "130 of about 2,000 tokens, 0 of 12 steps, 65 tokens/s"
    late = IndexProgress(None, 3, 12, 900, 2000, 65.0, 47.0)
    assert reading_text(late).endswith("3 of 12 steps, 65 tokens/s, about 45 s to go")


# Another model


def other_model(repo: TestRepo) -> dict[str, str]:
    """Read the repository with one model; the environment of another."""
    assert run(repo).returncode == 0
    return {"TEST_MODEL_ID": "scripted-2"}


def snapshot_of(repo: TestRepo) -> tuple[object, ...]:
    with open_store(state(repo)) as store:
        return store.notes(), store.meta("identity"), store.coverage(), store.totals()


def test_without_a_terminal_another_model_reads_nothing_again_unless_told_to(
    repo: TestRepo,
) -> None:
    other = other_model(repo)
    before = snapshot_of(repo)
    refused = run(repo, **other)
    assert refused.returncode == 2
    assert "made by scripted" in refused.stderr and "--reread" in refused.stderr
    assert "goes on" in refused.stderr and "reading" not in refused.stdout
    assert snapshot_of(repo) == before

    planned = run(repo, "--dry-run", **other)
    assert "needs --reread" in planned.stdout
    assert snapshot_of(repo) == before

    assert run(repo, "--reread", **other).returncode == 0
    assert snapshot_of(repo)[1] != before[1]
    assert "nothing to do" in run(repo, **other).stdout
    assert "nothing to do" in run(repo).stdout


@pytest.mark.parametrize(("key", "reads"), [(b"n\n", False), (b"y\n", True)])
def test_at_a_terminal_another_model_asks_first(repo: TestRepo, key: bytes, reads: bool) -> None:
    other = other_model(repo)
    before = snapshot_of(repo)
    with in_terminal(repo, **other) as shown:
        shown.until("again with")
        assert snapshot_of(repo) == before
        shown.send(key)
        assert shown.finish() == 0
    assert (snapshot_of(repo) == before) is not reads
    assert ("Nothing was read" in shown.text) is not reads


def test_until_its_first_step_a_reread_leaves_everything_as_it_was(repo: TestRepo) -> None:
    other = other_model(repo)
    before = snapshot_of(repo)
    with in_terminal(repo, "--reread", TEST_WORK_SECONDS="30", **other) as shown:
        shown.until("200 of about")
        shown.process.kill()
        shown.finish()
    after = snapshot_of(repo)
    assert after[:3] == before[:3]
    assert run(repo, **other).returncode == 2
