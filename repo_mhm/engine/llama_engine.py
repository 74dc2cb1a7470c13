"""The in-process engine: prompts in, replies out, by llama.cpp.

Ties a model and its contexts (`llama_api`), the chat template (`template`), the order of work
(`schedule`) and saved states (`saved_state`) together. Of its methods, only `interrupt` may be
called from another thread.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from repo_mhm.engine.batch import Prefix, Row
from repo_mhm.engine.llama_api import OUTPUTS, Aborted, Context, Model, NoRoom, Shape
from repo_mhm.engine.sampler import Sampler
from repo_mhm.engine.saved_state import read_state, write_state
from repo_mhm.engine.schedule import Schedule
from repo_mhm.engine.sequence import Job, Lane
from repo_mhm.engine.tokenise import LARGER_CONTEXT, Tokeniser
from repo_mhm.engine.types import Contrast, EngineInfo, Evaluated, Prompt, Reply, Weighed
from repo_mhm.errors import EngineError, StoreError

if TYPE_CHECKING:
    from repo_mhm.engine.template import ChatTemplate


@dataclass(frozen=True, slots=True)
class Sizes:
    """The contexts of an engine, and the tokens of one submitted prompt with its reply."""

    prompts: Shape
    """Of the context for submitted prompts."""
    stream: Shape
    """Of the context for streams and saved states."""
    prompt_context: int


@dataclass(frozen=True, slots=True)
class _Worker:
    """A context and the schedule of the work in it."""

    context: Context
    schedule: Schedule


class LlamaEngine:
    """An Engine over one model; `open_llama` opens it.

    Submitted prompts run in a context whose sequences have separate cells. Streams and saved states
    need one long sequence: they have a context of their own, opened when it is first needed, unless
    there is only one lane anyway.
    """

    def __init__(
        self,
        model: Model,
        template: ChatTemplate,
        sampler: Sampler,
        info: EngineInfo,
        sizes: Sizes,
    ) -> None:
        self._model = model
        self._tokeniser = Tokeniser(model, template)
        self._sampler = sampler
        self._info = info
        self._sizes = sizes
        self._stop = threading.Event()

        lanes = info.concurrent_prompts
        self._prompt_worker = self._open_worker(sizes.prompts, lanes)
        self._opened_stream_worker = self._prompt_worker if lanes == 1 else None

        self._last_ticket = 0
        self._submitted_at: dict[int, float] = {}
        self._finished: deque[tuple[int, Reply]] = deque()
        self._closed = False

    # The protocol

    @property
    def info(self) -> EngineInfo:
        """The model, the device and the limits."""
        return self._info

    @property
    def evaluated(self) -> Evaluated:
        """The tokens of submitted prompts so far, those of prompts in flight included."""
        return self._prompt_worker.schedule.evaluated

    def count(self, text: str) -> int:
        """Exact number of tokens of `text` as plain text."""
        self._check_open()
        return self._tokeniser.count(text)

    def submit(self, prompt: Prompt) -> int:
        """Queue a prompt and return its ticket. Raises PromptTooLong."""
        job = self._job(prompt, self._sizes.prompt_context)
        self._prompt_worker.schedule.add(job)
        self._submitted_at[job.ticket] = time.monotonic()
        return job.ticket

    def work(self, seconds: float) -> bool:
        """Run batches until a prompt is finished or the time is up; is one finished?"""
        self._check_open()
        if self._opened_stream_worker is not None:
            self._opened_stream_worker.schedule.end_stream()

        end = time.monotonic() + seconds
        while not self._finished and time.monotonic() < end:
            if not self._prompt_worker.schedule.busy:
                raise LookupError("no prompt is submitted")
            self._collect(self._step(self._prompt_worker))
        return bool(self._finished)

    def wait(self) -> tuple[int, Reply]:
        """Run batches until a submitted prompt is finished. Raises LookupError, EngineError."""
        self.work(math.inf)
        return self._finished.popleft()

    def cancel(self) -> None:
        """Drop every submitted prompt that has not been returned."""
        self._finished.clear()
        self._submitted_at.clear()
        for worker in self._workers():
            worker.schedule.cancel()

    def interrupt(self) -> None:
        """Give up the running batch, else the next one; may be called from any thread."""
        self._stop.set()

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """Yield the text of the only slot as it is written. Raises ValueError, PromptTooLong."""
        if len(prompt.slots) != 1 or prompt.slots[0].max_tokens < 1:
            raise ValueError("a streamed prompt has exactly one slot, of at least one token")
        return self._stream(self._job(prompt, self._info.context))

    def save_state(self, system: str, path: Path) -> int:
        """Save the evaluated prefix of `system`; return its tokens.

        Raises PromptTooLong, and StoreError when the file cannot be written.
        """
        tokens = self._prefix_tokens(system)
        worker, prefix = self._evaluated_prefix(tokens)
        try:
            write_state(path, self._state_key(tokens), worker.context.state(prefix.sequence))
        except OSError as error:
            raise StoreError(
                f"the model's state cannot be written to {path}: {error.strerror}",
                hint="Free some disk space or check the folder's permissions.",
            ) from error
        return len(tokens)

    def load_state(self, system: str, path: Path) -> bool:
        """Restore such a prefix; False when the file is absent, stale or damaged."""
        tokens = self._prefix_tokens(system)
        state = read_state(path, self._state_key(tokens))
        if state is None:
            return False

        worker = self._stream_worker
        context, schedule = worker.context, worker.schedule
        prefix = schedule.add_prefix(tokens)
        if prefix.complete:
            return True

        restored = context.restore(prefix.sequence, state)
        if restored and context.length(prefix.sequence) == len(tokens):
            prefix.evaluated = len(tokens)
            return True

        schedule.forget(prefix)
        return False

    def weigh(self, contrast: Contrast) -> Weighed | None:
        """How likely each text of a contrast is where it differs from the other; None if nowhere.

        The model needs no training for chat. One trained to fill in code is shown `after` too, any
        other only `before`. Raises PromptTooLong, and KeyboardInterrupt when interrupted.
        """
        self._check_open()
        tokens, first, second = self._tokeniser.difference(contrast, self._info.context)
        if first == second:
            return None

        worker, prefix = self._evaluated_prefix(tuple(tokens[:-1]))
        try:
            row = Row(tokens[-1], len(tokens) - 1, prefix.sequence, True)
            logits = worker.context.evaluate([row])[0]
            return Weighed(_log_probability(logits, first), _log_probability(logits, second))
        except Aborted:
            raise KeyboardInterrupt from None
        finally:
            worker.schedule.forget(prefix)

    def log_likelihoods(self, prompt: Prompt, texts: Sequence[str]) -> list[float]:
        """How likely the model finds each text as the beginning of its reply, after the lead.

        Natural logarithms; of an empty text it is 0. Raises ValueError when the prompt has not
        exactly one slot, PromptTooLong, and KeyboardInterrupt when interrupted.
        """
        self._check_open()
        if len(prompt.slots) != 1:
            raise ValueError("texts are judged as the reply of exactly one slot")
        before, replies = self._tokeniser.replies(prompt, texts, self._info.context)

        # All but the last token of the prompt: its logits are wanted with those of each text.
        worker, prefix = self._evaluated_prefix(before[:-1])
        likelihoods = []
        try:
            for reply in replies:
                self._evaluated_prefix(before[:-1])  # again, where it cannot be cut behind it
                likelihoods.append(self._log_likelihood(worker, prefix, before, reply))
        except Aborted:
            raise KeyboardInterrupt from None
        finally:
            worker.schedule.forget(prefix)
        return likelihoods

    def _log_likelihood(
        self, worker: _Worker, prefix: Prefix, before: tuple[int, ...], reply: list[int]
    ) -> float:
        """The logarithm of how likely the tokens of a reply are behind those of a prompt."""
        # Each row predicts the token after it; the last token predicts none of the reply.
        start = len(before) - 1
        tokens = [before[-1], *reply[:-1]] if reply else []
        total = 0.0
        for first in range(0, len(tokens), OUTPUTS):
            batch = tokens[first : first + OUTPUTS]
            rows = [
                Row(token, start + first + at, prefix.sequence, True)
                for at, token in enumerate(batch)
            ]
            expected = reply[first : first + OUTPUTS]
            for logits, token in zip(worker.context.evaluate(rows), expected, strict=True):
                total += _log_probability(logits, token)
        prefix.evaluated = worker.context.drop(prefix.sequence, start)
        return total

    def batch_difference(self) -> float:
        """How far batches are from single rows (`self_check`). Raises EngineError."""
        from repo_mhm.engine.self_check import batch_difference

        self._check_open()
        threads = self._sizes.prompts.threads
        return batch_difference(self._model, threads, on_gpu=self._info.on_gpu)

    def close(self) -> None:
        """Free all native memory; closing twice is harmless."""
        if not self._closed:
            self._closed = True
            for worker in self._workers():
                worker.context.close()
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

    # Contexts

    def _open_worker(self, shape: Shape, lanes: int) -> _Worker:
        context = Context(self._model, shape, self._stop)
        schedule = Schedule(self._model, context, lanes=lanes, cells=shape.cells, batch=shape.batch)
        return _Worker(context, schedule)

    @property
    def _stream_worker(self) -> _Worker:
        self._check_open()
        if self._opened_stream_worker is None:
            self._opened_stream_worker = self._open_worker(self._sizes.stream, 1)
        return self._opened_stream_worker

    def _workers(self) -> list[_Worker]:
        stream_worker = self._opened_stream_worker
        if stream_worker is None or stream_worker is self._prompt_worker:
            return [self._prompt_worker]
        return [self._prompt_worker, stream_worker]

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", hint="Open a new one.")

    # Work

    def _job(self, prompt: Prompt, limit: int) -> Job:
        self._check_open()
        self._last_ticket += 1
        return self._tokeniser.job(self._last_ticket, prompt, limit)

    def _step(self, worker: _Worker) -> list[Lane]:
        """Run one batch and return the lanes that finished. An interrupt only loses that batch."""
        schedule = worker.schedule
        try:
            rows = schedule.next_batch()
            logits = worker.context.evaluate(rows)
            pairs = zip(logits, schedule.sampling_lanes(), strict=True)
            return schedule.commit([self._sampler.choose(row, lane.refuses) for row, lane in pairs])
        except NoRoom:
            if schedule.free_cells():
                return []
            self._drop_work(schedule)
            raise EngineError(
                "the model's KV cache has no room for a single prompt",
                hint=f"Shorten the prompt, or {LARGER_CONTEXT}",
            ) from None
        except Aborted:
            schedule.roll_back()
            raise KeyboardInterrupt from None
        except (KeyboardInterrupt, EngineError):
            self._drop_work(schedule)
            raise

    def _drop_work(self, failed: Schedule) -> None:
        """Drop what a failure costs: the stream where it was one, else all that is in flight."""
        if failed.stream is None:
            self.cancel()
        else:
            failed.roll_back()

    def _collect(self, lanes: Iterable[Lane]) -> None:
        """Keep the replies of finished lanes until `wait` returns them."""
        for lane in lanes:
            now = time.monotonic()
            seconds = now - self._submitted_at.pop(lane.job.ticket, now)
            reply = Reply(
                tuple(lane.texts),
                lane.forced_tokens,
                lane.cached_tokens,
                lane.sampled_tokens,
                seconds,
            )
            self._finished.append((lane.job.ticket, reply))

    def _stream(self, job: Job) -> Generator[str, None, None]:
        worker = self._stream_worker
        lane = worker.schedule.open_stream(job)
        try:
            done = False
            while not done:
                self._check_open()
                if worker.schedule.stream is not lane:
                    raise EngineError(
                        "an answer was cut off by other work on its engine", hint="Ask again."
                    )
                done = bool(self._step(worker))
                if text := lane.fresh_text():
                    yield text
        finally:
            if not self._closed and worker.schedule.stream is lane:
                worker.schedule.end_stream()

    def _evaluated_prefix(self, tokens: tuple[int, ...]) -> tuple[_Worker, Prefix]:
        """A prefix in the context for streams, with all its tokens evaluated."""
        worker = self._stream_worker
        worker.schedule.end_stream()
        prefix = worker.schedule.add_prefix(tokens)
        while not prefix.complete:
            self._collect(self._step(worker))
        return worker, prefix

    def _prefix_tokens(self, system: str) -> tuple[int, ...]:
        self._check_open()
        return self._tokeniser.prefix(system, self._info.context)

    def _state_key(self, tokens: Sequence[int]) -> dict[str, str | int]:
        """What a saved state depends on."""
        digest = hashlib.sha256(",".join(map(str, tokens)).encode()).hexdigest()
        return {
            "model": self._info.model_id,
            "llama_cpp_python": version("llama-cpp-python"),
            "gpu": int(self._info.on_gpu),
            "tokens": len(tokens),
            "sha256": digest,
        }


def _log_probability(logits: Any, token: int) -> float:
    """The logarithm of a token's probability: that of the softmax of the logits."""
    import numpy

    # The largest logit is subtracted against overflow.
    shifted = logits.astype("float64") - logits.max()
    return float(shifted[token] - numpy.log(numpy.exp(shifted).sum()))
