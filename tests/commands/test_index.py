"""Index as a whole: the engine is opened when needed, and the memory's state is saved in time."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.answer.memory_state import is_state_saved
from repo_mhm.commands.index import IndexEvent, SavingState, index
from repo_mhm.config import Settings
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions, IndexPlan
from repo_mhm.memory.index_run import IndexResult
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo
from tests.memory.test_index_run import FILES, OPTIONS


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "memory")


def run(store: Store, repo: TestRepo, engine: ScriptedEngine) -> list[IndexEvent]:
    return list(index(store, open_snapshot(repo.root), lambda: engine, "model", OPTIONS))


def test_an_index_saves_the_state_and_a_second_does_not_open_the_engine(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    assert not is_state_saved(store, "model")
    events = run(store, repo, ScriptedEngine())
    assert any(isinstance(event, SavingState) for event in events)
    assert is_state_saved(store, "model")
    assert not is_state_saved(store, "another")

    unopened = ScriptedEngine()
    events = run(store, repo, unopened)
    assert not any(isinstance(event, SavingState) for event in events)
    assert isinstance(events[-1], IndexResult)
    assert events[-1].steps == 0
    assert not unopened.closed


def test_no_state_is_saved_where_another_model_answers(store: Store, make_repo: MakeRepo) -> None:
    snapshot = open_snapshot(make_repo(FILES).root)
    settings = Settings(heads=OPTIONS.heads, head_tokens=OPTIONS.head_tokens, answer_model="large")
    engines = [ScriptedEngine(), ScriptedEngine()]
    for engine in engines:
        options = IndexOptions.of(settings)
        events = list(index(store, snapshot, lambda engine=engine: engine, "model", options))  # type: ignore[misc]
        assert not any(isinstance(event, SavingState) for event in events)
    assert engines[0].closed and not engines[1].closed
    assert not store.state_path.exists()


def test_a_lost_state_is_saved_again_without_a_step(store: Store, make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    run(store, repo, ScriptedEngine())
    store.state_path.unlink()
    engine = ScriptedEngine()
    run(store, repo, engine)
    assert is_state_saved(store, "model")
    assert engine.closed and not engine.prompts


def test_a_budget_stops_in_time_and_still_saves_if_it_can(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    now = [0.0]

    def slow(prompt: object) -> list[str]:
        now[0] += 10
        return ["takes ten seconds"]

    options = IndexOptions(heads=2, head_tokens=2000, depth="read", budget_seconds=65)
    engine = ScriptedEngine(slow, concurrent_prompts=1)
    events = list(
        index(
            store, open_snapshot(repo.root), lambda: engine, "model", options, clock=lambda: now[0]
        )
    )
    assert isinstance(events[-1], IndexResult) and isinstance(events[1], IndexPlan)
    assert 3 <= events[-1].steps <= 6 and events[-1].left == events[-1].chunks - events[-1].steps
    assert any(isinstance(event, SavingState) for event in events)
    assert now[0] <= 65


def test_a_budget_that_planning_uses_up_opens_no_model(store: Store, make_repo: MakeRepo) -> None:
    def open_engine() -> ScriptedEngine:
        raise AssertionError("the model is opened")

    options = replace(OPTIONS, budget_seconds=5.0)
    snapshot, seconds = open_snapshot(make_repo(FILES).root), itertools.count(0, 6)
    events = list(
        index(store, snapshot, open_engine, "model", options, clock=lambda: next(seconds))
    )
    result = events[-1]
    assert isinstance(result, IndexResult)
    assert (result.steps, result.ended) == (0, "time")
    assert result.left > 0
