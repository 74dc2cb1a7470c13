"""The best model is the largest that fits and reads fast enough, as far as that is known."""

from __future__ import annotations

import pytest

from repo_mhm.models.manifest import PinnedModel, shipped_manifest
from repo_mhm.models.suitability import LEAST_SPEED, Machine, recommend, suitability

MODELS = shipped_manifest().model
DEFAULT = shipped_manifest().role("default")
LARGE = 64 << 30


def model(name: str) -> PinnedModel:
    return shipped_manifest().require(name)


def speeds(tokens_per_second: float) -> dict[str, float]:
    return {DEFAULT.sha256: tokens_per_second}


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        (Machine(LARGE), DEFAULT.name),  # no speed is known
        (Machine(LARGE, speed_by_model=speeds(80)), DEFAULT.name),
        (Machine(LARGE, speed_by_model=speeds(300)), "qwen3.5-4b"),
        (Machine(LARGE, speed_by_model=speeds(5000)), "qwen3.6-35b-a3b"),
        (Machine(8_000_000_000, speed_by_model=speeds(5000)), "qwen2.5-coder-7b-instruct"),
        (Machine(1 << 30, speed_by_model=speeds(5000)), DEFAULT.name),
        (Machine(4 << 30, gpu_memory=24_000_000_000), "qwen3.6-35b-a3b"),
        (Machine(LARGE, gpu_memory=8 << 30), "qwen3.5-9b"),
        (Machine(None, speed_by_model=speeds(5000)), "qwen3.6-35b-a3b"),
    ],
)
def test_the_largest_model_that_fits_and_is_fast_is_recommended(
    machine: Machine, name: str
) -> None:
    best = recommend(MODELS, machine)
    assert best.model.name == name
    if best.larger is not None:
        larger, would = best.larger
        assert larger.parameters > best.model.parameters
        assert not (would.fits and would.is_fast_enough)


def test_a_speed_is_computed_from_the_nearest_measured_model() -> None:
    large = model("qwen2.5-coder-7b-instruct")
    measured = {DEFAULT.sha256: 1000.0, large.sha256: 150.0}
    machine = Machine(LARGE, speed_by_model=measured)
    assert suitability(large, MODELS, machine).tokens_per_second == 150
    larger = suitability(model("qwen3.5-9b"), MODELS, machine)
    assert larger.measured_model == large.name
    assert larger.tokens_per_second == pytest.approx(150 * 7620 / 9000)


def test_a_measured_speed_counts_on_a_gpu_too() -> None:
    large = model("qwen3.5-4b")
    machine = Machine(LARGE, gpu_memory=LARGE, speed_by_model={large.sha256: LEAST_SPEED / 2})
    assert not suitability(large, MODELS, machine).is_fast_enough
    assert suitability(DEFAULT, MODELS, machine).is_fast_enough


def test_every_model_is_pinned_with_what_it_needs() -> None:
    for pinned in MODELS:
        assert pinned.memory > pinned.size
        assert pinned.licence == "Apache-2.0"
        assert pinned.work <= pinned.parameters
        assert pinned.source
    assert {entry.name for entry in MODELS if entry.is_in_package_index} == {
        DEFAULT.name,
        shipped_manifest().role("tests").name,
    }
