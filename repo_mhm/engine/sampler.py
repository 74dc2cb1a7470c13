"""The choice of the next token by its logits. numpy is loaded when a sampler is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_REFUSED = 32
"""Tokens that would leave a slot empty, passed over for the next likeliest."""


class Sampler:
    """Picks the next token: the likeliest at temperature 0, else drawn by `seed`."""

    def __init__(self, temperature: float, seed: int) -> None:
        import numpy

        self._numpy: Any = numpy
        self._temperature = temperature
        self._random = numpy.random.default_rng(seed)

    def choose(self, logits: Any, refuses: Callable[[int], bool]) -> int:
        """The likeliest token that is not refused, else the one after MOST_REFUSED refused ones.

        `logits` is an array as long as the vocabulary.
        """
        if self._temperature > 0:
            # Gumbel-max trick: the likeliest of logits + Gumbel noise is a draw from their softmax.
            logits = logits / self._temperature + self._random.gumbel(size=logits.shape)

        likeliest = int(logits.argmax())
        if not refuses(likeliest):
            return likeliest

        best = self._numpy.argsort(logits)[::-1][: MOST_REFUSED + 1]
        return next((int(token) for token in best if not refuses(int(token))), int(best[-1]))
