"""The check of an engine's batches: once for each build and model, kept, said every time."""

from __future__ import annotations

import math

import pytest

from repo_mhm.commands.engine_check import TOLERANCE, batch_problem, kept_problem
from repo_mhm.engine import llama_library
from repo_mhm.engine.llama_build import Build
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import EngineError


class CheckedEngine(ScriptedEngine):
    """Differs by so much, and counts how often it is asked."""

    def __init__(self, difference: float, *, concurrent_prompts: int = 1) -> None:
        super().__init__(lambda prompt: [], concurrent_prompts=concurrent_prompts)
        self.difference = difference
        self.checks = 0

    def batch_difference(self) -> float:
        self.checks += 1
        return self.difference


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch) -> None:
    use_build(monkeypatch, "0.3.36")


def use_build(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    build = Build(version, False, ("CPU",), ("AVX2",))
    monkeypatch.setattr(llama_library, "build", lambda: build)


def test_a_sound_build_is_checked_once_and_another_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(TOLERANCE)
    assert kept_problem(engine.info.model_id, on_gpu=False) is None
    assert [batch_problem(engine), batch_problem(engine)] == ["", ""]
    assert engine.checks == 1
    assert kept_problem(engine.info.model_id, on_gpu=False) == ""

    use_build(monkeypatch, "0.3.37")
    assert batch_problem(engine) == ""
    assert engine.checks == 2


@pytest.mark.parametrize("difference", [TOLERANCE * 2, math.inf])
def test_a_broken_build_is_named_every_time_with_what_to_do(difference: float) -> None:
    engine = CheckedEngine(difference)
    first, second = batch_problem(engine), batch_problem(engine)
    assert first == second
    assert "do not trust" in first and "pip install --force-reinstall" in first
    assert engine.checks == 1


def test_engines_of_an_index_are_checked_apart_as_their_weights_may_be_rearranged() -> None:
    engine = CheckedEngine(0)
    assert batch_problem(engine) == ""
    index_engine = CheckedEngine(TOLERANCE * 2, concurrent_prompts=2)
    assert batch_problem(index_engine)
    assert kept_problem(engine.info.model_id, on_gpu=False), "doctor says the worse of the two"


def test_a_check_that_cannot_be_made_is_made_later(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(0)

    def fail() -> float:
        raise EngineError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "batch_difference", fail)
        assert batch_problem(engine) == ""
    assert batch_problem(engine) == ""
    assert engine.checks == 1


def test_an_engine_that_runs_no_model_itself_is_not_checked() -> None:
    assert batch_problem(ScriptedEngine(lambda prompt: [])) == ""
