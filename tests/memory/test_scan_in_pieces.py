"""A large scan is stored piece by piece: killed at any moment, it goes on where it was."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repo_mhm.git import Snapshot, open_snapshot
from repo_mhm.memory import refresh as refreshing
from repo_mhm.memory import scan_pieces
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.snapshot_changes import CHANGED_WHILE_SCANNED
from repo_mhm.source.scan import ScannedFile, scan
from repo_mhm.store import Store, open_store
from repo_mhm.store.files import UNFINISHED_SCAN
from tests.conftest import MakeRepo, TestRepo
from tests.killed_statement import COUNTED
from tests.patience import PATIENCE

KILLED = (
    COUNTED
    + """
from pathlib import Path
from repo_mhm.git import open_snapshot
from repo_mhm.memory import refresh as refreshing, scan_pieces
from repo_mhm.store import open_store, writer_lock
scan_pieces.PIECE_BYTES, refreshing.LISTING_SECONDS = 2_000, 0
directory = Path(sys.argv[2])
with writer_lock(directory), open_store(directory) as store:
    store._db.set_trace_callback(count)
    refreshing.refresh(store, open_snapshot(Path(sys.argv[1])), heads=2)
"""
)
"""A scan that is killed before its nth SQL statement."""


def sources(files: int = 24, version: int = 1) -> dict[str | bytes, str | bytes]:
    return {
        f"lib{number % 4}/part{number}.py": f'"""What part {number} does for all others."""\n'
        + "".join(
            f"def step_{number}_{row}(value):\n"
            f"    return step_{(number + row) % files}_{row}(value) + {version}\n\n\n"
            for row in range(8)
        )
        for number in range(files)
    }


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that refreshes scan, in pieces of two files or three."""
    paths: list[str] = []

    def recorded(snapshot: Snapshot, **options: Any) -> Iterator[ScannedFile]:
        paths.extend(file.path for file in snapshot.files)
        return scan(snapshot, **options)

    monkeypatch.setattr(scan_pieces, "scan", recorded)
    monkeypatch.setattr(scan_pieces, "PIECE_BYTES", 2_000)
    monkeypatch.setattr(refreshing, "LISTING_SECONDS", 0)
    return paths


def kill_scan(repo: TestRepo, directory: Path, statements: int) -> bool:
    """Whether it was killed; False where it ended before."""
    # The file system's clock goes in steps: files made just now may seem to be changed later.
    time.sleep(0.05)
    args = [sys.executable, "-c", KILLED, str(repo.root), str(directory), str(statements)]
    done = subprocess.run(args, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def contents(store: Store) -> dict[str, object]:
    """All that a scan leaves, without row numbers."""
    stored_chunks = store.chunks()
    return {
        "blobs": store.blobs(),
        "chunks": [(item.chunk, item.head, item.value, item.text) for item in stored_chunks],
        "symbols": [(item.symbol, item.rank) for item in store.symbols()],
        "references": sorted(store.references()),
        "names": store.names(),
        "files": sorted(store.file_overviews()),
        "notes": sorted((note.head, note.anchor, note.text, note.chunks) for note in store.notes()),
        "former": store.former_chunks(),
        "found": [row for row, _ in store.search("source", ["step", "value"], 50)],
        "unfinished": store.meta(UNFINISHED_SCAN),
    }


@pytest.mark.parametrize("statements", [60, 700, 1400, 1900])
def test_a_killed_scan_goes_on_and_ends_as_if_it_had_not_been(
    make_repo: MakeRepo, tmp_path: Path, scanned: list[str], statements: int
) -> None:
    repo = make_repo(sources())
    assert kill_scan(repo, tmp_path / "killed", statements)
    with open_store(tmp_path / "killed") as store, open_store(tmp_path / "calm") as calm:
        assert not store.is_scanned()
        stored = set(store.blobs())
        refresh(store, open_snapshot(repo.root), heads=2)
        assert stored.isdisjoint(scanned)
        assert len(stored) + len(scanned) == 24
        assert (len(stored) > 0) == (statements > 60)

        refresh(calm, open_snapshot(repo.root), heads=2)
        assert contents(store) == contents(calm)
        assert store.is_scanned()


def test_what_pieces_store_is_what_one_transaction_does(
    make_repo: MakeRepo,
    tmp_path: Path,
    scanned: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo = make_repo(sources())
    with open_store(tmp_path / "pieces") as pieces, open_store(tmp_path / "whole") as whole:
        refresh(pieces, open_snapshot(repo.root), heads=2)
        monkeypatch.setattr(scan_pieces, "PIECE_BYTES", 1_000_000)
        refresh(whole, open_snapshot(repo.root), heads=2)
        assert contents(pieces) == contents(whole)


def test_a_killed_second_scan_leaves_a_memory_that_the_next_one_settles(
    make_repo: MakeRepo, tmp_path: Path, scanned: list[str]
) -> None:
    repo = make_repo(sources())
    with open_store(tmp_path / "killed") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
    repo.write(sources(version=2))
    assert kill_scan(repo, tmp_path / "killed", 2000)
    scanned.clear()
    with open_store(tmp_path / "killed") as store:
        assert store.is_scanned()
        assert store.meta(UNFINISHED_SCAN)
        assert len(store.blobs()) == 24
        refresh(store, open_snapshot(repo.root), heads=2)
        assert 0 < len(scanned) < 24
        assert all("+ 2" in item.text for item in store.chunks())
        assert not store.former_chunks()
        assert not store.meta(UNFINISHED_SCAN)
        assert min(item.rank for item in store.symbols()) > 0


def test_a_file_that_may_have_changed_since_it_was_listed_is_read_again_after_a_kill(
    make_repo: MakeRepo, tmp_path: Path, scanned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(sources())
    monkeypatch.setattr(refreshing, "LISTING_SECONDS", 600)
    monkeypatch.setattr(refreshing, "rank_everything", lambda *_: 1 / 0)
    with open_store(tmp_path / "memory") as store:
        with pytest.raises(ZeroDivisionError):
            refresh(store, open_snapshot(repo.root), heads=2)
        assert set(store.blobs().values()) == {CHANGED_WHILE_SCANNED}

        monkeypatch.undo()
        refresh(store, open_snapshot(repo.root), heads=2)
        assert CHANGED_WHILE_SCANNED not in store.blobs().values()


def test_a_scan_that_is_killed_in_its_overview_only_makes_that_anew(
    make_repo: MakeRepo, tmp_path: Path, scanned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(sources())
    with (
        open_store(tmp_path / "killed") as store,
        open_store(tmp_path / "calm") as calm,
        monkeypatch.context() as patched,
    ):
        refresh(calm, open_snapshot(repo.root), heads=2)
        scanned.clear()
        patched.setattr(refreshing, "update_overview", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh(store, open_snapshot(repo.root), heads=2)
        assert len(scanned) == 24
        assert store.is_scanned()
        assert not store.notes()

        patched.undo()
        patched.setattr(refreshing, "rank_everything", lambda *_: 1 / 0)
        refresh(store, open_snapshot(repo.root), heads=2)
        assert len(scanned) == 24
        assert contents(store) == contents(calm)
        assert store.notes()
