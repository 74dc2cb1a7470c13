"""What this machine offers a model: physical cores it may use, and free memory. Knows nothing about models."""

from __future__ import annotations

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_MEMORY = Path("/proc/meminfo")
_LIMIT, _CURRENT = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


def physical_cores() -> int:
    """Cores without their hyper-threads, out of those this process may run on, within the container's quota."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = {
        _read(_CPUS / f"cpu{number}/topology/core_cpus_list") or str(number) for number in allowed
    }
    quota = _read(_QUOTA).split()
    if len(quota) == 2 and quota[0].isdigit():
        return max(1, min(len(cores), -(-int(quota[0]) // int(quota[1]))))
    return len(cores)


def free_memory() -> int | None:
    """Bytes that can be had without swapping, within the container's limit; None when the system does not say."""
    lines = dict(line.split(":", 1) for line in _read(_MEMORY).splitlines() if ":" in line)
    if "MemAvailable" not in lines:
        return None
    free = int(lines["MemAvailable"].split()[0]) * 1024
    limit, current = _read(_LIMIT), _read(_CURRENT)
    return min(free, int(limit) - int(current)) if limit.isdigit() and current.isdigit() else free


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
