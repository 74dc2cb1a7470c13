"""Prefill times survive the process, for each model and device; a bad file costs only them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from repo_mhm.answer.prefill_file import KEPT_MODELS, KEPT_TIMES, expected_speed, remember_time
from repo_mhm.answer.prefill_speed import PrefillSpeed, PrefillTime
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.store import Store, open_store

INFO = ScriptedEngine().info
OTHER_DEVICE = replace(INFO, device="GPU (29/29 layers)", on_gpu=True)
FAST = PrefillTime(1000, 0, 0.1)
SLOW = PrefillTime(1000, 0, 100.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "memory")


def file() -> Path:
    return platformdirs.user_cache_path("repo-mhm", appauthor=False) / "prefill.json"


def test_times_of_one_device_say_nothing_about_another(store: Store) -> None:
    for _ in range(3):
        remember_time(OTHER_DEVICE, FAST)
    assert expected_speed(store, OTHER_DEVICE).seconds_to_read(1000, 0) < 0.2
    assert expected_speed(store, INFO) == PrefillSpeed()


def test_the_latest_times_count(store: Store) -> None:
    for time in [SLOW] * KEPT_TIMES + [FAST] * KEPT_TIMES:
        remember_time(INFO, time)
    assert expected_speed(store, INFO).seconds_to_read(1000, 0) < 0.2


def test_short_prompts_are_not_measured(store: Store) -> None:
    remember_time(INFO, PrefillTime(20, 0, 5.0))
    remember_time(INFO, PrefillTime(1000, 0, 0.0))
    assert not file().exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"a": [[1, 2]]}', '{"a": [[1000, 0, NaN]]}', "\udcff"]
)
def test_a_damaged_file_costs_only_the_times(store: Store, content: str) -> None:
    file().parent.mkdir(parents=True)
    file().write_text(content, errors="surrogateescape")
    assert expected_speed(store, INFO) == PrefillSpeed()
    remember_time(INFO, FAST)
    assert expected_speed(store, INFO) != PrefillSpeed()


def test_a_cache_that_cannot_be_written_is_no_error(store: Store) -> None:
    file().parent.parent.mkdir(parents=True, exist_ok=True)
    file().parent.write_text("in the way")
    remember_time(INFO, FAST)
    assert expected_speed(store, INFO) == PrefillSpeed()


def test_models_that_are_not_used_any_more_are_forgotten(store: Store) -> None:
    models = [replace(INFO, model_id=f"model {number}") for number in range(KEPT_MODELS + 5)]
    for model in models:
        remember_time(model, FAST)
    assert expected_speed(store, models[-1]) != PrefillSpeed()
    assert expected_speed(store, models[0]) == PrefillSpeed()
