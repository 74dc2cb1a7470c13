"""Rows of a batch, taken from lanes and from the prefixes that lanes share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from repo_mhm.engine.sequence import KvCache, Lane


class Row(NamedTuple):
    """One token of a batch; `wanted` when the logits after it are needed."""

    token: int
    position: int
    sequence: int
    wanted: bool


@dataclass(eq=False, slots=True)
class Prefix:
    """Tokens that several prompts begin with, and how many of them its sequence contains."""

    sequence: int
    tokens: tuple[int, ...]
    evaluated: int = 0
    last_used: int = 0
    """The schedule's count of uses at its last one."""
    users: set[int] = field(default_factory=set)
    """Sequences of the lanes that begin with it."""

    @property
    def complete(self) -> bool:
        """Whether all its tokens are evaluated."""
        return self.evaluated == len(self.tokens)


def tokens_evaluated(part: Lane | Prefix) -> int:
    """How many tokens the part's sequence contains."""
    return part.evaluated if isinstance(part, Prefix) else len(part.evaluated)


def roll_back(part: Lane | Prefix, cache: KvCache) -> None:
    """Forget what a batch that was given up may have evaluated of a part."""
    if isinstance(part, Prefix):
        part.evaluated = cache.drop(part.sequence, part.evaluated)
    else:
        part.cut(len(part.evaluated))


def tokens_left(part: Lane | Prefix) -> int:
    """Tokens that the part has still to evaluate, as far as they are known."""
    if isinstance(part, Prefix):
        return len(part.tokens) - part.evaluated
    return len(part.pending)


def rows(part: Lane | Prefix, count: int) -> list[Row]:
    """The next `count` tokens of a part."""
    start = tokens_evaluated(part)
    if isinstance(part, Prefix):
        tokens, wanted = part.tokens[start : start + count], False
    else:
        tokens, wanted = tuple(part.pending[:count]), samples(part, count)

    last = count - 1
    return [
        Row(token, start + offset, part.sequence, wanted and offset == last)
        for offset, token in enumerate(tokens)
    ]


def samples(lane: Lane, count: int) -> bool:
    """Whether a token is sampled after the lane's next `count` ones."""
    return count == len(lane.pending) and not lane.done
