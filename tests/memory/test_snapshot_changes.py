"""How a snapshot differs from what was indexed."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.snapshot_changes import changed_contents, stale_contents
from repo_mhm.store import open_store
from tests.conftest import MakeRepo
from tests.memory.test_index_run import FILES, module


def test_staleness_names_chunks_that_differ_from_the_working_tree(
    tmp_path: Path, make_repo: MakeRepo
) -> None:
    repo = make_repo(FILES)
    store = open_store(tmp_path / "memory")
    refresh(store, open_snapshot(repo.root), heads=2)
    assert stale_contents(store, {}) == {}
    repo.write(
        {"pkg0/m2.py": module(2).replace("def work_2_1(value):", "def work_2_1(value, more=1):")}
    )
    (repo.root / "pkg1/m1.py").unlink()
    gone = len(store.chunks_in("pkg1/m1.py"))
    changed = changed_contents(store.blobs(), open_snapshot(repo.root))
    stale = stale_contents(store, changed)
    assert {path: len(contents) for path, contents in stale.items()} == {
        "pkg0/m2.py": 2,  # the former chunk and the new one
        "pkg1/m1.py": gone,
    }
