"""llama.cpp's library: loading its bindings, keeping its log, asking what it was built with.

Importing this file is cheap; `library` loads llama.cpp when it is first called.
"""

from __future__ import annotations

import collections
import ctypes
import functools
import importlib.util
import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from repo_mhm.engine.llama_build import Build, install_command
from repo_mhm.errors import EngineError

_PACKAGE = "llama_cpp"
_LOG: collections.deque[str] = collections.deque(maxlen=12)
_CALLBACKS: list[Any] = []
"""Native code keeps a pointer to the log callback for good, so it must never be collected."""

_GPU_LIBRARY = re.compile(r"ggml-(cuda|hip|metal|musa|sycl|vulkan)\b")

# Levels of ggml's log, from ggml.h: warnings and errors lie between these two.
_WARNING = 3
_CONTINUATION = 5


@functools.cache
def library() -> Any:
    """llama_cpp's low-level module, loaded once, its log silenced.

    Raises EngineError when it is not installed or broken.
    """
    # Threads that wait for each other by spinning starve on a busy machine: with load 6 on 2 cores
    # a step took 14-47 s spinning and 5 s sleeping. Spinning for some ten microseconds first costs
    # nothing there and spares most of a thousand wake-ups a token: 28 ms instead of 43. OpenMP
    # reads this once, when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

    try:
        bindings = _bindings()
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(
            f"llama.cpp cannot be loaded: {error}",
            hint=f"Run: {install_command(version=llama_version())}",
        ) from error

    _CALLBACKS.append(bindings.llama_log_callback(_log))
    bindings.llama_log_set(_CALLBACKS[-1], ctypes.c_void_p(0))
    bindings.llama_backend_init()
    return bindings


def _bindings() -> Any:
    """The bindings alone, without the package around them.

    The package loads its high-level API, numpy and a server's types as it starts, which would delay
    every first token by 0.19 s.
    """
    if _PACKAGE in sys.modules:
        return importlib.import_module(f"{_PACKAGE}.llama_cpp")

    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None:
        raise ImportError("llama-cpp-python is not installed")

    sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)  # registered, but not run
    try:
        return importlib.import_module(f"{_PACKAGE}.llama_cpp")
    finally:
        del sys.modules[_PACKAGE]


def is_installed() -> bool:
    """Whether llama.cpp is installed, without loading it."""
    return importlib.util.find_spec(_PACKAGE) is not None


def supports_gpu() -> bool:
    """Whether this llama.cpp can offload to a GPU."""
    return bool(library().llama_supports_gpu_offload())


def gpu_backends() -> list[str]:
    """The kinds of GPU that the installed llama.cpp was built for (`cuda`), without loading it."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    names = [path.name for folder in folders or () for path in Path(folder, "lib").glob("*ggml-*")]
    kinds = {match[1] for name in names if (match := _GPU_LIBRARY.search(name))}
    return sorted(kinds)


def build() -> Build:
    """What the installed llama.cpp was compiled for."""
    info = library().llama_print_system_info().decode("utf-8", "replace")
    return Build.of(llama_version(), info, can_offload=supports_gpu())


def llama_version() -> str:
    """The version of the installed llama.cpp, without loading it; empty when there is none."""
    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return ""


def clear_log() -> None:
    """Forget what llama.cpp has logged so far."""
    _LOG.clear()


def logged_problems() -> str:
    """The warnings and errors since the log was last cleared, for error messages; clears it."""
    problems = "; ".join(line for line in _LOG if line)
    clear_log()
    return problems or "no reason given"


def _log(level: int, text: bytes, _: Any) -> None:
    if _WARNING <= level < _CONTINUATION:
        _LOG.append(text.decode("utf-8", "replace").strip())
