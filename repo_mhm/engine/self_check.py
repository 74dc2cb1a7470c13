"""Whether llama.cpp makes the same of several texts at once as of each by itself.

The idea: a batch of many rows runs through other kernels than a single row, and a compiler, a
driver or an instruction set may break one of them without a crash: the model then writes fluent
nonsense in one of the two. So short texts are evaluated in one batch, as prompts are; in lanes, one
token of each at a time; and one by one, as answers are written. After every token the model must
expect about the same. The difference is measured in logits, as a share of how far those of a row
lie apart, so that it means the same for all models.
"""

from __future__ import annotations

import math
import threading
from typing import Any

from repo_mhm.engine.batch import Row
from repo_mhm.engine.llama_api import Context, Model, Shape

TEXTS = (
    b"The function returns a list of all files that are open",
    b"def close(self): self.file.close() # a second time is harmless",
    b"Errors are raised as soon as a request to the server fails",
    b"for key, value in sorted(table.items()): print(key, value)",
)
TOKENS = 4
"""Of each text, all of whose logits are wanted: sixteen rows in one batch."""
_CELLS = 256
"""Of each sequence; llama.cpp wants multiples of it."""

Logits = dict[tuple[int, int], Any]
"""Logits by sequence and position, as numpy arrays as long as the vocabulary."""


def batch_difference(model: Model, threads: int, *, on_gpu: bool) -> float:
    """How far logits of batches are from those of single rows, at most; infinity for no number.

    It takes as long as writing about twenty tokens. Raises EngineError when memory is too small.
    """
    rows = _rows(model)
    lanes = [[row for row in rows if row.position == at] for at in range(TOKENS)]
    shape = Shape(
        cells=_CELLS * len(TEXTS),
        sequences=len(TEXTS),
        separate=True,
        batch=len(rows),
        threads=threads,
        on_gpu=on_gpu,
    )
    context = Context(model, shape, threading.Event())
    try:
        alone = _evaluated(context, [[row] for row in rows])
        in_lanes = _evaluated(context, lanes)
        at_once = _evaluated(context, [rows])
    finally:
        context.close()
    differences = [
        difference(batch[key], alone[key]) for batch in (in_lanes, at_once) for key in alone
    ]
    return max(differences, default=0.0)


def difference(logits: Any, expected: Any) -> float:
    """The root mean square of the differences, as a share of the expected standard deviation.

    Infinity where one of the two is a number and the other is not.
    """
    import numpy

    is_number = numpy.isfinite(expected)
    if (numpy.isfinite(logits) != is_number).any() or not is_number.any():
        return math.inf
    numbers = expected[is_number].astype("float64")
    apart = logits[is_number].astype("float64") - numbers
    return float(numpy.sqrt((apart**2).mean())) / float(numbers.std() or 1.0)


def _rows(model: Model) -> list[Row]:
    """The tokens of all texts, a sequence each; of a short text fewer."""
    texts = [model.tokens(text)[:TOKENS] for text in TEXTS]
    return [
        Row(token, position, sequence, True)
        for sequence, tokens in enumerate(texts)
        for position, token in enumerate(tokens)
    ]


def _evaluated(context: Context, batches: list[list[Row]]) -> Logits:
    """The logits of all rows, evaluated batch by batch into empty sequences."""
    for sequence in range(len(TEXTS)):
        context.drop(sequence, 0)
    logits: Logits = {}
    for batch in batches:
        values = context.evaluate(batch) if batch else []
        for row, value in zip(batch, values, strict=True):
            logits[row.sequence, row.position] = value.copy()
    return logits
