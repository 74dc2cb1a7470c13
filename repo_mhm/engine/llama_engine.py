"""The in-process engine: prompts in, replies out, by llama.cpp.

Ties a model and its context (`native`), the chat template (`template`), the order of work (`schedule`) and saved
states (`state`) together. Not safe for use from several threads at once, except `interrupt`.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from repo_mhm.engine import EngineInfo
from repo_mhm.engine.llama_api import Aborted, Context, Model, NoRoom, Shape
from repo_mhm.engine.sampler import Sampler
from repo_mhm.engine.saved_state import read_state, write_state
from repo_mhm.engine.schedule import Prefix, Row, Schedule
from repo_mhm.engine.sequence import Job, Lane, encode, job
from repo_mhm.engine.types import Contrast, Prompt, Reply, Slot, Weighed
from repo_mhm.errors import EngineError, PromptTooLong, StoreError

if TYPE_CHECKING:
    from repo_mhm.engine.template import ChatTemplate, Piece


@dataclass(frozen=True, slots=True)
class _Works:
    """A context and the order of work in it."""

    context: Context
    schedule: Schedule


class LlamaEngine:
    """An Engine over one model; made by `open_llama`.

    Submitted prompts are worked off in a context whose sequences lie apart. Streams and saved states need one long
    sequence: they have a context of their own, made when it is first needed, unless there is only one lane anyway.
    """

    def __init__(
        self,
        model: Model,
        template: ChatTemplate,
        info: EngineInfo,
        reading: Shape,
        talking: Shape,
        *,
        lane_context: int,
        sampler: Sampler,
    ) -> None:
        self._model = model
        self._template = template
        self._info = info
        self._stop = threading.Event()
        self._reading = self._works(reading, info.lanes)
        self._talking = self._reading if info.lanes == 1 else None
        self._talking_shape = talking
        self._lane_context = info.context if info.lanes == 1 else lane_context
        self._sampler = sampler
        self._tickets = 0
        self._started: dict[int, float] = {}
        self._finished: deque[tuple[int, Reply]] = deque()
        self._closed = False

    def _works(self, shape: Shape, lanes: int) -> _Works:
        context = Context(self._model, shape, self._stop)
        return _Works(
            context,
            Schedule(self._model, context, lanes=lanes, cells=shape.cells, batch=shape.batch),
        )

    @property
    def _talk(self) -> _Works:
        self._check_open()
        if self._talking is None:
            self._talking = self._works(self._talking_shape, 1)
        return self._talking

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count(self, text: str) -> int:
        self._check_open()
        return len(self._model.tokens(encode(text)))

    def submit(self, prompt: Prompt) -> int:
        work = self._job(prompt, self._lane_context)
        self._reading.schedule.add(work)
        self._started[work.ticket] = time.monotonic()
        return work.ticket

    def wait(self) -> tuple[int, Reply]:
        self._check_open()
        self._end_stream()
        while not self._finished:
            if not self._reading.schedule.busy:
                raise LookupError("no prompt is submitted")
            self._finish(self._step(self._reading))
        return self._finished.popleft()

    def cancel(self) -> None:
        self._finished.clear()
        self._started.clear()
        for works in self._all():
            works.schedule.cancel()

    def interrupt(self) -> None:
        self._stop.set()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        if len(prompt.slots) != 1 or prompt.slots[0].max_tokens < 1:
            raise ValueError("a streamed prompt has exactly one slot, of at least one token")
        return self._stream(self._job(prompt, self._info.context))

    def save_state(self, system: str, path: Path) -> int:
        tokens = self._shared(system)
        works, prefix = self._prepared(tokens)
        try:
            write_state(path, self._key(tokens), works.context.state(prefix.sequence))
        except OSError as error:
            raise StoreError(
                f"the model's state cannot be written to {path}: {error.strerror}",
                hint="Free some disk space or check the folder's permissions.",
            ) from error
        return len(tokens)

    def _prepared(self, tokens: tuple[int, ...]) -> tuple[_Works, Prefix]:
        """A prefix with all its tokens evaluated, in the context for streams."""
        works = self._talk
        works.schedule.end_stream()
        prefix = works.schedule.prepare(tokens)
        while not prefix.ready:
            self._finish(self._step(works))
        return works, prefix

    def load_state(self, system: str, path: Path) -> bool:
        tokens = self._shared(system)
        state = read_state(path, self._key(tokens))
        if state is None:
            return False
        works = self._talk
        prefix = works.schedule.prepare(tokens)
        if prefix.ready:
            return True
        if works.context.restore(prefix.sequence, state) and works.context.length(
            prefix.sequence
        ) == len(tokens):
            prefix.held = len(tokens)
            return True
        works.schedule.forget(prefix)
        return False

    def weigh(self, contrast: Contrast) -> Weighed | None:
        """How likely each text of a contrast is where it parts from the other; None where they do not.

        The model needs no training for chat: one that knows how to fill in code sees what follows, others only what
        stands before. Raises PromptTooLong, and KeyboardInterrupt when interrupted.
        """
        tokens, first, second = self._parting(contrast)
        if first == second:
            return None
        works, prefix = self._prepared(tuple(tokens[:-1]))
        try:
            row = Row(tokens[-1], len(tokens) - 1, prefix.sequence, True)
            logits = works.context.evaluate([row])[0].astype("float64")
        except Aborted:
            raise KeyboardInterrupt from None
        finally:
            works.schedule.forget(prefix)
        logits -= logits.max()
        total = math.log(sum(map(math.exp, logits)))
        return Weighed(float(logits[first]) - total, float(logits[second]) - total)

    def _parting(self, contrast: Contrast) -> tuple[list[int], int, int]:
        """The tokens up to where the texts part ways, and the next one of each."""
        self._check_open()
        before, after = (
            self._model.tokens(encode(text)) for text in (contrast.before, contrast.after)
        )
        first, second = (
            self._model.tokens(encode(text + "\n")) for text in (contrast.first, contrast.second)
        )
        same = next(
            (at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]),
            None,
        )
        if same is None:
            return [], 0, 0
        marks = self._model.fill_in()
        tokens = (
            [marks[0], *before, marks[1], *after, marks[2]]
            if marks
            else before or [self._model.bos]
        )
        tokens += first[:same]
        if len(tokens) > self._info.context:
            raise PromptTooLong(
                f"a contrast needs {len(tokens)} tokens; the context holds {self._info.context}",
                hint="Raise --context.",
            )
        return tokens, first[same], second[same]

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for works in self._all():
                works.context.close()
            self._model.close()

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", hint="Open a new one.")

    def _all(self) -> list[_Works]:
        return [
            self._reading,
            *([self._talking] if self._talking not in (None, self._reading) else []),
        ]

    def _end_stream(self) -> None:
        if self._talking is not None:
            self._talking.schedule.end_stream()

    def _finish(self, lanes: Iterable[Lane]) -> None:
        self._finished.extend((lane.job.ticket, self._reply(lane)) for lane in lanes)

    def _step(self, works: _Works) -> list[Lane]:
        """One batch. An interrupt costs nothing but that batch."""
        schedule = works.schedule
        try:
            rows = schedule.rows()
            logits = works.context.evaluate(rows)
            pairs = zip(logits, schedule.sampling(), strict=True)
            return schedule.take([self._sampler.choose(row, lane.refuses) for row, lane in pairs])
        except NoRoom:
            if schedule.retreat():
                return []
            self._drop(schedule)
            raise EngineError(
                "the model's memory has no room for a single prompt",
                hint="Raise --context or lower --lanes.",
            ) from None
        except Aborted:
            schedule.undo()
            raise KeyboardInterrupt from None
        except (KeyboardInterrupt, EngineError):
            self._drop(schedule)
            raise

    def _drop(self, failed: Schedule) -> None:
        """What a failure costs: the stream alone where it was one, which then ends, else all that is in flight."""
        if failed.streaming is None:
            self.cancel()
        else:
            failed.undo()

    def _stream(self, work: Job) -> Iterator[str]:
        works = self._talk
        lane = works.schedule.open_stream(work)
        try:
            done = False
            while not done:
                self._check_open()
                if works.schedule.streaming is not lane:
                    raise EngineError(
                        "an answer was cut off by other work on its engine", hint="Ask again."
                    )
                done = bool(self._step(works))
                if text := lane.fresh_text():
                    yield text
        finally:
            if not self._closed and works.schedule.streaming is lane:
                works.schedule.end_stream()

    def _reply(self, lane: Lane) -> Reply:
        seconds = time.monotonic() - self._started.pop(lane.job.ticket, time.monotonic())
        return Reply(tuple(lane.texts), lane.forced, lane.cached, lane.sampled, seconds)

    def _job(self, prompt: Prompt, limit: int) -> Job:
        self._check_open()
        shared, rest = self._template.pieces(prompt)
        self._tickets += 1
        work = job(
            self._tickets, self._start(shared), self._tokens(rest), prompt.slots, self._model
        )
        need = len(work.prefix) + work.room
        if need > limit:
            raise PromptTooLong(
                f"a prompt and its reply need {need} tokens; the context holds {limit}",
                hint="Shorten the question or raise --context.",
            )
        return work

    def _shared(self, system: str) -> tuple[int, ...]:
        self._check_open()
        shared, _ = self._template.pieces(Prompt(system, "", (Slot("", 1),)))
        tokens = self._start(shared)
        if len(tokens) > self._info.context:
            raise PromptTooLong(
                f"a system message needs {len(tokens)} tokens; the context holds {self._info.context}",
                hint="Use a smaller memory or raise --context.",
            )
        return tokens

    def _start(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        """The first tokens of a prompt, with the model's start token once, whether the template writes it or not."""
        tokens = self._tokens(pieces)
        if self._model.wants_bos and tokens[:1] != [self._model.bos]:
            tokens.insert(0, self._model.bos)
        return tuple(tokens)

    def _tokens(self, pieces: Sequence[Piece]) -> list[int]:
        return [
            token
            for piece in pieces
            for token in self._model.tokens(encode(piece.text), special=piece.trusted)
        ]

    def _key(self, tokens: Sequence[int]) -> dict[str, str | int]:
        digest = hashlib.sha256(",".join(map(str, tokens)).encode()).hexdigest()
        return {
            "model": self._info.model_id,
            "llama_cpp_python": version("llama-cpp-python"),
            "gpu": int(self._info.on_gpu),
            "tokens": len(tokens),
            "sha256": digest,
        }
