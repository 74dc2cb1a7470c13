"""The process that `probe` starts: opens a model file, reads a few tokens, writes one.

It reports on stdout, as one JSON object with the `problem` and the `hint` of an error, and the
`limits` of the model. Where it dies instead, its caller says so.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from repo_mhm.engine.open_llama import LlamaOptions, open_llama
from repo_mhm.engine.types import Prompt, Slot
from repo_mhm.errors import EngineError, ModelError

_SPARE_BYTES = 3 << 30
"""What opening may take beside the weights: the vocabulary, a short context, Python."""
_CPU_SECONDS, _BYTES_PER_CPU_SECOND = 60, 50_000_000
"""What a small model may take, on all cores together, and how fast larger ones are read."""
_CONTEXT = 512
_PROMPT = Prompt("Answer briefly.", "Is 7 a prime number?", (Slot("", 1),))


def limit_resources(path: Path) -> None:
    """Let this process have as much memory and CPU time as the file and its surroundings take.

    Memory is limited as data, not as address space: weights are mapped, and drivers of GPUs reserve
    terabytes of addresses. A crash is expected, and worth no dump.
    """
    size = path.stat().st_size
    memory = size + _SPARE_BYTES
    cpu_seconds = _CPU_SECONDS + size // _BYTES_PER_CPU_SECOND
    for kind, limit in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # where the system knows no such limit, or a lower one
            resource.setrlimit(kind, (limit, limit))


class Report(TypedDict):
    """What became of a model: what went wrong, empty for nothing, and what the model lacks."""

    problem: str
    hint: str
    limits: list[str]


def try_model(path: Path, options: LlamaOptions) -> Report:
    """Open a model, and use it in both ways: for an answer, and for two prompts side by side.

    That this machine has no room for it now is no fault of the file.
    """
    limits: list[str] = []
    try:
        with open_llama(path, options) as engine:
            limits += engine.info.limits
            for _ in engine.stream(_PROMPT):
                break
            for _ in range(2):
                engine.submit(_PROMPT)
            engine.wait()
    except ModelError as error:
        return Report(problem=error.message, hint=error.hint, limits=limits)
    except EngineError:
        return Report(problem="", hint="", limits=limits)
    except MemoryError:
        problem = f"{path} takes too much memory to open"
        return Report(problem=problem, hint="", limits=limits)
    return Report(problem="", hint="", limits=limits)


def main() -> None:
    """Try the model that the arguments name, and report."""
    path, layers = Path(sys.argv[1]), sys.argv[2]
    report = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # native code may print
    limit_resources(path)
    options = LlamaOptions(
        context=_CONTEXT,
        concurrent_prompts=2,
        gpu_layers=int(layers) if layers else None,
        repack=False,
    )
    result = try_model(path, options)
    os.write(report, json.dumps(result).encode())
    os._exit(0)  # freeing a hostile model may crash, and it has nothing left to do


if __name__ == "__main__":
    main()
