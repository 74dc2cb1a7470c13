"""What this machine offers a model: physical cores and free memory.

A container may use less than the machine has. psutil does not know the limits of containers
(cgroups), so they are read here.
"""

from __future__ import annotations

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MEMORY_USED = Path("/sys/fs/cgroup/memory.current")


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
