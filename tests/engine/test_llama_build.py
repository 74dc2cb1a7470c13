"""What a build of llama.cpp uses of a machine, and what is advised where it leaves out some."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from repo_mhm.engine.llama_build import (
    Build,
    advice,
    allows_extra_buffers,
    install_command,
    unused_features,
)

PLAIN = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 0 | OPENMP = 1 | "
NATIVE = "CPU : AVX2 = 1 | F16C = 1 | FMA = 1 | AVX512 = 1 | AVX512_VNNI = 1 | AMX_INT8 = 1 | "
CUDA = "CUDA : ARCHS = 800,900 | USE_GRAPHS = 1 | CPU : AVX2 = 1 | LLAMAFILE = 1 | "
OLD = "AVX = 1 | AVX2 = 1 | NEON = 0 |"
"""Before there were several devices."""


@pytest.mark.parametrize(
    ("info", "devices", "features"),
    [
        (PLAIN, ("CPU",), ("SSE3", "AVX", "OPENMP")),
        (CUDA, ("CUDA", "CPU"), ("AVX2", "LLAMAFILE")),
        (OLD, ("CPU",), ("AVX", "AVX2")),
        ("", ("CPU",), ()),
    ],
)
def test_a_build_is_what_llama_cpp_says_of_it(
    info: str, devices: tuple[str, ...], features: tuple[str, ...]
) -> None:
    build = Build.of("0.3.36", info, can_offload="CUDA" in info)
    assert (build.devices, build.features) == (devices, features)


def test_weights_are_never_rearranged_where_that_is_slower_or_ends_the_process() -> None:
    """llama.cpp's AMX code, compiled by GCC 12 at -O3, loads an uninitialised tile configuration.

    With AVX-512 alone it runs, but reads a third more slowly.
    """
    assert allows_extra_buffers(["AVX2", "FMA"])
    assert allows_extra_buffers(["NEON", "DOTPROD"])
    for feature in ("AVX512", "AVX512_VNNI", "AMX_INT8", "AMX_BF16", "AMX_TILE"):
        assert not allows_extra_buffers(["AVX2", feature])


@pytest.mark.parametrize(
    ("info", "flags", "unused"),
    [
        (PLAIN, "avx avx2 fma", ["AVX2", "FMA"]),
        (NATIVE, "avx avx2 fma f16c avx512f avx512_vnni amx_int8", []),
        (PLAIN, "", []),
        ("CPU : NEON = 1 | ", "asimd asimddp i8mm", ["DOTPROD", "MATMUL_INT8"]),
    ],
)
def test_what_a_cpu_has_and_a_build_does_not_use(info: str, flags: str, unused: list[str]) -> None:
    assert unused_features(Build.of("1", info, can_offload=False), flags.split()) == unused


def test_a_gpu_comes_before_instructions_and_a_fitting_build_gets_no_advice() -> None:
    plain = Build.of("0.3.36", PLAIN, can_offload=False)
    assert "DGGML_CUDA=on" in advice(plain, "CUDA", ["avx2"])
    assert "CUDA toolkit" in advice(plain, "CUDA", [])
    assert "AVX2" in advice(plain, "", ["avx2"])
    assert "--force-reinstall --no-cache-dir" in advice(plain, "", ["avx2"])
    assert not advice(Build.of("0.3.36", CUDA, can_offload=True), "CUDA", ["avx2"])
    assert not advice(Build.of("0.3.36", NATIVE, can_offload=False), "", ["avx2", "amx_tile"])


def test_the_command_is_one_that_a_shell_runs_as_meant() -> None:
    words = shlex.split(install_command("Vulkan", version="0.3.36"))
    flags = shlex.split(words[0].removeprefix("CMAKE_ARGS="))
    assert flags[-1] == "-DGGML_VULKAN=on"
    file = Path(flags[0].removeprefix("-DCMAKE_PROJECT_llama_cpp_INCLUDE="))
    assert "LLAMA_BUILD_COMMON OFF" in file.read_text()
    assert words[1:5] == [sys.executable, "-m", "pip", "install"]
    assert words[-1] == "llama-cpp-python==0.3.36"
