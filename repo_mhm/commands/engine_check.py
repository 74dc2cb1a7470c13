"""Checks once for each build, machine and model that batches give what single rows give.

The result is kept in the user's cache. A file that is damaged or cannot be written costs only
checking again.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Protocol, runtime_checkable

import platformdirs
from pydantic import ConfigDict, TypeAdapter, ValidationError

from repo_mhm.atomic_file import replace_bytes
from repo_mhm.engine.types import Engine
from repo_mhm.errors import EngineError
from repo_mhm.private_folder import make_private

TOLERANCE = 0.15
"""The largest difference of a sound build (`engine.self_check`): 0 with SmolLM2 Q4_1, .05 to .07
with Qwen2.5-Coder-1.5B Q4_K_M, both with AVX-512. Logits behind different tokens are .26 and more
apart."""
KEPT_RESULTS = 20
"""How many results are kept, the latest."""

_FILE = TypeAdapter(
    dict[str, float], config=ConfigDict(ser_json_inf_nan="constants", allow_inf_nan=True)
)


@runtime_checkable
class ComparesBatches(Protocol):
    """An engine that runs the model itself."""

    def batch_difference(self) -> float:
        """See `engine.self_check.batch_difference`."""
        ...


def batch_problem(engine: Engine) -> str:
    """What is wrong with batches of this engine, for people; empty where nothing is.

    Takes a second or more the first time. A server's engine is not checked.
    """
    if not isinstance(engine, ComparesBatches):
        return ""
    key = _key(engine.info.model_id, engine.info.on_gpu, engine.info.concurrent_prompts > 1)
    if key in _read():
        return _problem(_read()[key])
    try:
        difference = engine.batch_difference()
    except EngineError:  # no memory for another context now
        return ""
    _keep(key, difference)
    return _problem(difference)


def kept_problem(model_id: str, *, on_gpu: bool) -> str | None:
    """The same by what is kept, for engines of one answer and of an index.

    None where neither was checked with this build yet.
    """
    kept = _read()
    keys = [_key(model_id, on_gpu, is_for_index) for is_for_index in (False, True)]
    differences = [kept[key] for key in keys if key in kept]
    return _problem(max(differences)) if differences else None


def _problem(difference: float) -> str:
    if difference <= TOLERANCE:
        return ""
    from repo_mhm.engine.llama_build import install_command
    from repo_mhm.engine.llama_library import llama_version

    return (
        "this build of llama.cpp computes several prompts at once differently from each alone "
        f"(difference {difference:.2f}; at most {TOLERANCE} is sound), so do not trust what it "
        f"writes. Compile it again: {install_command(version=llama_version())}"
    )


def _key(model_id: str, on_gpu: bool, is_for_index: bool) -> str:
    """What the result depends on: the build, the machine, and the weights for their formats.

    For an index llama.cpp may rearrange them, and takes other kernels then.
    """
    from repo_mhm.engine.hardware import cpu_name
    from repo_mhm.engine.llama_library import build

    device = "GPU" if on_gpu else "CPU"
    weights = "rearranged" if is_for_index else "as they are"
    return f"{build()} on {cpu_name()}, {device}: {model_id} {weights}"


def _path() -> Path:
    return platformdirs.user_cache_path("repo-mhm", appauthor=False) / "batches.json"


def _read() -> dict[str, float]:
    try:
        return _FILE.validate_json(_path().read_bytes())
    except (OSError, ValidationError):
        return {}


def _keep(key: str, difference: float) -> None:
    kept = {key: difference, **dict(islice(_read().items(), KEPT_RESULTS - 1))}
    path = _path()
    with suppress(OSError):
        make_private(path.parent)
        replace_bytes(path, _FILE.dump_json(kept))
