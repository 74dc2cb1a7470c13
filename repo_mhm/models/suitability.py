"""Which of the pinned models suits this machine best. Pure.

The idea: more parameters answer better, as long as the model fits into memory and reads fast enough
that an answer begins in time. Reading a token takes work in proportion to the parameters that read
it, so one model whose speed was measured here tells the speed of the others. A GPU's own memory is
fast enough for whatever fits in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from repo_mhm.errors import ModelError
from repo_mhm.models.manifest import PinnedModel

LEAST_SPEED = 100.0
"""Tokens a second: the least prompt of an answer, 1,500 tokens, within the 15 seconds that it may
take to begin."""
_SHARE_OF_MEMORY = 0.8
"""Of what is free now: other programs want memory later, and a machine that swaps stands still."""
DEFAULT_ROLE = "default"
_CHOSEN_ROLES = (DEFAULT_ROLE, "large")
"""Models for tests write no answers, and those that always reason first begin too late."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine offers a model."""

    free_memory: int | None
    """Bytes; None where nothing says."""
    gpu_memory: int = 0
    """Free bytes of the largest GPU that the installed llama.cpp can use; 0 where it uses none."""
    speed_by_model: Mapping[str, float] = field(default_factory=dict)
    """Tokens a second at which models have read prompts here, by their sha256."""

    def has_room_for(self, memory: int) -> bool:
        """Whether a model that takes so many bytes fits; yes where nothing says."""
        if self.free_memory is None or memory <= self.gpu_memory:
            return True
        return memory <= _SHARE_OF_MEMORY * self.free_memory


@dataclass(frozen=True, slots=True)
class Suitability:
    """How one model would run on a machine."""

    fits: bool
    on_gpu: bool
    tokens_per_second: float | None
    """At which it reads prompts; None where nothing is known."""
    measured_model: str = ""
    """The model whose speed that was computed from; empty where it is its own, or unknown."""

    @property
    def is_fast_enough(self) -> bool:
        """Whether an answer begins in time, as far as is known."""
        is_own_speed = self.tokens_per_second is not None and not self.measured_model
        if self.on_gpu and not is_own_speed:
            return True
        return (self.tokens_per_second or 0.0) >= LEAST_SPEED


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The model that suits a machine best, and the next larger one that does not."""

    model: PinnedModel
    suitability: Suitability
    larger: tuple[PinnedModel, Suitability] | None


def suitability(model: PinnedModel, models: Sequence[PinnedModel], machine: Machine) -> Suitability:
    """How a model would run; `models` are all whose speed may have been measured."""
    on_gpu = model.memory <= machine.gpu_memory
    fits = machine.has_room_for(model.memory)
    measured_speed = machine.speed_by_model.get(model.sha256)
    if measured_speed is not None:
        return Suitability(fits, on_gpu, measured_speed)

    measured = [other for other in models if other.sha256 in machine.speed_by_model]
    if not measured:
        return Suitability(fits, on_gpu, None)
    nearest = min(measured, key=lambda other: abs(other.work - model.work))
    speed = machine.speed_by_model[nearest.sha256] * nearest.work / model.work
    return Suitability(fits, on_gpu, speed, nearest.name)


def recommend(models: Sequence[PinnedModel], machine: Machine) -> Recommendation:
    """The largest model that fits and reads fast enough; the default one where none does."""
    candidates = [model for model in models if model.role in _CHOSEN_ROLES]
    candidates.sort(key=lambda model: model.parameters, reverse=True)

    larger: tuple[PinnedModel, Suitability] | None = None
    for model in candidates:
        suits = suitability(model, models, machine)
        if model.role == DEFAULT_ROLE or (suits.fits and suits.is_fast_enough):
            return Recommendation(model, suits, larger)
        larger = model, suits
    raise ModelError("the manifest names no default model", hint="Reinstall repo-mhm.")
