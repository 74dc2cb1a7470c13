"""How long a model takes to read a prompt, fitted to what earlier answers took. Pure.

The idea: every token costs the same work in the weights, and attention over all tokens before it,
which grows with their number. So reading n tokens behind p others takes

    t(n, p) = a·n + b·n·(p + n/2)

seconds, and the seconds per token, t/n = a + b·x, lie on a line over x = p + n/2, the number of
tokens before the middle one. The line is drawn so that one wrong measurement hardly moves it: its
steepness b/a is the median over all pairs of measurements that lie apart in x, as in the estimator
of Theil and Sen, and a is the median over the measurements. What is assumed before anything is
measured counts as one measurement more, and as a few pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

ASSUMED_SPEED = 100.0
"""Tokens per second behind no other tokens, before anything is measured (DESIGN §7)."""
ANSWER_SHARE = 0.6
"""Speed of an answer's prefill as a share of an index's.

An index takes the time to pack the weights anew for its processor, and reads several prompts at
once. An answer took 1.4 to 2.1 times as long for a token (Qwen2.5-Coder-1.5B, two cores).
"""
ASSUMED_STEEPNESS = 1.5e-4
"""Share by which the time for a token grows with each token before it, until it is measured.

Qwen2.5-Coder-1.5B took 24 ms for a token behind 350 others, and 33 ms behind 3,150, on two cores.
"""
STEEPNESS_LIMIT = 1e-3
"""No measurement is believed that says more.

Behind 3,000 tokens it means a quarter of the speed.
"""
ASSUMED_PAIRS = 3
"""How many pairs of measurements the assumed steepness counts as."""
LEAST_DISTANCE = 800.0
"""Measurements closer than this many tokens say nothing about the steepness."""
LEAST_TIMES = 5
"""Of so many measurements, the quickest and the slowest one do not count for the spread."""
MIN_MEASURED_TOKENS = 200
"""The time of fewer tokens is not measured: other work hides it."""


@dataclass(frozen=True, slots=True)
class PrefillTime:
    """What reading one prompt took."""

    tokens: int
    """Tokens read."""
    prefix: int
    """Tokens before them that were in a saved state."""
    seconds: float

    @property
    def seconds_per_token(self) -> float:
        """The mean over its tokens."""
        return self.seconds / self.tokens

    @property
    def tokens_before(self) -> float:
        """How many tokens precede its middle token: the mean length of attention."""
        return self.prefix + self.tokens / 2


@dataclass(frozen=True, slots=True)
class PrefillSpeed:
    """How fast one model prefills on this machine; see the top of this file."""

    token_seconds: float = 1 / ASSUMED_SPEED
    """Seconds for a token behind no others (a)."""
    attention_seconds: float = ASSUMED_STEEPNESS / ASSUMED_SPEED
    """Seconds more for each token before it (b)."""
    spread: tuple[float, float] = (1.0, 1.0)
    """How many times as long as by this the measured prompts took: few, and most."""

    def likely_seconds(self, tokens: int, prefix: int) -> tuple[float, float]:
        """Between which seconds `seconds_to_read` is likely to be: other work comes and goes."""
        seconds = self.seconds_to_read(tokens, prefix)
        return seconds * self.spread[0], seconds * self.spread[1]

    def seconds_to_read(self, tokens: int, prefix: int) -> float:
        """Seconds that `tokens` take behind `prefix` tokens that have been read before."""
        before = prefix + tokens / 2
        return tokens * (self.token_seconds + self.attention_seconds * before)

    def tokens_readable(self, seconds: float, prefix: int) -> int:
        """How many tokens can be read in `seconds` behind `prefix` tokens; 0 without any time."""
        if seconds <= 0:
            return 0
        # The root of b/2·n² + (a + b·p)·n = t, in the form that is exact for small b too.
        first = self.token_seconds + self.attention_seconds * prefix
        root = math.sqrt(first**2 + 2 * self.attention_seconds * seconds)
        return int(2 * seconds / (first + root))


def assumed_speed(index_speed: float) -> PrefillSpeed:
    """The speed before any answer has measured it; `index_speed` (tokens/s) is 0 if unknown."""
    token_seconds = 1 / (index_speed * ANSWER_SHARE or ASSUMED_SPEED)
    return PrefillSpeed(token_seconds, token_seconds * ASSUMED_STEEPNESS)


def fitted_speed(times: Sequence[PrefillTime], assumed: PrefillSpeed) -> PrefillSpeed:
    """The speed that explains the `times` best; `assumed` where there are none."""
    assumed_steepness = assumed.attention_seconds / assumed.token_seconds
    steepness = median([*_steepnesses(times), *[assumed_steepness] * ASSUMED_PAIRS])

    at_start = (time.seconds_per_token / (1 + steepness * time.tokens_before) for time in times)
    token_seconds = median([*at_start, assumed.token_seconds])
    speed = PrefillSpeed(token_seconds, token_seconds * steepness)
    return replace(speed, spread=_spread(speed, times))


def _spread(speed: PrefillSpeed, times: Sequence[PrefillTime]) -> tuple[float, float]:
    """How many times as long as expected the prompts took; of many, one on each side is no rule."""
    ratios = sorted(
        time.seconds / speed.seconds_to_read(time.tokens, time.prefix) for time in times
    )
    if len(ratios) >= LEAST_TIMES:
        ratios = ratios[1:-1]
    return min([1.0, *ratios]), max([1.0, *ratios])


def _steepnesses(times: Sequence[PrefillTime]) -> Iterable[float]:
    """b/a of the line through each two measurements that lie apart."""
    for first, second in combinations(sorted(times, key=lambda time: time.tokens_before), 2):
        distance = second.tokens_before - first.tokens_before
        if distance < LEAST_DISTANCE:
            continue
        slope = (second.seconds_per_token - first.seconds_per_token) / distance
        at_start = first.seconds_per_token - slope * first.tokens_before
        steepness = slope / at_start if at_start > 0 else STEEPNESS_LIMIT
        yield min(max(0.0, steepness), STEEPNESS_LIMIT)
