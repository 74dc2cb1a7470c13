"""Values come back from a spool in their order; its file has no name, and a full disk is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repo_mhm.errors import UnwritableStore
from repo_mhm.private_folder import private_folder
from repo_mhm.store import DATABASE, open_spool


def test_values_come_back_in_their_order_from_a_file_without_a_name(tmp_path: Path) -> None:
    with open_spool(tmp_path / DATABASE) as spool:
        for number in range(50):
            spool.add(bytes([number]) * 10_000)
        assert list(tmp_path.iterdir()) == []
        assert [value[0] for value in spool] == list(range(50))


def test_where_files_must_have_names_it_loses_its_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with private_folder(tmp_path) as folder, folder.open_nameless() as file:
        file.write(b"text")
        file.seek(0)
        assert (file.read(), list(tmp_path.iterdir())) == (b"text", [])


def test_a_full_disk_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full").open("r+b")  # noqa: SIM115  the spool closes it
    monkeypatch.setattr("repo_mhm.private_folder.os.fdopen", lambda *_: full)
    with open_spool(tmp_path / DATABASE) as spool, pytest.raises(UnwritableStore) as error:
        for _ in range(9):
            spool.add(b"x" * 100_000)
    assert str(tmp_path / DATABASE) in error.value.message
    assert "repo-mhm gc" in error.value.hint
