"""The only file that calls llama.cpp: a model and one context over many sequences, through the low-level API.

Owns native memory, llama.cpp's log and the way a signal gets out of a running batch. Knows nothing about prompts,
slots or which rows go into a batch. Importing it is cheap; llama_cpp itself is loaded by `library`.
"""

from __future__ import annotations

import collections
import ctypes
import functools
import importlib.util
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from repo_mhm.engine.hardware import free_memory
from repo_mhm.engine.schedule import Row
from repo_mhm.errors import EngineError, ModelError

_LOG: collections.deque[str] = collections.deque(maxlen=12)
_KEPT: list[Any] = []
"""Native code keeps a pointer to the log callback for good, so it must never be collected."""
_WARNING = 3
_CONTINUED = 5


class Aborted(Exception):
    """A batch was given up because an interrupt was asked for."""


class NoRoom(Exception):
    """The context has no free cells for a batch; nothing was evaluated."""


@functools.cache
def library() -> Any:
    """llama_cpp's low-level module, loaded once and silenced. Raises EngineError when it is not installed or broken."""
    # Threads that wait for each other by spinning starve on a busy machine: with load 6 on 2 cores a step took 14-47 s
    # spinning and 5 s sleeping. Spinning for some ten microseconds first costs nothing there and spares most of a
    # thousand wake-ups a token: 28 ms instead of 43. OpenMP reads this once, when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    try:
        library = _bindings()
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(
            f"llama.cpp cannot be loaded: {error}",
            hint="Reinstall it: pip install --force-reinstall llama-cpp-python",
        ) from error
    _KEPT.append(library.llama_log_callback(_log))
    library.llama_log_set(_KEPT[-1], ctypes.c_void_p(0))
    library.llama_backend_init()
    return library


def _bindings() -> Any:
    """The bindings alone: the package they are in loads its high-level API, numpy and a server's types as it starts,
    0.19 s that every first word would come later for."""
    package = "llama_cpp"
    if package in sys.modules:
        return importlib.import_module(f"{package}.llama_cpp")
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ImportError("llama-cpp-python is not installed")
    sys.modules[package] = importlib.util.module_from_spec(spec)  # there, but not run
    try:
        return importlib.import_module(f"{package}.llama_cpp")
    finally:
        del sys.modules[package]


def build_info() -> str:
    """Which llama.cpp this is, whether it can offload to a GPU, and which CPU features it was built with."""
    lib = library()
    gpu = (
        "can offload to a GPU" if lib.llama_supports_gpu_offload() else "built without GPU support"
    )
    return f"llama-cpp-python {version('llama-cpp-python')}, {gpu}; {' '.join(_features(lib))}"


def _features(lib: Any) -> list[str]:
    """What of the CPU this llama.cpp makes use of: `AVX512` and the like."""
    return re.findall(r"(\w+) = 1", lib.llama_print_system_info().decode("utf-8", "replace"))


def _log(level: int, text: bytes, _: Any) -> None:
    if _WARNING <= level < _CONTINUED:
        _LOG.append(text.decode("utf-8", "replace").strip())


def last_words() -> str:
    """What llama.cpp logged lately as warnings and errors, for error messages; the log is empty afterwards."""
    words = "; ".join(line for line in _LOG if line)
    _LOG.clear()
    return words or "no reason given"


class Model:
    """The weights and the vocabulary of a GGUF file. Raises ModelError when it cannot be loaded.

    `repack` lets llama.cpp rearrange the weights, where that makes reading faster.
    """

    def __init__(self, path: Path, *, gpu_layers: int, repack: bool) -> None:
        self._lib = library()
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        if hasattr(params, "use_extra_bufts"):
            # With AVX-512 the plain kernels read 217-255 tokens/s, those for rearranged weights 148-158
            # (Qwen2.5-Coder-1.5B Q4_K_M, two cores).
            params.use_extra_bufts = repack and "AVX512" not in _features(self._lib)
        _LOG.clear()
        self.handle = self._lib.llama_model_load_from_file(bytes(path), params)
        if not self.handle:
            raise ModelError(
                f"{path} cannot be loaded: {last_words()}",
                hint="The file is damaged, or newer than the installed llama.cpp: run `repo-mhm model verify`.",
            )
        self._vocab = self._lib.llama_model_get_vocab(self.handle)
        self.words = self._lib.llama_vocab_n_tokens(self._vocab)
        self.trained_context = self._lib.llama_model_n_ctx_train(self.handle)
        self.layers = self._lib.llama_model_n_layer(self.handle)
        self.bos = self._lib.llama_vocab_bos(self._vocab)
        self.wants_bos = bool(self._lib.llama_vocab_get_add_bos(self._vocab))
        self._pieces: dict[int, bytes] = {}

    def close(self) -> None:
        if self.handle:
            self._lib.llama_model_free(self.handle)
            self.handle = None

    def meta(self, key: str) -> str:
        """A metadata value of the GGUF as text; empty when it has none of that name."""
        buffer = ctypes.create_string_buffer(256)
        size = self._lib.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else ""

    def template(self) -> str:
        return (self._lib.llama_model_chat_template(self.handle, None) or b"").decode(
            "utf-8", "replace"
        )

    def tokens(self, text: bytes, *, special: bool = False) -> list[int]:
        """Tokens of a text; with `special`, markers such as `<|im_end|>` become the tokens they name."""
        room = len(text) + 8
        buffer = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(self._vocab, text, len(text), buffer, room, False, special)
        if count < 0:
            raise EngineError(
                f"a text of {len(text)} bytes cannot be tokenised",
                hint="Report this text as a bug.",
            )
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        return self._piece(token, special=False)

    def marker(self, token: int) -> str:
        """A special token as its template writes it; empty for no token."""
        return self._piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def fill_in(self) -> tuple[int, int, int] | None:
        """The marks before a prefix, a suffix and what belongs between them; None when the model has none."""
        lib, vocab = self._lib, self._vocab
        marks = (
            lib.llama_vocab_fim_pre(vocab),
            lib.llama_vocab_fim_suf(vocab),
            lib.llama_vocab_fim_mid(vocab),
        )
        return None if min(marks) < 0 else marks

    @property
    def eos(self) -> int:
        return int(self._lib.llama_vocab_eos(self._vocab))

    def is_end(self, token: int) -> bool:
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def _piece(self, token: int, *, special: bool) -> bytes:
        if not special and token in self._pieces:
            return self._pieces[token]
        buffer = ctypes.create_string_buffer(512)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        piece = buffer.raw[: max(0, size)]
        if not special:
            self._pieces[token] = piece
        return piece

    def cell_bytes(self) -> int:
        """Bytes of one token's keys and values at f16, from the GGUF's metadata; 0 when it does not say."""
        arch = self.meta("general.architecture")
        heads = _number(self.meta(f"{arch}.attention.head_count"))
        shared = _number(self.meta(f"{arch}.attention.head_count_kv")) or heads
        width = _number(self.meta(f"{arch}.embedding_length")) // heads if heads else 0
        keys = _number(self.meta(f"{arch}.attention.key_length")) or width
        values = _number(self.meta(f"{arch}.attention.value_length")) or width
        return int(2 * self.layers * shared * (keys + values))


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a context: its cells, rows in one batch, threads."""

    cells: int
    sequences: int
    apart: bool
    """Whether every sequence has its own equal share of the cells. Attention then looks at its own cells only; where
    they are shared it looks at those of all other sequences too."""
    batch: int
    threads: int
    gpu: bool


class Context:
    """One llama_context: the KV cache, batches, logits. Raises EngineError when it does not fit into memory.

    Setting `stop`, from any thread, gives up the batch that is running, or the next one.
    """

    def __init__(self, model: Model, shape: Shape, stop: threading.Event) -> None:
        self._lib = model._lib
        self._words = model.words
        self._handle: Any = None
        _check_memory(model, shape)
        # llama.cpp keeps a pointer to it for as long as the context lives.
        self._abort = self._lib.ggml_abort_callback(self._should_abort)
        self._handle = self._lib.llama_init_from_model(model.handle, self._params(shape))
        if not self._handle:
            raise EngineError(
                f"no context of {shape.cells} tokens can be made: {last_words()}",
                hint="Lower --context, or close other programs.",
            )
        self._memory = self._lib.llama_get_memory(self._handle)
        self._batch = self._lib.llama_batch_init(shape.batch, 0, 1)
        self._stop = stop

    def _params(self, shape: Shape) -> Any:
        params = self._lib.llama_context_default_params()
        params.n_ctx = shape.cells
        params.n_batch = params.n_ubatch = shape.batch
        params.n_seq_max = shape.sequences
        params.n_threads = params.n_threads_batch = shape.threads
        params.kv_unified = not shape.apart
        params.no_perf = True
        # On two cores, behind 3,456 tokens, 32 rows take 266 ms with plain attention and 505 with flash; 128 rows 848
        # and 810 (AVX-512).
        params.flash_attn_type = (
            self._lib.LLAMA_FLASH_ATTN_TYPE_AUTO
            if shape.gpu
            else self._lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        if hasattr(params, "n_outputs_max"):
            params.n_outputs_max = min(shape.batch, shape.sequences)
        params.abort_callback = self._abort
        return params

    def close(self) -> None:
        if self._handle:
            self._lib.llama_batch_free(self._batch)
            self._lib.llama_free(self._handle)
            self._handle = None

    def copy(self, source: int, target: int) -> None:
        self._lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def drop(self, sequence: int, start: int) -> None:
        self._lib.llama_memory_seq_rm(self._memory, sequence, start, -1)

    def evaluate(self, rows: Sequence[Row]) -> list[Any]:
        """Run one batch; return the logits after each wanted row, valid until the next batch.

        Raises Aborted (after a signal or `interrupt`), NoRoom, or EngineError.
        """
        self._fill(rows)
        with self._catch_interrupt():
            status = self._lib.llama_decode(self._handle, self._batch)
            if status == 0:
                self._lib.llama_synchronize(self._handle)
        if self._stop.is_set():
            self._stop.clear()
            raise Aborted
        if status == 1:
            raise NoRoom
        if status != 0:
            raise EngineError(
                f"llama.cpp failed on a batch of {len(rows)} tokens (status {status}): {last_words()}",
                hint="Run `repo-mhm doctor`; if it passes, try a smaller --context.",
            )
        return [self._logits(at) for at, row in enumerate(rows) if row.wanted]

    def state(self, sequence: int) -> memoryview:
        """All that a sequence holds, as bytes in llama.cpp's own format."""
        size = self._lib.llama_state_seq_get_size(self._handle, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._lib.llama_state_seq_get_data(self._handle, buffer, size, sequence)
        if not written:
            raise EngineError(
                f"the model's state cannot be copied: {last_words()}",
                hint="Try a smaller --context.",
            )
        return memoryview(buffer).cast("B")[:written]

    def restore(self, sequence: int, state: memoryview) -> bool:
        """Put such bytes into an empty sequence; False when llama.cpp refuses them."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer(state)
        return bool(self._lib.llama_state_seq_set_data(self._handle, buffer, len(state), sequence))

    def length(self, sequence: int) -> int:
        """How many positions a sequence holds."""
        return int(self._lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def _fill(self, rows: Sequence[Row]) -> None:
        batch = self._batch
        batch.n_tokens = len(rows)
        for at, row in enumerate(rows):
            batch.token[at] = row.token
            batch.pos[at] = row.position
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = row.sequence
            batch.logits[at] = row.wanted

    def _logits(self, at: int) -> Any:
        import numpy

        pointer = self._lib.llama_get_logits_ith(self._handle, at)
        return numpy.ctypeslib.as_array(pointer, shape=(self._words,))

    def _should_abort(self, _: Any) -> bool:
        return self._stop.is_set()

    @contextmanager
    def _catch_interrupt(self) -> Iterator[None]:
        """While native code runs, let Ctrl-C set a flag.

        An exception raised inside a native callback would be lost. The flag is seen between two operations of the
        graph, where the callback lets Python run pending signal handlers.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, lambda *_: self._stop.set())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _check_memory(model: Model, shape: Shape) -> None:
    """Linux grants memory it does not have and kills the process later, so ask first."""
    need, free = model.cell_bytes() * shape.cells, free_memory()
    if not shape.gpu and free is not None and need > free:
        raise EngineError(
            f"a context of {shape.cells} tokens needs {need >> 20} MiB; {free >> 20} MiB are free",
            hint="Lower --context, or close other programs.",
        )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
