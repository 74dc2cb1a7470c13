"""Deep mode: what is read, what is kept, where it is cited, and that nothing is read twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.definitions import Definition
from repo_mhm.answer.events import Answer, Finished
from repo_mhm.deep.deep_pass import REWRITE, DeepPass, PassOptions
from repo_mhm.deep.facts import Section
from repo_mhm.deep.session import DeepOptions, DeepProgress, ask_deep
from repo_mhm.engine.run import drive
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import UsageError
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.query import parse_question
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo

QUESTION = "What is the retry limit of a courier?"
FILES: dict[str | bytes, str | bytes] = {
    "courier.py": (
        "import settings\n\n\ndef retry_limit_of(courier):\n    return settings.MOST_ATTEMPTS\n"
    ),
    "settings.py": "MOST_ATTEMPTS = 7\n",
    "far.py": "def unrelated(value):\n    return value\n",
    "other.py": "class Stamp:\n    price = 3\n",
}


def reads(prompt: Prompt) -> list[str]:
    """A model that reads: which facts it writes depends on the section it is shown."""
    if "Facts, or none:" not in prompt.user:
        return ["A courier retries `MOST_ATTEMPTS` times, which is 7."]
    if "retry_limit_of" in prompt.user:
        return [
            " `retry_limit_of` returns `MOST_ATTEMPTS` of settings.\n"
            "- the moon is made of green cheese"
        ]
    if "MOST_ATTEMPTS = 7" in prompt.user:
        return [" MOST_ATTEMPTS is 7"]
    return [" none"]


@pytest.fixture
def store(make_repo: MakeRepo, tmp_path: Path) -> Iterator[Store]:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=4)
        yield opened


def run(
    store: Store, engine: ScriptedEngine, **options: object
) -> tuple[list[DeepProgress], Answer]:
    how = DeepOptions(**options)  # type: ignore[arg-type]
    events = list(ask_deep(store, lambda: engine, "scripted-1", QUESTION, how, AskOptions()))
    assert isinstance(events[-1], Finished)
    return [event for event in events if isinstance(event, DeepProgress)], events[-1].answer


def sections_of(engine: ScriptedEngine) -> list[str]:
    return [
        prompt.user.split("\n", 1)[0]
        for prompt in engine.prompts
        if "Facts, or none:" in prompt.user
    ]


def test_facts_open_the_places_they_name_and_the_rest_stays_closed(store: Store) -> None:
    engine = ScriptedEngine(reads)
    passed, answer = run(store, engine)
    assert sections_of(engine) == ["From courier.py:", "From settings.py:"]
    assert [event.path for event in passed] == ["courier.py", "settings.py"]
    # One of the model's facts: nothing that was read supports the moon, and the number is what the
    # code says better. Two facts as the code spells them.
    assert passed[-1].facts == 3
    assert {citation.location.path for citation in answer.citations} <= {
        "courier.py",
        "settings.py",
    }
    assert answer.citations
    shown = engine.prompts[-1].user
    assert "settings.py:1-1: `MOST_ATTEMPTS` = 7" in shown
    assert "MOST_ATTEMPTS is 7" not in shown
    assert shown.endswith(f"Question: {QUESTION}")


def test_what_a_name_stands_for_comes_from_the_code_whatever_the_model_says(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    files = {
        "a.py": "FIRST_LIMIT = SECOND_LIMIT\n",
        "b.py": "SECOND_LIMIT = 4711\n",
        "c.py": "THIRD_LIMIT = 5\n",
    }
    engine = ScriptedEngine(lambda prompt: [" none"])
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(make_repo(files).root), heads=4)
        for _ in range(2):
            list(
                ask_deep(
                    store,
                    lambda: engine,
                    "scripted-1",
                    "What number is behind `FIRST_LIMIT`?",
                    DeepOptions(),
                    AskOptions(),
                )
            )
            shown = engine.prompts[-1].user
            last = (
                "- a.py:1-1: `FIRST_LIMIT` = SECOND_LIMIT\n"
                "- b.py:1-1: `SECOND_LIMIT` = 4711\n\nQuestion:"
            )
            assert last in shown
            assert shown.count("`FIRST_LIMIT` = ") == shown.count("`SECOND_LIMIT` = ") == 1
            assert "THIRD_LIMIT" not in shown


def test_a_name_is_not_given_the_value_of_another_nor_one_that_is_overridden(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    files = {
        "a.py": "COURIER_LIMIT = 11\n\nCOURIER_LIMIT = 12\n",
        "b.py": "# the courier\nSTAMP_LIMIT = 4711\n",
    }

    def invents(prompt: Prompt) -> list[str]:
        if "STAMP_LIMIT" in prompt.user.partition("Question:")[0]:
            return [
                " The limit of the courier, `COURIER_LIMIT`, is 4711\n"
                "- `STAMP_LIMIT` holds for every courier"
            ]
        return [" The value of `COURIER_LIMIT` is 11"]

    engine = ScriptedEngine(invents)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(make_repo(files).root), heads=4)
        question = "What is `COURIER_LIMIT` of the courier in the end?"
        options = DeepOptions(gate=False)
        list(ask_deep(store, lambda: engine, "scripted-1", question, options, AskOptions()))
        told = engine.prompts[-1].user.partition("Facts found")[2]
    assert "`STAMP_LIMIT` holds for every courier" in told
    assert "is 4711" not in told
    assert "`COURIER_LIMIT` is 11" not in told
    assert "a.py:1-1: `COURIER_LIMIT` = 11, defined again in line 3" in told
    assert "a.py:3-3: `COURIER_LIMIT` = 12" in told


def test_without_the_gate_everything_is_read_best_first(store: Store) -> None:
    engine = ScriptedEngine(reads)
    run(store, engine, gate=False)
    assert sections_of(engine)[0] == "From courier.py:"
    assert len(sections_of(engine)) == 4


def test_the_same_question_again_reads_nothing_and_another_update_everything(store: Store) -> None:
    _, first = run(store, ScriptedEngine(reads))
    again = ScriptedEngine(reads)
    passed, second = run(store, again)
    assert (passed, sections_of(again)) == ([], [])
    assert second.citations == first.citations
    assert run(store, ScriptedEngine(reads), head_tokens=100)[0]


@pytest.mark.parametrize("step", [1, 2])
def test_an_interrupted_pass_goes_on_where_it_was(store: Store, step: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(store, ScriptedEngine(reads, concurrent_prompts=1, interrupt_at=step))
    engine = ScriptedEngine(reads, concurrent_prompts=1)
    run(store, engine)
    assert len(sections_of(engine)) == 3 - step


def test_rewriting_shows_all_heads_and_changes_one(store: Store) -> None:
    def rewrites(prompt: Prompt) -> list[str]:
        if "Updated part" not in prompt.user:
            return ["It is 7."]
        return ["the limit is MOST_ATTEMPTS"] if "retry_limit_of" in prompt.user else [""]

    engine = ScriptedEngine(rewrites, concurrent_prompts=1)
    run(store, engine, update=REWRITE, gate=False, heads=2, selector="lru")
    asked = [prompt.user for prompt in engine.prompts if "Updated part" in prompt.user]
    assert len(asked) == 4
    assert all("[part 0" in user and "[part 1" in user and ", yours]" in user for user in asked)
    assert "the limit is MOST_ATTEMPTS" in engine.prompts[-1].user, (
        "an empty reply leaves a head as it was"
    )


def test_an_unknown_update_is_told(store: Store) -> None:
    with pytest.raises(UsageError, match="no update"):
        run(store, ScriptedEngine(reads), update="forget")


def test_a_budget_ends_the_reading_not_the_answer(store: Store) -> None:
    passed, answer = run(
        store, ScriptedEngine(reads, concurrent_prompts=1), gate=False, budget_seconds=0.0
    )
    assert len(passed) == 1
    assert answer.answer


def sections(texts: Sequence[str], heads: int) -> list[Section]:
    made = []
    for number, text in enumerate(texts):
        (chunk,) = scan_bytes(f"f{number}.txt", text.encode()).chunks
        shown = "\n".join(text.split("\n")[chunk.start - 1 : chunk.end])
        made.append(Section(chunk, shown, number % heads))
    return made


@given(
    st.lists(st.text("abc xyz\n", min_size=1).filter(str.strip), min_size=1, max_size=12),
    st.integers(1, 4),
    st.integers(8, 60),
    st.booleans(),
)
def test_heads_keep_their_budget_and_every_fact_its_place(
    texts: list[str], heads: int, budget: int, gate: bool
) -> None:
    def echo(prompt: Prompt) -> list[str]:
        words = prompt.user.split()[2:]
        return ["\n- ".join(" ".join(words[at : at + 3]) for at in range(0, 9, 3))]

    def defined(name: str) -> list[Definition]:
        return [Definition(Location("f0.py", 1, 1), f"`{name}` = 1")]

    parts = sections(texts, heads)
    engine = ScriptedEngine(echo, concurrent_prompts=3)
    question = "where is abc and xyz?"
    options = PassOptions(engine.count, heads, budget, gate=gate)
    made = DeepPass(question, parse_question(question), parts, options, defined)
    taken = list(drive(engine, made.workers(3)))
    assert len(taken) == made.sections_read <= len(parts)
    assert made.open_sections == []
    lines = {part.chunk.path: part.chunk.end for part in parts}
    for head in made.heads:
        assert sum(fact.tokens for fact in head) <= budget or len(head) == 1
        for fact in head:
            assert 1 <= fact.location.start <= fact.location.end <= lines[fact.location.path]
            assert fact.tokens == engine.count(fact.line)
    again = DeepPass(question, parse_question(question), parts, options, defined)
    again.resume(taken)
    assert [sorted(map(str, head)) for head in again.heads] == [
        sorted(map(str, head)) for head in made.heads
    ]
    assert not list(drive(engine, again.workers(3)))


def test_what_is_kept_is_plain_json(store: Store) -> None:
    run(store, ScriptedEngine(reads))
    rows = store._fetch_all("SELECT facts FROM taken")
    assert rows
    assert all(json.loads(row[0]) is not None for row in rows)
