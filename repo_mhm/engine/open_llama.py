"""Opening a GGUF file as an engine: the default sizes, and the measurements they rest on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.engine.capabilities import ModelCapabilities
from repo_mhm.engine.hardware import free_memory, physical_cores
from repo_mhm.engine.llama_api import Model, Shape
from repo_mhm.engine.llama_engine import LlamaEngine, Sizes
from repo_mhm.engine.llama_library import supports_gpu
from repo_mhm.engine.sampler import Sampler
from repo_mhm.engine.schedule import PREFIXES, Schedule
from repo_mhm.engine.types import EngineInfo
from repo_mhm.errors import ModelError

CONTEXT = 8192
"""Tokens of a streamed prompt and its reply: a memory of 4,096, evidence and an answer."""

CONCURRENT_PROMPTS = 16
"""Lanes. Behind 1,024 tokens each, a token costs 36 ms where one lane decodes, 20 ms with eight,
15 ms with twelve, 12 ms with sixteen or twenty-four (Qwen2.5-Coder-1.5B, AVX-512, two cores); but
all lanes are prefilled before the first token is written."""

PROMPT_CONTEXT = 3072
"""Tokens of a prompt and its reply where several are in flight: a chunk of 1,600 tokens (an
estimate), what encloses it, its leads and its notes."""

BATCH_CPU, BATCH_GPU = 128, 1024
"""Rows of one forward pass. On a CPU a row costs 7.8 ms of 16 rows, 4.9 of 64 and 4.4 of 128
(Qwen2.5-Coder-1.5B, AVX-512, two cores). An H200 prefills 21,400 tokens/s with 512 rows, 23,900
with 1,024, 27,300 with 2,048. More rows make Ctrl-C slower: what a GPU has begun it finishes."""

_ALL_LAYERS = 999
_LEAST_BATCH = 8
"""Rows of a batch beyond one for each lane."""
_PADDING = 256
"""llama.cpp wants the cells of a sequence in multiples of it."""


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """How a model is opened; None stands for the default that fits the machine and the model."""

    context: int | None = None
    """Tokens of a streamed prompt with its reply; at most what the model was trained for."""
    concurrent_prompts: int | None = None
    """Submitted prompts in flight; by default CONCURRENT_PROMPTS, fewer where memory is short."""
    prompt_context: int = PROMPT_CONTEXT
    """Tokens of a submitted prompt with its reply, where there are several; else `context`."""
    threads: int | None = None
    """By default the physical cores that this process may use."""
    gpu_layers: int | None = None
    """Layers to offload; by default, and below 0, all of them where llama.cpp can offload."""
    batch: int | None = None
    """Rows of one forward pass."""
    model_id: str = ""
    """Names the weights in saved states. By default it is made of the file's name, size and
    modification time, because hashing a gigabyte would delay every start."""
    repack: bool = True
    """Lets llama.cpp rearrange the weights where that speeds up prefill. It takes a second or more
    at start: switch it off to answer one question."""
    is_known: bool = False
    """Whether the file is one that was tried, by its hash, so that its chat template ends."""
    temperature: float = 0.0
    """0 is greedy."""
    seed: int = 0


def open_llama(path: Path, options: LlamaOptions) -> LlamaEngine:
    """Open a GGUF file. Raises ModelError when it is unusable, EngineError when llama.cpp is."""
    _check_file(path)
    gpu_layers = _gpu_layers(options.gpu_layers)

    with ThreadPoolExecutor(1) as background:
        sampler = background.submit(_load_sampler, options)
        model = Model(path, gpu_layers=gpu_layers, repack=options.repack)

    try:
        _check_kind(path, model)
        return _open_engine(path, options, model, gpu_layers, sampler.result())
    except BaseException:
        model.close()
        raise


def _open_engine(
    path: Path, options: LlamaOptions, model: Model, gpu_layers: int, sampler: Sampler
) -> LlamaEngine:
    from repo_mhm.engine.template import ChatTemplate

    on_gpu = gpu_layers > 0
    threads = options.threads or physical_cores()
    context = min(options.context or CONTEXT, model.trained_context)
    prompt_context = min(options.prompt_context, context)
    lanes = options.concurrent_prompts or _default_lanes(model, prompt_context, on_gpu)

    start, end = model.marker(model.bos), model.marker(model.eos)
    template = ChatTemplate(model.template(), start=start, end=end, is_known=options.is_known)
    info = EngineInfo(
        model=model.meta("general.name") or path.stem,
        model_id=options.model_id or _file_id(path),
        device=_device(gpu_layers, model.layers, threads),
        on_gpu=on_gpu,
        context=context,
        concurrent_prompts=lanes,
        limits=_capabilities(model).limits(options.prompt_context),
    )

    batch = options.batch or (BATCH_GPU if on_gpu else BATCH_CPU)
    stream = _stream_shape(context, batch, threads, on_gpu)
    if lanes == 1:
        sizes = Sizes(stream, stream, context)
    else:
        prompts = _prompts_shape(prompt_context, lanes, batch, threads, on_gpu)
        sizes = Sizes(prompts, stream, prompt_context)
    return LlamaEngine(model, template, sampler, info, sizes)


def _capabilities(model: Model) -> ModelCapabilities:
    fills_in = model.fill_in_markers() is not None
    return ModelCapabilities(model.trained_context, model.rolls_back, fills_in)


def _stream_shape(context: int, batch: int, threads: int, on_gpu: bool) -> Shape:
    """One lane and the stream, which share the cells of one long sequence."""
    return Shape(
        cells=_padded(context),
        sequences=Schedule.sequences(1, streams=True),
        separate=False,
        batch=max(batch, 1 + _LEAST_BATCH),
        threads=threads,
        on_gpu=on_gpu,
    )


def _prompts_shape(
    prompt_context: int, lanes: int, batch: int, threads: int, on_gpu: bool
) -> Shape:
    """Lanes with an equal share of cells each."""
    sequences = Schedule.sequences(lanes, streams=False)
    return Shape(
        cells=_padded(prompt_context) * sequences,
        sequences=sequences,
        separate=True,
        batch=max(batch, lanes + _LEAST_BATCH),
        threads=threads,
        on_gpu=on_gpu,
    )


def _default_lanes(model: Model, prompt_context: int, on_gpu: bool) -> int:
    """As many lanes as half of the free memory has room for, at most CONCURRENT_PROMPTS.

    Streams and other programs need memory too.
    """
    if on_gpu:
        return CONCURRENT_PROMPTS

    free, lane_bytes = free_memory(), model.cell_bytes() * _padded(prompt_context)
    if free is None or not lane_bytes:
        return CONCURRENT_PROMPTS
    return max(1, min(CONCURRENT_PROMPTS, free // 2 // lane_bytes - PREFIXES))


def _gpu_layers(wanted: int | None) -> int:
    """How many layers to offload; _ALL_LAYERS for all."""
    if wanted == 0 or not supports_gpu():
        return 0
    return _ALL_LAYERS if wanted is None or wanted < 0 else wanted


def _device(gpu_layers: int, layers: int, threads: int) -> str:
    """For people."""
    if not gpu_layers:
        return f"CPU (threads: {threads})"

    layers += 1  # the output layer counts too
    return f"GPU ({min(gpu_layers, layers)}/{layers} layers)"


def _load_sampler(options: LlamaOptions) -> Sampler:
    """A sampler, which loads numpy; jinja2 and psutil, needed right after, are loaded here too."""
    import psutil  # noqa: F401

    import repo_mhm.engine.template  # noqa: F401

    return Sampler(options.temperature, options.seed)


def _padded(tokens: int) -> int:
    return -(-tokens // _PADDING) * _PADDING


def _check_file(path: Path) -> None:
    """Raise ModelError when there is no GGUF file at `path`."""
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


def _check_kind(path: Path, model: Model) -> None:
    """Raise ModelError unless the model writes a text token by token, after what it has read."""
    if not model.writes_on:
        raise ModelError(
            f"{path} holds no model that continues a text (an encoder, or one that fills in masks)",
            hint="Use an instruct model in GGUF format: see `repo-mhm model list`.",
        )


def _file_id(path: Path) -> str:
    stat = path.stat()
    return f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}"
