"""Batches of a sound build give what single rows give; a broken one is noticed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from repo_mhm.commands.engine_check import TOLERANCE
from repo_mhm.engine import self_check
from repo_mhm.engine.llama_api import Model
from repo_mhm.engine.self_check import batch_difference, difference

ROW = np.linspace(-3, 3, 500, dtype="float32")


def test_a_difference_is_a_share_of_how_far_logits_lie_apart() -> None:
    assert difference(ROW, ROW) == 0
    assert difference(ROW * 20 + 1, ROW * 20) == pytest.approx(difference(ROW * 10 + 0.5, ROW * 10))
    assert difference(ROW[::-1], ROW) == pytest.approx(2)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_as_far_as_can_be(wrong: float) -> None:
    row = ROW.copy()
    row[7] = wrong
    assert difference(row, ROW) == math.inf
    assert difference(ROW, row) == math.inf


@pytest.mark.model
def test_this_build_is_sound_and_a_broken_batch_would_be_noticed(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model(model_path, gpu_layers=0, repack=False)
    try:
        assert batch_difference(model, 1, on_gpu=False) <= TOLERANCE

        evaluate = self_check.Context.evaluate
        monkeypatch.setattr(
            self_check.Context,
            "evaluate",
            lambda self, rows: [
                values[::-1] if len(rows) > 4 else values for values in evaluate(self, rows)
            ],
        )
        assert batch_difference(model, 1, on_gpu=False) > TOLERANCE
    finally:
        model.close()
