"""The in-process engine: prompts in, replies out, by llama.cpp.

Ties a model and its context (`native`), the chat template (`template`), the order of work (`schedule`) and saved
states (`state`) together. Not safe for use from several threads at once, except `interrupt`.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from repo_mhm.engine import EngineInfo
from repo_mhm.engine.lane import Job, Lane, encode, job
from repo_mhm.engine.machine import physical_cores
from repo_mhm.engine.native import Aborted, Context, Model, NoRoom, Shape, library
from repo_mhm.engine.schedule import Prefix, Schedule
from repo_mhm.engine.state import read_state, write_state
from repo_mhm.engine.template import ChatTemplate, Piece
from repo_mhm.errors import EngineError, ModelError, PromptTooLong, StoreError
from repo_mhm.prompts import Prompt, Reply, Slot

CONTEXT = 8192
"""Tokens of a prompt and its reply unless asked otherwise: a memory of 4,096, evidence and an answer."""
MOST_REFUSED = 32
"""How many tokens that would leave a slot empty are passed over for the next likeliest."""
LANES = 8
"""Prompts in flight at once unless asked otherwise. Each makes opening slower: 1.5 s with 8, 0.5 s with 1."""
LANE_CELLS = 2048
"""Cells set aside for each lane beyond the first context: a chunk of 1,400 tokens, its leads and its notes."""
BATCH_CPU, BATCH_GPU = 60, 512
"""Rows of one forward pass. On a CPU a row costs the same from about 32 rows on (Qwen2.5-Coder-1.5B, AVX2: 39 ms at 32
and 60 rows, 43 ms at 128, one thread). Below 64 rows llama.cpp's flash attention works row by row and skips the cells
of other sequences; from 64 on it works in tiles, and a tile that mixes sequences computes all their cells (six
writing lanes of 1,024 tokens: 49 ms a row at 60 rows, 56 ms at 128). The figure for GPUs is not measured."""


def open_llama(
    path: Path,
    *,
    context: int | None = None,
    lanes: int = LANES,
    threads: int | None = None,
    gpu_layers: int | None = None,
    batch: int | None = None,
    model_id: str = "",
    repack: bool = True,
    temperature: float = 0.0,
    seed: int = 0,
) -> LlamaEngine:
    """Open a GGUF file.

    `context` is the tokens of one prompt with its reply (default: 8,192 or what the model was trained for), `lanes` the
    prompts in flight at once (each costs LANE_CELLS of memory; on a CPU about six write while one is read, so more
    than eight gain nothing), `threads` default to the physical cores this process may use, `gpu_layers` to all when
    the build can offload, `batch` is the rows of one forward pass. `model_id` names the weights in saved states; by
    default it is made of the file's name, size and modification time, because hashing a gigabyte would delay every
    start. `repack` lets llama.cpp rearrange the weights for faster prefill, which takes a second or more at start:
    switch it off to answer one question.
    `temperature` 0 is greedy. Raises ModelError when the file is unusable, EngineError when llama.cpp is.
    """
    _check_file(path)
    lib = library()
    gpu = bool(lib.llama_supports_gpu_offload()) and gpu_layers != 0
    layers = (999 if gpu_layers is None or gpu_layers < 0 else gpu_layers) if gpu else 0
    threads = threads or physical_cores()
    model = Model(path, gpu_layers=layers, repack=repack)
    try:
        limit = min(context or CONTEXT, model.trained_context)
        rows = max(batch or (BATCH_GPU if gpu else BATCH_CPU), lanes + 8)
        cells = limit + (lanes - 1) * min(LANE_CELLS, limit)
        shape = Shape(-(-cells // 256) * 256, Schedule.sequences(lanes), rows, threads, gpu)
        template = ChatTemplate(model.template(), start=model.marker(model.bos), end=model.marker(model.eos))
        inner = Context(model, shape)
    except BaseException:
        model.close()
        raise
    whole = model.layers + 1  # the output layer counts too
    info = EngineInfo(
        model=model.meta("general.name") or path.stem,
        model_id=model_id or _file_id(path),
        device=f"GPU ({min(layers, whole)}/{whole} layers)" if gpu else f"CPU (threads: {threads})",
        on_gpu=gpu,
        context=limit,
        lanes=lanes,
    )
    return LlamaEngine(model, inner, template, info, shape, temperature=temperature, seed=seed)


class LlamaEngine:
    """An Engine over one llama.cpp context; made by `open_llama`."""

    def __init__(
        self,
        model: Model,
        context: Context,
        template: ChatTemplate,
        info: EngineInfo,
        shape: Shape,
        *,
        temperature: float,
        seed: int,
    ) -> None:
        self._model = model
        self._context = context
        self._template = template
        self._info = info
        self._schedule = Schedule(model, context, lanes=info.lanes, cells=shape.cells, batch=shape.batch)
        self._sampler = _Sampler(temperature, seed)
        self._tickets = 0
        self._started: dict[int, float] = {}
        self._finished: deque[tuple[int, Reply]] = deque()
        self._closed = False

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count(self, text: str) -> int:
        self._check_open()
        return len(self._model.tokens(encode(text)))

    def submit(self, prompt: Prompt) -> int:
        work = self._job(prompt)
        self._schedule.add(work)
        self._started[work.ticket] = time.monotonic()
        return work.ticket

    def wait(self) -> tuple[int, Reply]:
        self._check_open()
        self._schedule.end_stream()
        while not self._finished:
            if not self._schedule.busy:
                raise LookupError("no prompt is submitted")
            for lane in self._step():
                self._finished.append((lane.job.ticket, self._reply(lane)))
        return self._finished.popleft()

    def cancel(self) -> None:
        self._finished.clear()
        self._started.clear()
        self._schedule.cancel()

    def interrupt(self) -> None:
        self._context.interrupt()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        if len(prompt.slots) != 1 or prompt.slots[0].max_tokens < 1:
            raise ValueError("a streamed prompt has exactly one slot, of at least one token")
        return self._stream(self._job(prompt))

    def save_state(self, system: str, path: Path) -> int:
        prefix = self._prefix(system)
        while not prefix.ready:
            self._finished.extend((lane.job.ticket, self._reply(lane)) for lane in self._step())
        try:
            write_state(path, self._key(prefix.tokens), self._context.state(prefix.sequence))
        except OSError as error:
            raise StoreError(
                f"the model's state cannot be written to {path}: {error.strerror}",
                hint="Free some disk space or check the folder's permissions.",
            ) from error
        return len(prefix.tokens)

    def load_state(self, system: str, path: Path) -> bool:
        tokens = self._shared(system)
        state = read_state(path, self._key(tokens))
        if state is None:
            return False
        prefix = self._schedule.prepare(tokens)
        if prefix.ready:
            return True
        if self._context.restore(prefix.sequence, state) and self._context.length(prefix.sequence) == len(tokens):
            prefix.held = len(tokens)
            return True
        self._schedule.forget(prefix)
        return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._context.close()
            self._model.close()

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", hint="Open a new one.")

    def _step(self) -> list[Lane]:
        """One batch. On an interrupt or a failure all that is in flight is dropped and the engine stays usable."""
        try:
            rows = self._schedule.rows()
            logits = self._context.evaluate(rows)
            lanes = self._schedule.sampling()
            pairs = zip(logits, lanes, strict=True)
            return self._schedule.take([self._sampler.choose(row, lane.refuses) for row, lane in pairs])
        except NoRoom:
            if self._schedule.retreat():
                return []
            self.cancel()
            raise EngineError(
                "the model's memory has no room for a single prompt", hint="Raise --context or lower --lanes."
            ) from None
        except Aborted:
            self.cancel()
            raise KeyboardInterrupt from None
        except (KeyboardInterrupt, EngineError):
            self.cancel()
            raise

    def _stream(self, work: Job) -> Iterator[str]:
        self._check_open()
        lane = self._schedule.open_stream(work)
        try:
            done = False
            while not done:
                self._check_open()
                if self._schedule.streaming is not lane:
                    raise EngineError("an answer was cut off by other work on its engine", hint="Ask again.")
                done = bool(self._step())
                if text := lane.fresh_text():
                    yield text
        finally:
            if not self._closed and self._schedule.streaming is lane:
                self._schedule.end_stream()

    def _reply(self, lane: Lane) -> Reply:
        seconds = time.monotonic() - self._started.pop(lane.job.ticket, time.monotonic())
        return Reply(tuple(lane.texts), lane.forced, lane.cached, lane.sampled, seconds)

    def _job(self, prompt: Prompt) -> Job:
        self._check_open()
        shared, rest = self._template.pieces(prompt)
        self._tickets += 1
        work = job(self._tickets, self._start(shared), self._tokens(rest), prompt.slots, self._model)
        need = len(work.prefix) + work.room
        if need > self._info.context:
            raise PromptTooLong(
                f"a prompt and its reply need {need} tokens; the context holds {self._info.context}",
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

    def _prefix(self, system: str) -> Prefix:
        tokens = self._shared(system)
        self._schedule.end_stream()
        return self._schedule.prepare(tokens)

    def _start(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        """The first tokens of a prompt, with the model's start token once, whether the template writes it or not."""
        tokens = self._tokens(pieces)
        if self._model.wants_bos and tokens[:1] != [self._model.bos]:
            tokens.insert(0, self._model.bos)
        return tuple(tokens)

    def _tokens(self, pieces: Sequence[Piece]) -> list[int]:
        return [token for piece in pieces for token in self._model.tokens(encode(piece.text), special=piece.trusted)]

    def _key(self, tokens: Sequence[int]) -> dict[str, str | int]:
        digest = hashlib.sha256(",".join(map(str, tokens)).encode()).hexdigest()
        return {
            "model": self._info.model_id,
            "llama_cpp_python": version("llama-cpp-python"),
            "gpu": int(self._info.on_gpu),
            "tokens": len(tokens),
            "sha256": digest,
        }


class _Sampler:
    """Picks the next token from logits: the likeliest at temperature 0, else drawn by seed."""

    def __init__(self, temperature: float, seed: int) -> None:
        import numpy

        self._numpy: Any = numpy
        self._temperature = temperature
        self._random = numpy.random.default_rng(seed)

    def choose(self, logits: Any, refuses: Callable[[int], bool]) -> int:
        """The next token; the best MOST_REFUSED may be refused, then the next is taken whatever it is."""
        if self._temperature > 0:
            # The likeliest of logits + Gumbel noise is a draw from their softmax.
            logits = logits / self._temperature + self._random.gumbel(size=logits.shape)
        token = int(logits.argmax())
        if not refuses(token):
            return token
        best = self._numpy.argsort(logits)[::-1][: MOST_REFUSED + 1]
        return next((int(other) for other in best if not refuses(int(other))), int(best[-1]))


def _check_file(path: Path) -> None:
    hint = "Fetch a model with `repo-mhm model pull`, or give the path of a GGUF file with --model."
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError as error:
        raise ModelError(f"there is no model at {path}", hint=hint) from error
    except IsADirectoryError as error:
        raise ModelError(f"{path} is a folder, not a model file", hint=hint) from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    if magic != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file", hint=hint)


def _file_id(path: Path) -> str:
    facts = path.stat()
    return f"{path.name}:{facts.st_size}:{facts.st_mtime_ns}"
