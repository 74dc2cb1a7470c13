"""Reranking by a model: the best files of a search, in the order it agrees on. Runs the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from repo_mhm.engine.types import Engine, Prompt
from repo_mhm.errors import EngineError, PromptTooLong
from repo_mhm.retrieval import path_likelihood
from repo_mhm.retrieval.ranking import rank_files
from repo_mhm.retrieval.search import SearchResult


@runtime_checkable
class TextJudge(Protocol):
    """An engine that can say how likely texts are."""

    def log_likelihoods(self, prompt: Prompt, texts: Sequence[str]) -> list[float]:
        """The logarithms of how likely each text begins the reply. Raises PromptTooLong."""
        ...


def rerank(engine: Engine, question: str, result: SearchResult) -> SearchResult:
    """The result, its best files in the order that ranking and model agree on.

    Raises EngineError where the engine cannot judge texts or fails. KeyboardInterrupt passes.
    """
    if not isinstance(engine, TextJudge):
        raise EngineError(
            "this engine cannot say how likely a text is",
            hint="Search without --rerank, or with a model that runs in this process.",
        )
    prompt = path_likelihood.prompt(question)
    paths = rank_files(result.ranked)[: path_likelihood.FILES]
    if prompt is None or len(paths) < 2:
        return result

    replies = [path_likelihood.reply(path) for path in paths]
    try:
        log_likelihoods = engine.log_likelihoods(prompt, replies)
    except PromptTooLong:
        return result
    by_path = {
        path: log_likelihood / max(1, engine.count(reply))
        for path, reply, log_likelihood in zip(paths, replies, log_likelihoods, strict=True)
    }
    return replace(result, ranked=path_likelihood.reordered(result.ranked, by_path))
