"""Which token comes next, by the logits. numpy is loaded when a sampler is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_REFUSED = 32
"""How many tokens that would leave a slot empty are passed over for the next likeliest."""


class Sampler:
    """Picks the next token from logits: the likeliest at temperature 0, else drawn by seed."""

    def __init__(self, temperature: float, seed: int) -> None:
        import numpy

        self._numpy: Any = numpy
        self._temperature = temperature
        self._random = numpy.random.default_rng(seed)

    def choose(self, logits: Any, refuses: Callable[[int], bool]) -> int:
        """The next token; the best MOST_REFUSED may be refused, then the next is taken whatever it is."""
        if self._temperature > 0:
            # The likeliest of logits + Gumbel noise is a draw from their softmax.
            logits = logits / self._temperature + self._random.gumbel(size=logits.shape)
        token = int(logits.argmax())
        if not refuses(token):
            return token
        best = self._numpy.argsort(logits)[::-1][: MOST_REFUSED + 1]
        return next((int(other) for other in best if not refuses(int(other))), int(best[-1]))
