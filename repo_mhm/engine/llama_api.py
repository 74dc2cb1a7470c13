"""A model and a context of llama.cpp, through its low-level API (ctypes).

Owns their native memory and how an interrupt ends a running batch. Knows nothing about prompts,
slots or which rows go into a batch.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repo_mhm.engine.batch import Row
from repo_mhm.engine.hardware import free_memory
from repo_mhm.engine.llama_build import allows_extra_buffers
from repo_mhm.engine.llama_library import build, clear_log, library, logged_problems
from repo_mhm.errors import EngineError, ModelError

SMALLER_CONTEXT = "Set a smaller context with REPO_MHM_CONTEXT, or close other programs."

OUTPUTS = 32
"""Rows of one batch whose logits can be wanted; those of a row take half a megabyte."""
_LONGEST_VALUE = 256
"""Bytes of a metadata value that are read."""
_LONGEST_PIECE = 512
"""Bytes of one token's text."""
_F16_BYTES = 2


class Aborted(Exception):
    """A batch was given up because of an interrupt."""


class NoRoom(Exception):
    """The context has no free cells for a batch; nothing was evaluated."""


class Model:
    """The weights and the vocabulary of a GGUF file. Raises ModelError when it cannot be loaded.

    `repack` lets llama.cpp rearrange the weights where that speeds up prefill.
    """

    def __init__(self, path: Path, *, gpu_layers: int, repack: bool) -> None:
        self._lib = library()
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        if hasattr(params, "use_extra_bufts"):
            params.use_extra_bufts = repack and allows_extra_buffers(build().features)

        clear_log()
        self.handle = self._lib.llama_model_load_from_file(bytes(path), params)
        if not self.handle:
            raise ModelError(
                f"{path} cannot be loaded: {logged_problems()}",
                hint="The file is damaged, or newer than the installed llama.cpp: "
                "run `repo-mhm model verify`.",
            )

        self._vocab = self._lib.llama_model_get_vocab(self.handle)
        self.vocabulary_size = self._lib.llama_vocab_n_tokens(self._vocab)
        self.trained_context = self._lib.llama_model_n_ctx_train(self.handle)
        self.layers = self._lib.llama_model_n_layer(self.handle)
        self.bos = self._lib.llama_vocab_bos(self._vocab)
        self.rolls_back = not self._is("recurrent", "hybrid")
        """Whether the end of a sequence can be cut off: a recurrent state is that of its end."""
        has_encoder = self._lib.llama_model_has_encoder(self.handle)
        self.writes_on = not (has_encoder or self._is("diffusion"))
        """Whether it writes one token after the other, without an encoder for what it reads."""
        self.wants_bos = bool(self._lib.llama_vocab_get_add_bos(self._vocab))
        self._pieces: dict[int, bytes] = {}
        self._plain: dict[int, list[int]] = {}
        """What stands for a token of a text that nobody may trust: itself, or how it is spelled."""

    def close(self) -> None:
        """Free the weights; contexts must be closed before."""
        if self.handle:
            self._lib.llama_model_free(self.handle)
            self.handle = None

    def _is(self, *kinds: str) -> bool:
        """Whether llama.cpp says that the model is of one of these kinds."""
        return any(getattr(self._lib, f"llama_model_is_{kind}")(self.handle) for kind in kinds)

    def meta(self, key: str) -> str:
        """A metadata value of the GGUF as text; empty when it has none of that name."""
        buffer = ctypes.create_string_buffer(_LONGEST_VALUE)
        size = self._lib.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else ""

    def template(self) -> str:
        """The chat template of the GGUF; empty when it has none."""
        template = self._lib.llama_model_chat_template(self.handle, None) or b""
        return str(template.decode("utf-8", "replace"))

    def tokens(self, text: bytes, *, special: bool = False) -> list[int]:
        """Tokens of a text; with `special`, `<|im_end|>` and the like become special tokens.

        Without it llama.cpp still makes one token of `<tool_call>` and others that a vocabulary
        adds for its users; those are spelled.
        """
        tokens = self._tokenised(text, special=special)
        if special:
            return tokens

        for token in set(tokens).difference(self._plain):
            self._plain[token] = self._spelled(token) if self._is_marker(token) else [token]
        if all(len(self._plain[token]) == 1 for token in set(tokens)):
            return tokens
        return [part for token in tokens for part in self._plain[token]]

    def _is_marker(self, token: int) -> bool:
        """Whether a token is one that users have added, with a word in it.

        Runs of spaces and of line ends are added too; they are text.
        """
        attributes = self._lib.llama_vocab_get_attr(self._vocab, token)
        if not attributes & self._lib.LLAMA_TOKEN_ATTR_USER_DEFINED:
            return False
        text = self._piece(token, special=True)
        return text.upper() != text.lower()

    def _spelled(self, token: int) -> list[int]:
        """Tokens that spell a marker, of which none is a marker.

        Its two halves are tokenised apart. Some vocabularies put a space in front of every text, so
        the second half is tokenised behind a line end, which is taken off again.
        """
        text = self._piece(token, special=True)
        before = self._tokenised(b"\n", special=False)
        for at in range(1, len(text)):
            spelled = self._tokenised(text[:at], special=False)
            behind = self._tokenised(b"\n" + text[at:], special=False)
            if behind[: len(before)] != before:
                continue
            spelled += behind[len(before) :]
            written = b"".join(self._piece(part, special=True) for part in spelled)
            if written.strip() == text.strip() and not any(map(self._is_marker, spelled)):
                return spelled
        return self._tokenised(b"(added token)", special=False)

    def _tokenised(self, text: bytes, *, special: bool) -> list[int]:
        capacity = len(text) + 8
        buffer = (self._lib.llama_token * capacity)()
        count = self._lib.llama_tokenize(
            self._vocab, text, len(text), buffer, capacity, False, special
        )
        if count < 0:
            raise EngineError(
                f"a text of {len(text)} bytes cannot be tokenised",
                hint="Report this text as a bug.",
            )
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of a token, perhaps a part of a character; empty for control tokens."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._piece(token, special=False)
        return piece

    def marker(self, token: int) -> str:
        """A special token as its template writes it; empty for no token."""
        return self._piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def fill_in_markers(self) -> tuple[int, int, int] | None:
        """The tokens before a prefix, a suffix and the text between them; None without such."""
        lib, vocab = self._lib, self._vocab
        markers = (
            lib.llama_vocab_fim_pre(vocab),
            lib.llama_vocab_fim_suf(vocab),
            lib.llama_vocab_fim_mid(vocab),
        )
        return None if min(markers) < 0 else markers

    @property
    def eos(self) -> int:
        """The token that ends a text."""
        return int(self._lib.llama_vocab_eos(self._vocab))

    def is_end(self, token: int) -> bool:
        """Whether the token ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def cell_bytes(self) -> int:
        """Bytes of one token's keys and values at f16, by the GGUF's metadata; 0 if it lacks them.

        For each layer and each head of keys and values: the width of a key plus that of a value.
        """
        arch = self.meta("general.architecture")
        heads = _number(self.meta(f"{arch}.attention.head_count"))
        kv_heads = self._heads_of_keys(arch) or heads * self.layers
        width = _number(self.meta(f"{arch}.embedding_length")) // heads if heads else 0
        key_width = _number(self.meta(f"{arch}.attention.key_length")) or width
        value_width = _number(self.meta(f"{arch}.attention.value_length")) or width
        return int(_F16_BYTES * kv_heads * (key_width + value_width))

    def _heads_of_keys(self, arch: str) -> int:
        """Heads of keys and values in all layers together; 0 where the metadata does not say.

        Recurrent layers have none: where a model has such, one layer in so many has attention.
        """
        interval = _number(self.meta(f"{arch}.full_attention_interval")) or 1
        layers: int = -(-self.layers // interval)
        return _number(self.meta(f"{arch}.attention.head_count_kv")) * layers

    def _piece(self, token: int, *, special: bool) -> bytes:
        buffer = ctypes.create_string_buffer(_LONGEST_PIECE)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        return buffer.raw[: max(0, size)]


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a context: its cells, the rows of one batch, its threads."""

    cells: int
    sequences: int
    separate: bool
    """Whether every sequence has its own equal share of the cells. Attention then looks at its own
    cells only; where cells are shared it looks at those of all other sequences too."""
    batch: int
    threads: int
    on_gpu: bool


class Context:
    """One llama_context: KV cache, batches, logits. Raises EngineError when memory is too small.

    Setting `stop`, from any thread, gives up the batch that is running, or the next one.
    """

    def __init__(self, model: Model, shape: Shape, stop: threading.Event) -> None:
        self._lib = library()
        self._vocabulary_size = model.vocabulary_size
        self._handle: Any = None
        _check_memory(model, shape)

        # llama.cpp keeps a pointer to it for as long as the context lives.
        self._abort = self._lib.ggml_abort_callback(self._should_abort)
        self._handle = self._lib.llama_init_from_model(model.handle, self._params(shape))
        if not self._handle:
            raise EngineError(
                f"llama.cpp cannot make a context of {shape.cells} tokens: {logged_problems()}",
                hint=SMALLER_CONTEXT,
            )

        self._memory = self._lib.llama_get_memory(self._handle)
        self._batch = self._lib.llama_batch_init(shape.batch, 0, 1)
        self._stop = stop

    def _params(self, shape: Shape) -> Any:
        lib = self._lib
        params = lib.llama_context_default_params()
        params.n_ctx = shape.cells
        params.n_batch = params.n_ubatch = shape.batch
        params.n_seq_max = shape.sequences
        params.n_threads = params.n_threads_batch = shape.threads
        params.kv_unified = not shape.separate
        params.no_perf = True

        # On two cores, behind 3,456 tokens, 32 rows take 266 ms with plain attention and 505 with
        # flash; 128 rows 848 and 810 (AVX-512).
        auto, disabled = lib.LLAMA_FLASH_ATTN_TYPE_AUTO, lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = auto if shape.on_gpu else disabled

        if hasattr(params, "n_outputs_max"):
            params.n_outputs_max = min(shape.batch, max(shape.sequences, OUTPUTS))
        params.abort_callback = self._abort
        return params

    def close(self) -> None:
        """Free the KV cache and the batch; closing twice is harmless."""
        if self._handle:
            self._lib.llama_batch_free(self._batch)
            self._lib.llama_free(self._handle)
            self._handle = None

    def copy(self, source: int, target: int) -> None:
        """Copy all of the sequence `source` into the empty sequence `target`."""
        self._lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def drop(self, sequence: int, start: int) -> int:
        """Forget the positions of a sequence from `start` on; return how many are left.

        Models with a recurrent state cannot be cut inside a sequence: then all of it is forgotten.
        """
        if self._lib.llama_memory_seq_rm(self._memory, sequence, start, -1):
            return start
        self._lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return 0

    def evaluate(self, rows: Sequence[Row]) -> list[Any]:
        """Run one batch; return the logits after each wanted row, valid until the next batch.

        Logits are float32 arrays as long as the vocabulary. Raises Aborted (after a signal or
        `stop`), NoRoom, or EngineError.
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
                f"llama.cpp failed on a batch of {len(rows)} tokens (status {status}): "
                f"{logged_problems()}",
                hint="Run `repo-mhm doctor`; if it finds nothing, set a smaller context with "
                "REPO_MHM_CONTEXT.",
            )
        return [self._logits(at) for at, row in enumerate(rows) if row.wanted]

    def state(self, sequence: int) -> memoryview:
        """The whole state of a sequence, as bytes in llama.cpp's own format."""
        size = self._lib.llama_state_seq_get_size(self._handle, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._lib.llama_state_seq_get_data(self._handle, buffer, size, sequence)
        if not written:
            raise EngineError(
                f"the model's state cannot be copied: {logged_problems()}", hint=SMALLER_CONTEXT
            )
        return memoryview(buffer).cast("B")[:written]

    def restore(self, sequence: int, state: memoryview) -> bool:
        """Put such bytes into an empty sequence; False when llama.cpp refuses them."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer(state)
        return bool(self._lib.llama_state_seq_set_data(self._handle, buffer, len(state), sequence))

    def length(self, sequence: int) -> int:
        """How many positions a sequence fills."""
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
        return numpy.ctypeslib.as_array(pointer, shape=(self._vocabulary_size,))

    def _should_abort(self, _: Any) -> bool:
        return self._stop.is_set()

    @contextmanager
    def _catch_interrupt(self) -> Iterator[None]:
        """While native code runs, let Ctrl-C set a flag.

        An exception raised inside a native callback would be lost. The flag is seen between two
        operations of the graph, where the callback lets Python run pending signal handlers.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        handler = signal.getsignal(signal.SIGINT)
        if handler is not signal.default_int_handler:
            yield
            return

        signal.signal(signal.SIGINT, lambda *_: self._stop.set())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, handler)


def _check_memory(model: Model, shape: Shape) -> None:
    """Raise EngineError when the KV cache does not fit into free memory.

    Linux grants memory it does not have and kills the process later.
    """
    need, free = model.cell_bytes() * shape.cells, free_memory()
    if not shape.on_gpu and free is not None and need > free:
        raise EngineError(
            f"a context of {shape.cells} tokens needs {need >> 20} MiB; {free >> 20} MiB are free",
            hint=SMALLER_CONTEXT,
        )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
