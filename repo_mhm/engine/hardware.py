"""What this machine offers a model: cores, their instructions, free memory, GPUs.

A container may use less than the machine has. psutil does not know the limits of containers
(cgroups), so they are read here.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path

from repo_mhm.engine.llama_build import Gpu

_CPUS = Path("/sys/devices/system/cpu")
_CPU_INFO = Path("/proc/cpuinfo")
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
_AMD_DRIVER = Path("/sys/module/amdgpu")
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MEMORY_USED = Path("/sys/fs/cgroup/memory.current")
_AMD_DEVICES = Path("/sys/class/drm")
_NVIDIA_LIBRARY = "libnvidia-ml.so.1"


def physical_cores() -> int:
    """Cores, without hyper-threads, that this process may use within its container's quota."""
    quota = _container_cores()
    cores = _cores_of_process()

    return cores if quota is None else max(1, min(cores, quota))


def free_memory() -> int | None:
    """Bytes to be had without swapping, within the container's limit; None where nothing says."""
    import psutil

    try:
        free = int(psutil.virtual_memory().available)
    except OSError:  # no /proc
        return None

    limit, used = _text(_MEMORY_LIMIT), _text(_MEMORY_USED)
    return min(free, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else free


def gpu_memory() -> int:
    """Free bytes of the GPU that has most, of NVIDIA or AMD; 0 where there is none."""
    return max([0, *_nvidia_memory(), *_amd_memory()])


class _NvidiaMemory(ctypes.Structure):
    """nvmlMemory_t of NVIDIA's management library, in bytes."""

    _fields_ = [
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    ]


def _nvidia_memory() -> list[int]:
    """Free bytes of each NVIDIA GPU, by the library that comes with its driver."""
    try:
        library = ctypes.CDLL(_NVIDIA_LIBRARY)
    except OSError:
        return []
    if library.nvmlInit_v2() != 0:
        return []

    count = ctypes.c_uint()
    library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    free = []
    for number in range(count.value):
        device, memory = ctypes.c_void_p(), _NvidiaMemory()
        status = library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(device))
        status = status or library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory))
        if status == 0:
            free.append(int(memory.free))
    library.nvmlShutdown()
    return free


def _amd_memory() -> list[int]:
    """Free bytes of each AMD GPU with memory of its own, as Linux tells them."""
    free = []
    for total_file in sorted(_AMD_DEVICES.glob("card*/device/mem_info_vram_total")):
        total, used = _text(total_file), _text(total_file.with_name("mem_info_vram_used"))
        if total.isdigit() and used.isdigit():
            free.append(int(total) - int(used))
    return free


def cpu_flags() -> list[str]:
    """The instruction sets of the CPU as Linux names them; empty on other systems."""
    for line in _text(_CPU_INFO).splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86, ARM
            return flags.split()
    return []


def cpu_name() -> str:
    """The CPU's model, for people and as a mark of the machine."""
    for line in _text(_CPU_INFO).splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def gpu() -> Gpu:
    """The kind of GPU of this machine that llama.cpp can be compiled for, by its driver."""
    if sys.platform == "darwin":
        return "Metal" if platform.machine() == "arm64" else ""
    if _NVIDIA_DRIVER.exists():
        return "CUDA"
    return "Vulkan" if _AMD_DRIVER.exists() else ""


def _cores_of_process() -> int:
    if hasattr(os, "sched_getaffinity"):
        # psutil counts the cores of the machine, also those that this process may not run on.
        threads = os.sched_getaffinity(0)
        cores = {_text(_CPUS / f"cpu{n}/topology/core_cpus_list") or str(n) for n in threads}
        return len(cores)

    import psutil

    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def _container_cores() -> int | None:
    """The quota of the container in whole cores, rounded up; None where there is no quota."""
    numbers = _text(_CPU_QUOTA).split()
    if len(numbers) != 2 or not numbers[0].isdigit():
        return None

    microseconds, period = map(int, numbers)
    return -(-microseconds // period)


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
