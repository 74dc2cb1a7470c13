"""Keeps how long reading prompts took, in a file of the user's cache, for each model and device.

The speed belongs to the machine, not to a repository: what one repository's answers measure counts
in all others. A file that is damaged or cannot be written costs only the measurements.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import platformdirs
from pydantic import Field, NonNegativeInt, TypeAdapter, ValidationError

from repo_mhm.answer.prefill_speed import (
    MIN_MEASURED_TOKENS,
    PrefillSpeed,
    PrefillTime,
    assumed_speed,
    fitted_speed,
)
from repo_mhm.atomic_file import remove_unfinished, replace_bytes
from repo_mhm.engine.types import EngineInfo
from repo_mhm.memory.time_estimates import INDEX_SPEED
from repo_mhm.private_folder import make_private
from repo_mhm.store import Store

KEPT_TIMES = 9
"""How many of the latest times are kept for each model: enough for a median, few enough to follow
a machine that becomes busy."""
KEPT_MODELS = 20
"""How many models' times are kept, the latest used ones."""

_Tokens = Annotated[int, Field(ge=MIN_MEASURED_TOKENS)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_TimesByModel = dict[str, list[tuple[_Tokens, NonNegativeInt, _Seconds]]]
_FILE = TypeAdapter(_TimesByModel)


def expected_speed(store: Store, engine: EngineInfo) -> PrefillSpeed:
    """The speed at which this engine is likely to prefill the next prompt."""
    times = [PrefillTime(*values) for values in _read().get(_key(engine), [])]
    return fitted_speed(times, assumed_speed(float(store.meta(INDEX_SPEED) or 0)))


def kept_speeds() -> dict[str, float]:
    """The tokens a second at which each model has read prompts here, by its identity.

    The median of what is kept; that of the faster device where there are several.
    """
    speed_by_model: dict[str, float] = {}
    for key, times in _read().items():
        if times:
            model_id, _, _ = key.partition(" on ")
            speed = median(tokens / seconds for tokens, _, seconds in times)
            speed_by_model[model_id] = max(speed, speed_by_model.get(model_id, 0.0))
    return speed_by_model


def remember_time(engine: EngineInfo, time: PrefillTime) -> None:
    """Keep what reading a prompt took, unless it was too short to measure."""
    if time.tokens < MIN_MEASURED_TOKENS or time.seconds <= 0:
        return

    times_by_model = _read()
    key = _key(engine)
    earlier = times_by_model.pop(key, [])
    latest = [*earlier, (time.tokens, time.prefix, round(time.seconds, 3))][-KEPT_TIMES:]
    # The latest used model comes first; those at the end fall out.
    kept = {key: latest, **dict(islice(times_by_model.items(), KEPT_MODELS - 1))}

    path = _path()
    with suppress(OSError):
        make_private(path.parent)
        replace_bytes(path, _FILE.dump_json(kept))


def remove_unfinished_file() -> None:
    """Remove what processes that were killed while they wrote the file have left."""
    with suppress(OSError):
        remove_unfinished(_path())


def _key(engine: EngineInfo) -> str:
    """What the speed depends on.

    An engine for a single prompt opens sooner, but prefills more slowly.
    """
    return f"{engine.model_id} on {engine.device}, prompts: {engine.concurrent_prompts}"


def _path() -> Path:
    return platformdirs.user_cache_path("repo-mhm", appauthor=False) / "prefill.json"


def _read() -> _TimesByModel:
    try:
        return _FILE.validate_json(_path().read_bytes())
    except (OSError, ValidationError):
        return {}
