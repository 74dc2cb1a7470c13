"""A model file that this machine does not know is opened in a process of its own first.

The idea: llama.cpp trusts what a GGUF file says. A header that is damaged, or made to do harm, can
end the process in native code, take all memory, or keep it busy for good. So another process opens
the file, reads a few tokens and writes one, within limits of time and memory. Only its death is
seen here, and becomes an error that names the file. Who calls it keeps the result.
"""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from repo_mhm import safe_python
from repo_mhm.errors import ModelError

_PROCESS = "repo_mhm.engine.probe_process"
_SECONDS = 900
"""On the clock, for a small model on a machine that is busy with many other processes. What runs
without an end is stopped long before by the limit of CPU time that the process sets itself."""
_BYTES_PER_SECOND = 20_000_000
"""What a slow disk reads; all weights are read once."""
_DAMAGED = (
    "The file is damaged, not made for the installed llama.cpp, or made to do harm: fetch it again "
    "from its publisher, or use a model of `repo-mhm model list`."
)


def probe(path: Path, gpu_layers: int | None, *, seconds: float | None = None) -> tuple[str, ...]:
    """Open a model file in another process; return what the model lacks (`EngineInfo.limits`).

    `seconds` is how long it may take, by default a time that grows with the file. Raises ModelError
    when that process fails or dies.
    """
    limit = seconds or _SECONDS + path.stat().st_size / _BYTES_PER_SECOND
    layers = "" if gpu_layers is None else str(gpu_layers)
    try:
        done = subprocess.run(
            safe_python.command(_PROCESS, str(path.absolute()), layers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=safe_python.SAFE_FOLDER,
            env=safe_python.environment(),
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"{path} was not opened within {limit:.0f} s, and was given up", hint=_DAMAGED
        ) from error

    if done.returncode == -signal.SIGXCPU:
        raise ModelError(f"{path} keeps llama.cpp busy without an end", hint=_DAMAGED)
    if done.returncode < 0:
        raise ModelError(f"{path} crashes llama.cpp ({_signal(-done.returncode)})", hint=_DAMAGED)
    return _reported(path, done.stdout)


def _reported(path: Path, output: bytes) -> tuple[str, ...]:
    """The limits that the process has reported. Raises the ModelError that it has, if any."""
    try:
        report = json.loads(output)
        problem, hint = report["problem"], report["hint"]
        limits = tuple(map(str, report["limits"]))
    except (ValueError, TypeError, LookupError) as error:
        raise ModelError(
            f"{path} cannot be opened: the process that tried ended without a report",
            hint=_DAMAGED,
        ) from error
    if problem:
        raise ModelError(str(problem), hint=str(hint))
    return limits


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
