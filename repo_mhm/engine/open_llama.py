"""Opening a GGUF file as an engine: how large, how many prompts at once, on how many threads.

Owns the sizes and where they were measured; `inprocess` is the engine that comes of it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from repo_mhm.engine import EngineInfo
from repo_mhm.engine.hardware import free_memory, physical_cores
from repo_mhm.engine.llama_api import Model, Shape, library
from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.sampler import Sampler
from repo_mhm.engine.schedule import PREFIXES, Schedule
from repo_mhm.errors import ModelError

CONTEXT = 8192
"""Tokens of a prompt and its reply unless asked otherwise: a memory of 4,096, evidence and an answer."""
LANES = 16
"""Prompts in flight at once unless asked otherwise: behind 1,024 tokens each, a token costs 36 ms where one lane
writes, 20 ms with eight, 15 ms with twelve, 12 ms with sixteen or twenty-four (Qwen2.5-Coder-1.5B, AVX-512, two
cores); but all lanes are read before the first note is written."""
LANE_CONTEXT = 3072
"""Tokens of a prompt and its reply where several are in flight: a chunk of 1,600 tokens (an estimate), what encloses
it, its leads and its notes."""
BATCH_CPU, BATCH_GPU = 128, 1024
"""Rows of one forward pass. On a CPU a row costs 7.8 ms of 16 rows, 4.9 of 64 and 4.4 of 128 (Qwen2.5-Coder-1.5B,
AVX-512, two cores). An H200 reads 21,400 tokens a second with 512 rows, 23,900 with 1,024, 27,300 with 2,048. More rows
make Ctrl-C slower: what a GPU has begun it finishes."""


def open_llama(
    path: Path,
    *,
    context: int | None = None,
    lanes: int | None = None,
    lane_context: int = LANE_CONTEXT,
    threads: int | None = None,
    gpu_layers: int | None = None,
    batch: int | None = None,
    model_id: str = "",
    repack: bool = True,
    temperature: float = 0.0,
    seed: int = 0,
) -> LlamaEngine:
    """Open a GGUF file.

    `context` is the tokens of a streamed prompt with its reply (default: 8,192 or what the model was trained for),
    `lanes` the prompts in flight at once (default: LANES, fewer where memory is short), each of at most `lane_context`
    tokens (of `context` where there is one lane; both are memory taken), `threads` default to the physical cores this
    process may use, `gpu_layers` to all when the build can offload, `batch` is the rows of one forward pass. `model_id`
    names the weights in saved states; by default it is made of the file's name, size and modification time, because
    hashing a gigabyte would delay every start. `repack` lets llama.cpp rearrange the weights where that makes reading
    faster, which takes a second or more at start: switch it off to answer one question. `temperature` 0 is greedy.

    Raises ModelError when the file is unusable, EngineError when llama.cpp is.
    """
    _check_file(path)
    lib = library()
    gpu = bool(lib.llama_supports_gpu_offload()) and gpu_layers != 0
    layers = (999 if gpu_layers is None or gpu_layers < 0 else gpu_layers) if gpu else 0
    threads = threads or physical_cores()
    rows = batch or (BATCH_GPU if gpu else BATCH_CPU)
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(_load_beside, temperature, seed)
        model = Model(path, gpu_layers=layers, repack=repack)
    try:
        from repo_mhm.engine.template import ChatTemplate

        limit = min(context or CONTEXT, model.trained_context)
        share = _padded(min(lane_context, limit))
        lanes = lanes or (LANES if gpu else _affordable(model.cell_bytes() * share))
        sequences = Schedule.sequences(lanes, streams=False)
        alone = Shape(
            _padded(limit), Schedule.sequences(1, streams=True), False, max(rows, 9), threads, gpu
        )
        reading = (
            Shape(share * sequences, sequences, True, max(rows, lanes + 8), threads, gpu)
            if lanes > 1
            else alone
        )
        template = ChatTemplate(
            model.template(), start=model.marker(model.bos), end=model.marker(model.eos)
        )
        whole = model.layers + 1  # the output layer counts too
        info = EngineInfo(
            model=model.meta("general.name") or path.stem,
            model_id=model_id or _file_id(path),
            device=f"GPU ({min(layers, whole)}/{whole} layers)"
            if gpu
            else f"CPU (threads: {threads})",
            on_gpu=gpu,
            context=limit,
            lanes=lanes,
        )
        return LlamaEngine(
            model,
            template,
            info,
            reading,
            alone,
            lane_context=min(lane_context, limit),
            sampler=made.result(),
        )
    except BaseException:
        model.close()
        raise


def _affordable(lane_bytes: int) -> int:
    """As many lanes as half of the free memory holds, at most LANES: questions and other programs need some too."""
    free = free_memory()
    if free is None or not lane_bytes:
        return LANES
    return max(1, min(LANES, free // 2 // lane_bytes - PREFIXES))


def _load_beside(temperature: float, seed: int) -> Sampler:
    """A sampler, with what takes time to import: numpy for itself and jinja2 for the template."""
    import repo_mhm.engine.template  # noqa: F401

    return Sampler(temperature, seed)


def _padded(tokens: int) -> int:
    """llama.cpp wants a sequence's cells in multiples of 256."""
    return -(-tokens // 256) * 256


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
