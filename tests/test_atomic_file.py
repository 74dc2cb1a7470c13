from __future__ import annotations

import os
from pathlib import Path

import pytest

from repo_mhm.atomic_file import remove_unfinished, replace_bytes, replace_text


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a longer text than the new one")
    replace_text(path, "né\n")
    assert path.read_bytes() == "né\n".encode()
    replace_bytes(path, b"head ", memoryview(b"body"))
    assert path.read_bytes() == b"head body"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(TypeError):
        replace_bytes(path, b"new", "not bytes")  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".file.0123abcd", ".file.lock", ".file.0123abcd.x", ".other.0123abcd", "file"):
        (tmp_path / name).write_text("x")

    remove_unfinished(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".file.0123abcd.x", ".file.lock", ".other.0123abcd", "file",
    ]  # fmt: skip
    remove_unfinished(tmp_path / "nowhere" / "file")


def test_the_next_write_removes_what_a_killed_process_left_long_ago(tmp_path: Path) -> None:
    abandoned, recent = tmp_path / ".file.0123abcd", tmp_path / ".file.4567abcd"
    for path in (abandoned, recent):
        path.write_text("half")
    os.utime(abandoned, (0, 0))
    replace_text(tmp_path / "file", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [recent.name, "file"]
