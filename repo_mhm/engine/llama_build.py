"""Which build of llama.cpp would run a model fastest here, and the command that installs it. Pure.

A build uses the instructions and the GPU that it was compiled for. It says itself which those are;
what the machine has besides is what it leaves unused.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Gpu = Literal["CUDA", "Metal", "Vulkan", ""]
"""The kind of GPU that a machine has, by the library that drives it; empty for none."""

PACKAGE = "llama-cpp-python"

_LEAN_BUILD = Path(__file__).with_name("llama.cmake")
"""Leaves out what nothing here loads: 40 % of the CPU time is left."""

_GPU_FLAGS: Mapping[str, str] = MappingProxyType(
    {"CUDA": "-DGGML_CUDA=on", "Metal": "-DGGML_METAL=on", "Vulkan": "-DGGML_VULKAN=on"}
)
_TOOLKITS: Mapping[str, str] = MappingProxyType(
    {
        "CUDA": " (needs the CUDA toolkit)",
        "Metal": "",
        "Vulkan": " (needs the Vulkan SDK)",
    }
)

_FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "avx2": "AVX2",
        "fma": "FMA",
        "f16c": "F16C",
        "avx512f": "AVX512",
        "avx512_vnni": "AVX512_VNNI",
        "asimddp": "DOTPROD",
        "i8mm": "MATMUL_INT8",
        "sve": "SVE",
    }
)
"""What Linux calls an instruction set that makes prefill faster, and what llama.cpp calls it."""


@dataclass(frozen=True, slots=True)
class Build:
    """What an installed llama.cpp was compiled for."""

    version: str
    """Of llama-cpp-python."""
    can_offload: bool
    """Whether it can run a model on a GPU."""
    devices: tuple[str, ...]
    """The kinds of devices that it was compiled for: `CUDA`, `CPU`."""
    features: tuple[str, ...]
    """Instructions of the CPU that it uses: `AVX2`, `AVX512`."""

    @classmethod
    def of(cls, version: str, system_info: str, *, can_offload: bool) -> Build:
        """The build, by what `llama_print_system_info` says: `CPU : AVX2 = 1 | OPENMP = 1 |`."""
        devices: list[str] = []
        features: list[str] = []
        for piece in system_info.split("|"):
            device, has_device, rest = piece.partition(" : ")
            if has_device:
                devices.append(device.strip())
            name, _, value = (rest if has_device else piece).partition(" = ")
            is_of_cpu = devices[-1:] in ([], ["CPU"])
            if is_of_cpu and value.strip() == "1":
                features.append(name.strip())
        return cls(version, can_offload, tuple(devices) or ("CPU",), tuple(features))

    def __str__(self) -> str:
        """For people: the version, the devices, the CPU's instructions."""
        instructions = " ".join(self.features) or "no special instructions"
        return f"{PACKAGE} {self.version} for {' and '.join(self.devices)} ({instructions})"


def allows_extra_buffers(features: Sequence[str]) -> bool:
    """Whether llama.cpp may rearrange the weights for a CPU that it uses these instructions of.

    With AVX-512 the plain kernels prefill 217-255 tokens/s, those for rearranged weights 148-158
    (Qwen2.5-Coder-1.5B Q4_K_M, two cores). With AMX rearranging ends the process (DESIGN §6).
    """
    return not any(feature.startswith(("AVX512", "AMX")) for feature in features)


def advice(build: Build, gpu: Gpu, cpu_flags: Sequence[str]) -> str:
    """What would make this machine faster, with its command; empty where the build fits.

    `gpu` and `cpu_flags` are what the machine has.
    """
    if gpu and not build.can_offload:
        command = install_command(gpu, version=build.version)
        return f"to use this machine's GPU{_TOOLKITS[gpu]}, run: {command}"

    unused = unused_features(build, cpu_flags)
    if unused:
        command = install_command(version=build.version)
        return f"to use {', '.join(unused)}, which this CPU has, run: {command}"
    return ""


def unused_features(build: Build, cpu_flags: Sequence[str]) -> list[str]:
    """Instructions that the CPU has and the build does not use, of those that matter."""
    return [
        name for flag, name in _FEATURES.items() if flag in cpu_flags and name not in build.features
    ]


def install_command(gpu: Gpu = "", *, version: str = "") -> str:
    """The command line that compiles llama.cpp for this machine; with a version it takes its place.

    pip keeps a wheel that it has once compiled, so a build of another kind needs it told not to.
    """
    flags = [f"-DCMAKE_PROJECT_llama_cpp_INCLUDE={_LEAN_BUILD}"]
    if gpu:
        flags.append(_GPU_FLAGS[gpu])
    python = shlex.quote(sys.executable)
    pip = f"CMAKE_ARGS={shlex.quote(shlex.join(flags))} {python} -m pip install"
    if version:
        return f"{pip} --force-reinstall --no-cache-dir --no-deps {PACKAGE}=={version}"
    return f"{pip} {PACKAGE}"
