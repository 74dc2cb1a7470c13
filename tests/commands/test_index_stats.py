"""What an index says of its costs: stages that ran, and counts that the scan itself gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.commands.chunks import totals
from repo_mhm.commands.index_stats import index_stats
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.stage_costs import StageCosts
from repo_mhm.source.scan import scan
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

FILES: dict[str | bytes, str | bytes] = {
    "shop/cart.py": "def total(items):\n    return sum(items) + sum(items)\n",
    "shop/broken.py": "def whole():\n    return 1\n\n\ndef half(:\n    return )))\n",
    "logo.png": b"\x89PNG\x0d\x0a\x1a\x0a" + b"\x00" * 100,
    "mark.png": b"\x89PNG\x0d\x0a\x1a\x0a" + b"\x00" * 90,
    "poetry.lock": "[[package]]\n",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "memory")


def refreshed(store: Store, repo: TestRepo) -> StageCosts:
    costs = StageCosts()
    refresh(store, open_snapshot(repo.root), heads=2, costs=costs)
    return costs


def test_counts_are_those_of_the_scan(store: Store, make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    stats = index_stats(store, refreshed(store, repo))
    scanned = totals(scan(open_snapshot(repo.root)))
    assert (stats.files, stats.source_bytes) == (scanned.files, scanned.bytes)
    assert (stats.chunks, stats.symbols) == (scanned.chunks, scanned.symbols)
    assert stats.references == scanned.references > 0
    assert stats.left_out == scanned.skipped and sum(stats.left_out.values()) == 3
    assert stats.parse_errors == scanned.damaged and list(stats.parse_errors) == ["shop/broken.py"]
    assert stats.database_bytes >= store.path.stat().st_size > 0
    assert stats.peak_bytes > 1_000_000


def test_stages_are_named_once_and_add_up_to_less_than_the_total(
    store: Store, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    stats = index_stats(store, refreshed(store, repo))
    *stages, total = stats.stages
    names = [stage.name for stage in stages]
    assert names == [
        "compare the files",
        "read the history",
        "scan the files",
        "store the files",
        "rank the symbols",
        "assign heads",
        "follow the notes",
        "write the overview",
    ]
    assert total.name == "total"
    assert 0 < sum(stage.cpu_seconds for stage in stages) <= total.cpu_seconds
    assert sum(stage.seconds for stage in stages) <= total.seconds
    peaks = [stage.peak_bytes for stage in stats.stages]
    assert peaks == sorted(peaks), "memory so far never falls"


def test_a_refresh_of_nothing_has_no_stage_of_writing(store: Store, make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    refreshed(store, repo)
    again = refreshed(store, repo)
    assert [stage.name for stage in again.stages] == ["compare the files", "read the history"]


def test_a_stage_counts_where_an_error_ends_it_and_once_more_when_it_runs_again() -> None:
    costs = StageCosts()
    with pytest.raises(ValueError, match="broken"), costs.stage("scan"):
        raise ValueError("broken")
    (first,) = costs.stages
    with costs.stage("scan"):
        sum(range(100_000))
    (both,) = costs.stages
    assert both.cpu_seconds > first.cpu_seconds and both.seconds > first.seconds
