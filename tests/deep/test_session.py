"""`ask --deep`: what is read, kept and cited, and that nothing is read twice."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Answer, Finished, Located
from repo_mhm.deep.deep_pass import REWRITE
from repo_mhm.deep.session import DeepOptions, DeepProgress, ask_deep
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import UsageError
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, Tree

QUESTION = "What is the retry limit of a courier?"
FILES: Tree = {
    "courier.py": (
        "import settings\n\n\ndef retry_limit_of(courier):\n    return settings.MOST_ATTEMPTS\n"
    ),
    "settings.py": "MOST_ATTEMPTS = 7\n",
    "far.py": "def unrelated(value):\n    return value\n",
    "other.py": "class Stamp:\n    price = 3\n",
}


def reply(prompt: Prompt) -> list[str]:
    """The reply of a model that read the section which the prompt shows."""
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
    store: Store,
    engine: ScriptedEngine,
    question: str = QUESTION,
    clock: Callable[[], float] = time.monotonic,
    **options: object,
) -> tuple[list[DeepProgress], Answer]:
    deep_options = DeepOptions(**options)  # type: ignore[arg-type]
    events = list(
        ask_deep(
            store,
            lambda: engine,
            "scripted-1",
            question,
            deep_options,
            AskOptions(),
            clock=clock,
        )
    )
    assert isinstance(events[-1], Finished)
    return [event for event in events if isinstance(event, DeepProgress)], events[-1].answer


def sections_shown(engine: ScriptedEngine) -> list[str]:
    return [
        prompt.user.split("\n", 1)[0]
        for prompt in engine.prompts
        if "Facts, or none:" in prompt.user
    ]


def test_facts_open_the_sections_they_name_and_the_rest_stays_closed(store: Store) -> None:
    engine = ScriptedEngine(reply)
    progress, answer = run(store, engine)
    assert sections_shown(engine) == ["From courier.py:", "From settings.py:"]
    assert [event.path for event in progress] == ["courier.py", "settings.py"]
    # One is the model's: the section does not support the line about the moon, and the line about
    # the number says no more than the code. Two are as the code spells them.
    assert progress[-1].facts == 3

    cited = {citation.location.path for citation in answer.citations}
    assert cited
    assert cited <= {"courier.py", "settings.py"}
    shown = engine.prompts[-1].user
    assert "settings.py:1-1: `MOST_ATTEMPTS` = 7" in shown
    assert "MOST_ATTEMPTS is 7" not in shown
    assert shown.endswith(f"Question: {QUESTION}")


def test_the_locations_come_before_the_pass_and_only_once(store: Store) -> None:
    engine = ScriptedEngine(reply)
    pass_events = ask_deep(
        store, lambda: engine, "scripted-1", QUESTION, DeepOptions(), AskOptions()
    )
    first = next(pass_events)
    assert isinstance(first, Located)
    assert first.lines[0].location.path == "courier.py"
    assert not engine.prompts, "the model reads once the locations are out"

    rest = list(pass_events)
    assert isinstance(rest[0], DeepProgress)
    assert not [event for event in rest if isinstance(event, Located)]


def test_what_code_alone_answers_opens_no_model_and_keeps_no_step(store: Store) -> None:
    def no_engine() -> ScriptedEngine:
        raise AssertionError("a model was opened")

    question = "What is the value of MOST_ATTEMPTS?"
    pass_events = ask_deep(store, no_engine, "scripted-1", question, DeepOptions(), AskOptions())
    last = list(pass_events)[-1]
    assert isinstance(last, Finished)
    assert last.answer.kind == "value"
    assert "MOST_ATTEMPTS = 7" in last.answer.answer
    # Who wants the model all the same gets its pass.
    engine = ScriptedEngine(reply)
    asked = AskOptions(use_exact=False)
    list(ask_deep(store, lambda: engine, "scripted-1", question, DeepOptions(), asked))
    assert sections_shown(engine)


def test_a_scope_is_all_that_is_read_and_passes_are_told_apart_by_it(store: Store) -> None:
    scope = Scope.of_paths(files=["courier.py", "other.py"])
    for number in (1, 2):
        engine = ScriptedEngine(reply)
        pass_events = ask_deep(
            store,
            lambda engine=engine: engine,  # type: ignore[misc]
            "scripted-1",
            QUESTION,
            DeepOptions(),
            AskOptions(scope=scope if number == 1 else WHOLE),
        )
        list(pass_events)
        shown = sections_shown(engine)
        assert ("From settings.py:" in shown) == (number == 2)
        assert "From courier.py:" in shown


def test_definitions_come_from_the_code_whatever_the_model_says(
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
            run(store, engine, "What number is behind `FIRST_LIMIT`?")
            shown = engine.prompts[-1].user
            last_facts = (
                "- a.py:1-1: `FIRST_LIMIT` = SECOND_LIMIT\n"
                "- b.py:1-1: `SECOND_LIMIT` = 4711\n\nQuestion:"
            )
            assert last_facts in shown
            assert shown.count("`FIRST_LIMIT` = ") == shown.count("`SECOND_LIMIT` = ") == 1
            assert "THIRD_LIMIT" not in shown


def test_a_name_gets_no_value_of_another_name_and_none_that_is_overridden(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    files = {
        "a.py": "COURIER_LIMIT = 11\n\nCOURIER_LIMIT = 12\n",
        "b.py": "# the courier\nSTAMP_LIMIT = 4711\n",
    }

    def invent(prompt: Prompt) -> list[str]:
        if "STAMP_LIMIT" in prompt.user.partition("Question:")[0]:
            return [
                " The limit of the courier, `COURIER_LIMIT`, is 4711\n"
                "- `STAMP_LIMIT` holds for every courier"
            ]
        return [" The value of `COURIER_LIMIT` is 11"]

    engine = ScriptedEngine(invent)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(make_repo(files).root), heads=4)
        run(store, engine, "What is `COURIER_LIMIT` of the courier in the end?", gate=False)
    facts = engine.prompts[-1].user.partition("Facts found")[2]
    assert "`STAMP_LIMIT` holds for every courier" in facts
    assert "is 4711" not in facts
    assert "`COURIER_LIMIT` is 11" not in facts
    assert "a.py:1-1: `COURIER_LIMIT` = 11, defined again in line 3" in facts
    assert "a.py:3-3: `COURIER_LIMIT` = 12" in facts


def test_without_the_gate_everything_is_read_best_first(store: Store) -> None:
    engine = ScriptedEngine(reply)
    run(store, engine, gate=False)
    assert sections_shown(engine)[0] == "From courier.py:"
    assert len(sections_shown(engine)) == 4


def test_the_same_question_again_reads_nothing_and_other_options_everything(store: Store) -> None:
    _, first = run(store, ScriptedEngine(reply))
    engine = ScriptedEngine(reply)
    progress, second = run(store, engine)
    assert (progress, sections_shown(engine)) == ([], [])
    assert second.citations == first.citations
    assert run(store, ScriptedEngine(reply), head_tokens=100)[0]


@pytest.mark.parametrize("step", [1, 2])
def test_an_interrupted_pass_continues_where_it_stopped(store: Store, step: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(store, ScriptedEngine(reply, concurrent_prompts=1, interrupt_at=step))
    engine = ScriptedEngine(reply, concurrent_prompts=1)
    run(store, engine)
    assert len(sections_shown(engine)) == 3 - step


def test_rewriting_shows_all_heads_and_changes_one(store: Store) -> None:
    def rewrite(prompt: Prompt) -> list[str]:
        if "Updated part" not in prompt.user:
            return ["It is 7."]
        return ["the limit is MOST_ATTEMPTS"] if "retry_limit_of" in prompt.user else [""]

    engine = ScriptedEngine(rewrite, concurrent_prompts=1)
    run(store, engine, update=REWRITE, gate=False, heads=2, selector="lru")
    rewrites = [prompt.user for prompt in engine.prompts if "Updated part" in prompt.user]
    assert len(rewrites) == 4
    assert all("[part 0" in user and "[part 1" in user for user in rewrites)
    assert all(user.count(", yours]") == 1 for user in rewrites)
    assert "the limit is MOST_ATTEMPTS" in engine.prompts[-1].user, (
        "an empty reply leaves a head as it was"
    )


def test_an_unknown_update_is_an_error(store: Store) -> None:
    with pytest.raises(UsageError, match="unknown update"):
        run(store, ScriptedEngine(reply), update="forget")


def test_the_reading_ends_after_fifteen_minutes_unless_asked_otherwise(store: Store) -> None:
    # Each look at the clock is ten minutes after the last.
    clock = partial(next, itertools.count(step=600.0))
    engine = ScriptedEngine(reply, concurrent_prompts=1)
    progress, _ = run(store, engine, clock=clock, gate=False)
    assert len(progress) == 1


def test_a_budget_ends_the_reading_not_the_answer(store: Store) -> None:
    engine = ScriptedEngine(reply, concurrent_prompts=1)
    progress, answer = run(store, engine, gate=False, budget_seconds=0.0)
    assert len(progress) == 1
    assert answer.answer
    left = progress[0].open_sections
    assert [warning.split(" that")[0] for warning in answer.warnings] == [f"{left} sections"]
