"""Reranking by a model, with the scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import EngineError
from repo_mhm.retrieval.model_ranking import rerank
from repo_mhm.retrieval.ranking import rank_files
from repo_mhm.retrieval.search import SearchResult, search
from repo_mhm.store import open_store
from tests.store.conftest import scanned

QUESTION = "Stamps are lost in the post\nThe body says more."


@pytest.fixture
def result(tmp_path: Path) -> Iterator[SearchResult]:
    with open_store(tmp_path) as store:
        for number in range(14):
            code = f"def stamp{number}(post):\n    return lost(post, {number})\n"
            store.put_file(scanned(f"office{number}.py", code.encode()))
        yield search(store, QUESTION, "source")


def test_the_model_moves_the_file_it_finds_likeliest_up(result: SearchResult) -> None:
    before = rank_files(result.ranked)
    favourite = before[6]
    judged: list[str] = []

    def likelihood(prompt: Prompt, text: str) -> float:
        assert "Stamps are lost in the post\nThe body says more." in prompt.user
        judged.append(text)
        return -1.0 if text == f"{favourite}`" else -50.0

    with ScriptedEngine(log_likelihood=likelihood) as engine:
        better = rerank(engine, QUESTION, result)
    after = rank_files(better.ranked)
    assert after == [favourite, *(path for path in before if path != favourite)]
    assert judged == [f"{path}`" for path in before[:10]]


def test_an_interrupt_and_a_failure_pass_through(result: SearchResult) -> None:
    with ScriptedEngine(interrupt_at=1) as engine, pytest.raises(KeyboardInterrupt):
        rerank(engine, QUESTION, result)
    with ScriptedEngine(fail_at=1) as engine, pytest.raises(EngineError):
        rerank(engine, QUESTION, result)


def test_a_question_without_a_word_and_one_that_is_too_long_change_nothing(
    result: SearchResult,
) -> None:
    with ScriptedEngine(context=4) as engine:
        assert rerank(engine, QUESTION, result) == result
        assert rerank(engine, " \n", result) == result


def test_an_engine_that_cannot_judge_texts_says_so(result: SearchResult) -> None:
    class Mute:
        """An engine without likelihoods."""

    with pytest.raises(EngineError, match="cannot say how likely"):
        rerank(Mute(), QUESTION, result)  # type: ignore[arg-type]
