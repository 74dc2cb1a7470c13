"""The order of files by how likely a model names each of them as the one to change. Pure.

The idea: a model that is shown an issue and asked for the file to change rarely writes a path that
exists. But it can say how likely it finds each path that the ranking proposes, as the reply. The
issue is evaluated once, and each path costs its few tokens. No path is shown in the prompt, so that
no place in a list favours one. What the model says is added to what the ranking says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from repo_mhm.engine.types import Prompt, Slot
from repo_mhm.retrieval.long_question import parts
from repo_mhm.retrieval.ranking import RankedChunk

FOUND_BY = "model"
"""The name among those of the lists that found a chunk."""
FILES = 10
"""The best files are judged."""
TITLE_LETTERS, BODY_LETTERS = 200, 600
"""Characters of the question that are shown: about 200 tokens, two or three seconds on two cores.
"""
WEIGHT = 0.15
"""How much the logarithm of a likelihood counts, per token, beside the logarithm of a score. From
.1 to .8 as many issues are found at 5; with more, fewer at 1 (scripts/RESULTS.md)."""

_SYSTEM = "You know which code of a repository an issue is about."
_QUESTION = "Which file must be changed to resolve this issue? Reply with its path only."


def prompt(question: str) -> Prompt | None:
    """Asks for the file that a question is about; None where the question has no word."""
    lines = parts(question)
    if not lines:
        return None
    title, *body = (line.text.strip() for line in lines if line.weight)
    shown = "\n".join(body)[:BODY_LETTERS]
    text = f"Issue: {title[:TITLE_LETTERS]}\n{shown}\n\n{_QUESTION}"
    return Prompt(_SYSTEM, text, (Slot("`", 1),))


def reply(path: str) -> str:
    """The reply that names a path."""
    return f"{path}`"


def reordered(
    ranked: Sequence[RankedChunk], log_likelihoods: Mapping[str, float]
) -> tuple[RankedChunk, ...]:
    """The chunks in their new order.

    `log_likelihoods` are those of the replies by path, divided by their tokens, as long paths would
    else count as unlikely. All chunks of a file change alike. A file that was not judged counts as
    the worst that was.
    """
    if not log_likelihoods:
        return tuple(ranked)

    best, worst = max(log_likelihoods.values()), min(log_likelihoods.values())
    chunks = []
    for chunk in ranked:
        log_likelihood = log_likelihoods.get(chunk.path, worst)
        score = chunk.score * math.exp(WEIGHT * (log_likelihood - best))
        found_by = chunk.found_by
        if chunk.path in log_likelihoods:
            found_by = (*found_by, FOUND_BY)
        chunks.append(replace(chunk, score=score, found_by=found_by))
    return tuple(sorted(chunks, key=lambda chunk: -chunk.score))
