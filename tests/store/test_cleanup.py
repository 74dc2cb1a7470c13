"""Cleanup removes what killed processes left, and keeps the rest."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.store.cleanup import MAX_LOG_BYTES, disk_use, remove_leftovers


def test_leftovers_go_and_states_and_damaged_databases_stay(tmp_path: Path) -> None:
    kept = [tmp_path / "state" / "memory.kv", tmp_path / "memory.damaged-1-2.db"]
    leftovers = [tmp_path / "state" / ".memory.kv.part", tmp_path / "salvage" / "memory.db"]
    for file in (*kept, *leftovers):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * 10)
    assert disk_use(tmp_path) == 40
    remove_leftovers(tmp_path)
    assert [file.exists() for file in kept] == [True, True]
    assert [file.exists() for file in leftovers] == [False, False]
    assert disk_use(tmp_path) == 20


def test_a_long_log_keeps_its_last_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "refresh.log"
    log.write_text("".join(f"line {number}\n" for number in range(MAX_LOG_BYTES // 6)))
    remove_leftovers(tmp_path)
    lines = log.read_text().splitlines()
    assert log.stat().st_size <= MAX_LOG_BYTES
    assert lines[-1] == f"line {MAX_LOG_BYTES // 6 - 1}"
    assert lines[0].startswith("line ")


def test_a_folder_without_anything_is_no_error(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "none")
    assert disk_use(tmp_path / "none") == 0
