"""A review's calls of a model: weighing slips while time remains.

Opens an engine, unless the cache of replies has all answers, and reads the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Timer
from typing import Protocol, runtime_checkable

from repo_mhm.engine.types import Contrast, Engine, Weighed
from repo_mhm.errors import EngineError, ModelError, PromptTooLong
from repo_mhm.review.reply_cache import ReplyCache, Weights
from repo_mhm.review.report import LATE
from repo_mhm.review.slips import Slip


@runtime_checkable
class Weigher(Protocol):
    """An engine that can say how likely texts are."""

    def weigh(self, contrast: Contrast) -> Weighed | None:
        """How likely each text is where it differs from the other; None where they do not.

        Raises PromptTooLong.
        """
        ...


@dataclass(slots=True)
class Answers:
    """What a model answered in one review."""

    weights: dict[Slip, Weights] = field(default_factory=dict)
    unweighable: dict[Slip, str] = field(default_factory=dict)
    """Why a slip could not be weighed, where the reason lies in the slip or the engine."""
    reason: str = LATE
    """Why every other slip was not weighed."""


class ReviewModel:
    """A model that is opened only when an answer is not in the cache.

    A deadline is a time of `clock`, in seconds; None is no limit.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        name: str,
        cache: ReplyCache,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._open_engine = open_engine
        self._cache = cache
        self._clock = clock

    def ask(self, slips: Sequence[Slip], deadline: float | None) -> Answers:
        """Weigh each slip, until the deadline."""
        answers = Answers()
        new_slips = [slip for slip in slips if not self._add_cached_weights(slip, answers)]

        try:
            if new_slips and not self._is_late(deadline):
                with self._engine(deadline) as engine:
                    self._weigh_all(engine, new_slips, answers, deadline)
        except KeyboardInterrupt:
            if not self._is_late(deadline):
                raise
        except (EngineError, ModelError) as exc:
            answers.reason = exc.message
        finally:
            self._cache.save()
        return answers

    def _is_late(self, deadline: float | None) -> bool:
        return deadline is not None and self._clock() >= deadline

    @contextmanager
    def _engine(self, deadline: float | None) -> Iterator[Engine]:
        """The engine, interrupted at the deadline and closed at the end."""
        engine = self._open_engine()
        timer: Timer | None = None
        try:
            if deadline is not None:
                timer = Timer(max(0.0, deadline - self._clock()), engine.interrupt)
                timer.daemon = True
                timer.start()
            yield engine
        finally:
            if timer:
                timer.cancel()
            engine.close()

    def _add_cached_weights(self, slip: Slip, answers: Answers) -> bool:
        """Add the weights from the cache to the answers; False where the cache has none."""
        is_there, weights = self._cache.weights(slip.contrast)
        if is_there:
            answers.weights[slip] = weights
        return is_there

    def _weigh_all(
        self, engine: Engine, slips: Sequence[Slip], answers: Answers, deadline: float | None
    ) -> None:
        for slip in slips:
            if self._is_late(deadline):
                return
            if not isinstance(engine, Weigher):
                answers.unweighable[slip] = "this engine cannot weigh texts"
                continue
            try:
                weights = engine.weigh(slip.contrast)
            except PromptTooLong:
                answers.unweighable[slip] = "too long for the model"
                continue
            self._cache.put_weights(slip.contrast, weights)
            answers.weights[slip] = weights
