"""`repo-mhm log` on conversations that are in the store as `ask` leaves them there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.answer.events import Answer, LocatedLine
from repo_mhm.cli import main
from repo_mhm.git import state_dir
from repo_mhm.location import Location
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

Run = Callable[..., tuple[int, str, str]]
ANSWER = Answer(
    question="how are links retried?",
    kind="free",
    answer="`deliver` tries seven times. It never sleeps.",
    sentences=(
        Sentence("`deliver` tries seven times.", 0, 28, (Citation(Location("a.py", 3, 5)),), True),
        Sentence("It never sleeps.", 29, 45, (), False),
    ),
    citations=(Citation(Location("a.py", 3, 5)),),
    unknown_names=(),
    abstained=False,
    mode="both",
    coverage={"chunks": 1, "read": 0, "skimmed": 0},
    commit="",
    first_token_seconds=1.0,
    seconds=2.0,
    session="links",
    model="scripted",
)


@pytest.fixture
def repo(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> TestRepo:
    repo = make_repo({"a.py": "x = 1\n"})
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `repo-mhm log` in this process: exit code, stdout, stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["repo-mhm", "log", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return (code if isinstance(code, int) else int(code is not None), *capsys.readouterr())

    return run


def opened(repo: TestRepo) -> Store:
    return open_store(state_dir(repo.root, create=True))


def keep(repo: TestRepo, session: str, question: str, answer: str = "Yes.") -> None:
    kept = replace(ANSWER, session=session, question=question, answer=answer, sentences=())
    with opened(repo) as store:
        store.add_turn(session, question, answer, kept.as_json())


def test_a_turn_is_shown_with_its_marks_citations_time_and_model(repo: TestRepo, run: Run) -> None:
    with opened(repo) as store:
        store.add_turn("links", ANSWER.question, ANSWER.answer, ANSWER.as_json())
    code, out, _ = run()
    today = f"{datetime.now():%Y-%m-%d}"
    assert code == 0
    heading, question, _, answer, _, citation = out.splitlines()[:6]
    assert heading.startswith(today)
    assert heading.endswith("links · scripted")
    assert question == "> how are links retried?"
    assert answer == "`deliver` tries seven times. [1] It never sleeps. [?]"
    assert citation == "[1] a.py:3-5"


def test_a_citation_of_one_line_is_shown_with_one_number(repo: TestRepo, run: Run) -> None:
    cited = replace(ANSWER.sentences[0], citations=(Citation(Location("a.py", 581, 581)),))
    with opened(repo) as store:
        answer = replace(ANSWER, sentences=(cited,))
        store.add_turn("links", answer.question, answer.answer, answer.as_json())
    assert "[1] a.py:581\n" in run()[1]


def test_the_newest_come_last_and_what_is_left_out_is_said(repo: TestRepo, run: Run) -> None:
    for number in range(5):
        keep(repo, "one", f"question {number}?")
    _, out, remark = run()
    assert [line for line in out.splitlines() if line.startswith(">")] == [
        "> question 2?",
        "> question 3?",
        "> question 4?",
    ]
    assert "--count 0 shows all" in remark
    _, out, remark = run("--count", 0, "--short")
    assert [line.split("  ")[-1] for line in out.splitlines()] == [
        f"question {number}?" for number in range(5)
    ]
    assert remark == ""
    assert run("-n", 5)[2] == ""
    assert run("-n", -1)[0] == 2


def test_a_conversation_is_named_as_an_argument_or_as_an_option(repo: TestRepo, run: Run) -> None:
    keep(repo, "2026-01-02 03:04:05", "first?")
    keep(repo, "other", "second?")
    for arguments in (
        ["2026-01-02 03:04:05"],
        ["2026-01-02", "03:04:05"],
        ["--session", "2026-01-02 03:04:05"],
        ["2026-01-02 03:04:05", "--session", "2026-01-02 03:04:05"],
    ):
        code, out, _ = run("--short", *arguments)
        assert code == 0
        assert out.endswith("first?\n")
        assert "second" not in out
    code, _, error = run("other", "--session", "another")
    assert code == 2
    assert "two conversations are named" in error


@pytest.mark.parametrize("options", [[], ["--delete"], ["--rename", "new"]])
def test_a_conversation_that_does_not_exist_is_an_error_that_names_others(
    repo: TestRepo, run: Run, options: list[str]
) -> None:
    code, _, error = run("sign-in", *options)
    assert code == 2
    assert "no conversation named 'sign-in'" in error
    keep(repo, "sign-up", "first?")
    code, _, error = run("sign-in", *options)
    assert code == 2
    assert "Conversations: sign-up." in error


def test_every_word_of_a_search_is_in_the_question_or_the_answer(repo: TestRepo, run: Run) -> None:
    keep(repo, "one", "Where is Größe computed?", "In `weigh`.")
    keep(repo, "two", "Where is it not?", "In `measure`.")
    assert run("--search", "WEIGH GRÖSSE", "--short")[1].count("\n") == 1
    assert run("--search", "weigh measure")[2] == "no question or answer holds this\n"
    assert "two" in run("--search", "where measure", "--short")[1]


def test_a_search_goes_through_all_turns_and_shows_only_some(repo: TestRepo, run: Run) -> None:
    keep(repo, "old", "where is the needle?")
    with opened(repo) as store, store.transaction():
        for number in range(250):
            store.add_turn("hay", f"straw {number}?", "No.", {})
    _, out, remark = run("--search", "needle", "--short")
    assert out.endswith("where is the needle?\n")
    assert remark == ""
    assert len(run("--count", 0, "--short")[1].splitlines()) == 251


def test_json_is_one_object_for_each_turn(repo: TestRepo, run: Run) -> None:
    keep(repo, "one", "first?")
    with opened(repo) as store:
        store.add_turn("two", "second?", "No.", {})
        store.rename_session("one", "renamed")
    code, out, _ = run("--json")
    first, second = map(json.loads, out.splitlines())
    assert code == 0
    assert (first["schema"], first["session"], first["question"]) == (1, "renamed", "first?")
    (citation,) = first["citations"]
    assert (citation["path"], citation["start"], citation["end"]) == ("a.py", 3, 5)
    assert datetime.fromisoformat(first["at"]).tzinfo is not None
    assert (second["answer"], second["id"]) == ("No.", first["id"] + 1)


def test_a_conversation_is_renamed_and_deleted(repo: TestRepo, run: Run) -> None:
    keep(repo, "one", "first?")
    keep(repo, "two", "second?")
    assert run("one", "--rename", " sign   in ")[2] == "renamed to sign in\n"
    assert run("two", "--rename", "sign in")[0] == 2
    assert run("two", "--rename", " ")[0] == 2
    assert run("two", "--rename", "x" * 101)[0] == 2
    assert run("--rename", "x")[0] == run("--delete")[0] == 2
    assert run("two", "--rename", "x", "--delete")[0] == 2
    assert run("--delete", "two")[2] == "1 question deleted\n"
    with opened(repo) as store:
        assert [session.name for session in store.sessions()] == ["sign in"]


def test_without_any_question_nothing_is_printed(repo: TestRepo, run: Run) -> None:
    assert run() == (0, "", "nothing has been asked yet\n")
    opened(repo).close()
    assert run("--json") == (0, "", "nothing has been asked yet\n")


def test_log_never_creates_a_memory(repo: TestRepo, run: Run) -> None:
    run()
    assert not (state_dir(repo.root) / "memory.db").exists()


def test_nothing_that_was_asked_or_answered_controls_the_terminal(repo: TestRepo, run: Run) -> None:
    hostile = "\x1b]0;owned\x07 \u202e"
    kept = replace(
        ANSWER,
        citations=(Citation(Location(f"{hostile}.py", 1, 2)),),
        sentences=(Sentence(hostile, 0, 1, (Citation(Location(f"{hostile}.py", 1, 2)),), True),),
        model=hostile,
    )
    with opened(repo) as store:
        store.add_turn(hostile, hostile, hostile, kept.as_json())
    for options in ([], ["--short"]):
        code, out, _ = run(*options)
        assert code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
        assert "\\x1b" in out


@pytest.mark.parametrize("result", ["", "[]", "{", '{"sentences": []}'])
def test_a_damaged_result_still_shows_the_answer(repo: TestRepo, run: Run, result: str) -> None:
    with opened(repo) as store, store.transaction() as db:
        db.execute(
            "INSERT INTO turn (session, question, answer, result, at) VALUES (?, ?, ?, ?, ?)",
            ("one", "first?", "Yes.", result, 0.0),
        )
    code, out, _ = run()
    assert code == 0
    assert "> first?\n\nYes.\n" in out
    assert run("--json")[0] == 0


def test_conversations_are_completed_where_no_shell_must_quote_them(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from repo_mhm.cli.program import app

    for session in ("login", "logout", "2026-01-02 03:04:05", "log$(id)"):
        keep(repo, session, "?")
    monkeypatch.setenv("_REPO_MHM_COMPLETE", "complete_zsh")
    for words in ("repo-mhm log lo", "repo-mhm log --session lo"):
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", words)
        offered = CliRunner().invoke(app, prog_name="repo-mhm").output
        assert {"login", "logout"} == {
            name for name in ("login", "logout", "id") if name in offered
        }


def test_completion_outside_of_a_repository_offers_nothing(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from repo_mhm.cli.completion import session_names

    context = SimpleNamespace(params={"repo": tmp_path / "absent"})
    assert session_names(context, "") == []  # type: ignore[arg-type]


def test_a_list_of_locations_is_shown_once(repo: TestRepo, run: Run) -> None:
    text = "1 caller of deliver\n- a.py:3 `send`: `deliver(parcel)`"
    location = Location("a.py", 3, 3)
    answer = replace(
        ANSWER,
        kind="callers",
        answer=text,
        sentences=(Sentence(text, 0, len(text), (Citation(location),)),),
        citations=(Citation(location),),
        model="",
        locations=(LocatedLine(location, "deliver(parcel)", symbol="send"),),
        total=1,
    )
    with opened(repo) as store:
        store.add_turn("links", "who calls deliver?", text, answer.as_json())
    out = run()[1]
    assert out.count("a.py:3") == 1
    assert "[1]" not in out
