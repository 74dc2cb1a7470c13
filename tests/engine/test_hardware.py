from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.engine import hardware


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("100000 100000", 1), ("150000 100000", 2), ("max 100000", 4), ("", 4), ("900000 100000", 4)],
)
def test_a_container_may_use_its_quota_of_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, cores: int
) -> None:
    monkeypatch.setattr(hardware, "_cores_of_process", lambda: 4)
    monkeypatch.setattr(hardware, "_CPU_QUOTA", tmp_path / "cpu.max")
    if quota:
        (tmp_path / "cpu.max").write_text(quota + "\n")
    assert hardware.physical_cores() == cores


def test_the_free_memory_of_the_largest_gpu_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "_NVIDIA_LIBRARY", "libnone.so.1")
    monkeypatch.setattr(hardware, "_AMD_DEVICES", tmp_path)
    assert hardware.gpu_memory() == 0
    for number, (total, used) in enumerate([("8000", "3000"), ("9000", "1000"), ("9000", "?")]):
        device = tmp_path / f"card{number}" / "device"
        device.mkdir(parents=True)
        (device / "mem_info_vram_total").write_text(total)
        (device / "mem_info_vram_used").write_text(used)
    assert hardware.gpu_memory() == 8000


def test_hyper_threads_of_a_core_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 5}, raising=False)
    monkeypatch.setattr(hardware, "_CPUS", tmp_path)
    monkeypatch.setattr(hardware, "_CPU_QUOTA", tmp_path / "cpu.max")
    for thread, siblings in ((0, "0-1"), (1, "0-1"), (2, "2-3")):
        topology = tmp_path / f"cpu{thread}" / "topology"
        topology.mkdir(parents=True)
        (topology / "core_cpus_list").write_text(siblings + "\n")
    assert hardware.physical_cores() == 3  # a thread without a list counts as a core


def test_a_container_may_use_what_its_limit_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "_MEMORY_LIMIT", tmp_path / "memory.max")
    monkeypatch.setattr(hardware, "_MEMORY_USED", tmp_path / "memory.current")
    unlimited = hardware.free_memory()
    assert unlimited is not None and unlimited > 0

    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("5000\n")
    assert hardware.free_memory() == 4000

    (tmp_path / "memory.max").write_text("max\n")
    free = hardware.free_memory()
    assert free is not None and free > 4000
