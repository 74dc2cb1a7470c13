"""Asker: puts a review's questions to a model, until the time is up, and never twice.

Replies are kept in a file beside the memory under a digest of model and prompt, so that an amended commit costs only
what changed. A damaged or unwritable file costs time, never the review.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from threading import Timer
from typing import Protocol, runtime_checkable

from repo_mhm.atomic_file import replace_text
from repo_mhm.engine.run import drive
from repo_mhm.engine.types import Contrast, Engine, Prompt, Reply, Weighed
from repo_mhm.errors import EngineError, ModelError, PromptTooLong
from repo_mhm.review.remarks import PROMPT_VERSION, Remarked, Task, read_summary, remark, weighed

LATE = "the time was up"
KEPT_REPLIES = 4000
"""Replies the file holds; the oldest give way."""

Lane = Generator[Prompt | Remarked, Reply | None, None]


@runtime_checkable
class Weigher(Protocol):
    """An engine that can say how likely texts are."""

    def weigh(self, contrast: Contrast) -> Weighed | None:
        """How likely each text is where it parts from the other; None where they do not. Raises PromptTooLong."""
        ...


@dataclass(slots=True)
class Asked:
    """What came of asking: what was answered, the summary, and why the rest was not."""

    done: dict[Task, Remarked] = field(default_factory=dict)
    summary: tuple[str, ...] = ()
    reason: str = LATE


class Asker:
    """Asks the model that `open_engine` opens, only when a reply is not known yet; `path` is where replies are kept.

    With `opinions` it also asks what the model thinks of changes that it cannot weigh.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        model: str,
        model_id: str,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        opinions: bool = False,
    ) -> None:
        self.model = model
        self.opinions = opinions
        self._open_engine = open_engine
        self._model_id = model_id
        self._path = path
        self._clock = clock
        self._replies: dict[str, tuple[str, ...]] = _load(path)
        self._fresh = False

    def ask(self, tasks: Sequence[Task], summary: Prompt | None, deadline: float | None) -> Asked:
        """Weigh or ask about each task, and ask for the summary, until `deadline`, a time of the clock."""
        asked = Asked()
        slips = [task for task in tasks if task.slip and not self._is_weighed(task, asked)]
        lanes = [self._summary(summary, asked)] if summary else []
        lanes += [self._remembered(remark(task)) for task in tasks if not task.slip]
        pending = [
            lane for lane in (self._replayed(lane, asked) for lane in lanes) if lane is not None
        ]
        try:
            if (slips or pending) and not self._is_late(deadline):
                self._drive(slips, pending, asked, deadline)
        except KeyboardInterrupt:
            if not self._is_late(deadline):
                raise
        except (EngineError, ModelError) as exc:
            asked.reason = exc.message
        finally:
            self._save()
        return asked

    def _is_late(self, deadline: float | None) -> bool:
        return deadline is not None and self._clock() >= deadline

    def _drive(
        self,
        slips: Sequence[Task],
        pending: Sequence[_Pending],
        asked: Asked,
        deadline: float | None,
    ) -> None:
        engine = self._open_engine()
        timer = (
            Timer(max(0.0, deadline - self._clock()), engine.interrupt)
            if deadline is not None
            else None
        )
        try:
            if timer:
                timer.daemon = True
                timer.start()
            for task in slips:
                if self._is_late(deadline):
                    return
                asked.done[task] = self._weigh(engine, task)
            for event in drive(engine, (one.resumed() for one in pending)):
                asked.done[event.task] = event
        finally:
            if timer:
                timer.cancel()
            engine.close()

    def _weigh(self, engine: Engine, task: Task) -> Remarked:
        assert task.slip is not None
        if not isinstance(engine, Weigher):
            return Remarked(task, None, "this engine cannot weigh texts")
        try:
            weights = engine.weigh(task.slip.contrast)
        except PromptTooLong:
            return Remarked(task, None, "too long for the model")
        texts = (str(weights.first), str(weights.second)) if weights else ()
        self._replies[self._contrast_key(task.slip.contrast)] = texts
        self._fresh = True
        return weighed(task, weights)

    def _is_weighed(self, task: Task, asked: Asked) -> bool:
        """Whether the answer is known; it is among what was asked then."""
        assert task.slip is not None
        known = self._replies.get(self._contrast_key(task.slip.contrast))
        if known is None:
            return False
        with suppress(ValueError):
            asked.done[task] = weighed(
                task, Weighed(float(known[0]), float(known[1])) if len(known) == 2 else None
            )
        return task in asked.done

    def _replayed(self, lane: Lane, asked: Asked) -> _Pending | None:
        """Run a lane as far as known replies carry it; None when they carry it to its end."""
        for item in lane:
            if isinstance(item, Prompt):
                return _Pending(item, lane)
            asked.done[item.task] = item
        return None

    def _remembered(self, lane: Lane) -> Lane:
        """The same lane, yielding only prompts whose reply is not known."""
        reply: Reply | None = None
        error: PromptTooLong | None = None
        while True:
            try:
                item = lane.throw(error) if error else lane.send(reply)
            except StopIteration:
                return
            reply = error = None
            if not isinstance(item, Prompt):
                yield item
                continue
            key = self._key(item)
            known = self._replies.get(key)
            if known is not None and len(known) == len(item.slots):
                reply = Reply(known)
                continue
            try:
                reply = yield item
            except PromptTooLong as exc:
                error = exc
            if reply is not None:
                self._replies[key] = reply.texts
                self._fresh = True

    def _summary(self, prompt: Prompt, asked: Asked) -> Lane:
        def lane() -> Lane:
            with suppress(PromptTooLong):
                reply = yield prompt
                asked.summary = read_summary(reply) if reply else ()

        return self._remembered(lane())

    def _key(self, prompt: Prompt) -> str:
        whole = json.dumps(
            [
                PROMPT_VERSION,
                self._model_id,
                prompt.system,
                prompt.user,
                [s.lead for s in prompt.slots],
            ]
        )
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()

    def _contrast_key(self, contrast: Contrast) -> str:
        whole = json.dumps([PROMPT_VERSION, self._model_id, *astuple(contrast)])
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()

    def _save(self) -> None:
        if self._path is None or not self._fresh:
            return
        kept = dict(list(self._replies.items())[-KEPT_REPLIES:])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_text(self._path, json.dumps(kept))


@dataclass(frozen=True, slots=True)
class _Pending:
    """A lane that waits for the reply to `prompt`, which it has already yielded."""

    prompt: Prompt
    lane: Lane

    def resumed(self) -> Lane:
        """The lane as a fresh generator that begins with the prompt it waits for."""
        item: Prompt | Remarked = self.prompt
        while True:
            try:
                try:
                    reply = yield item
                except PromptTooLong as exc:
                    item = self.lane.throw(exc)
                else:
                    item = self.lane.send(reply)
            except StopIteration:
                return


def _load(path: Path | None) -> dict[str, tuple[str, ...]]:
    try:
        read = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {
        key: tuple(texts)
        for key, texts in read.items()
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    }
