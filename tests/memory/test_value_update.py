"""Ranks and values after a change of a few files, where not everything is ranked anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory import value_update
from repo_mhm.memory.refresh import refresh
from repo_mhm.memory.source_update import CLOCK_MARGIN_SECONDS, source_change, update_source
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

WEIGH = "def weigh(parcel):\n    return parcel.grams\n\n\ndef label(parcel):\n    return 1\n"
FILES = {
    "weigh.py": WEIGH,
    "post.py": "from weigh import weigh\n\n\ndef send(parcel):\n    weigh(parcel)\n",
    "README.md": "# Parcels\n",
}
NEW = "\n\ndef stamp(parcel):\n    return weigh(parcel)\n"


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


@pytest.fixture
def store(repo: TestRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """After a first refresh, of a repository that counts as large."""
    monkeypatch.setattr(value_update, "RANKED_EACH_TIME", 0)
    monkeypatch.setattr(value_update, "CHANGED_SHARE", 100.0)
    with open_store(tmp_path / "memory") as opened:
        refreshed(opened, repo)
        yield opened


def refreshed(store: Store, repo: TestRepo) -> dict[str, float]:
    refresh(store, open_snapshot(repo.root), heads=2)
    return {stored.symbol.name: stored.rank for stored in store.symbols()}


def ask(store: Store, repo: TestRepo) -> None:
    # A file that has just been written counts as one that may be changed again.
    time.sleep(2 * CLOCK_MARGIN_SECONDS)
    assert update_source(store, source_change(store, repo.root), seconds=60.0)


def test_symbols_keep_their_ranks_and_new_ones_get_usual_ones(repo: TestRepo, store: Store) -> None:
    before = refreshed(store, repo)
    repo.commit({"weigh.py": WEIGH + NEW, "tax.py": "def tax(parcel):\n    return 2\n"})
    after = refreshed(store, repo)
    assert {name: after[name] for name in before} == before
    assert after["stamp"] == median([before["weigh"], before["label"]])
    assert after["tax"] == min(before.values())
    (chunk,) = store.chunks_in("weigh.py")
    assert chunk.value == pytest.approx(after["weigh"] + after["label"] + after["stamp"])


@pytest.mark.parametrize("path", ["weigh.py", "new.py"])
def test_what_a_question_has_added_gets_a_usual_rank_too(
    repo: TestRepo, store: Store, path: str
) -> None:
    repo.write({path: FILES.get(path, "") + NEW})
    ask(store, repo)
    ranks = refreshed(store, repo)
    assert ranks["stamp"] >= min(ranks["weigh"], ranks["label"])
    assert all(stored.value > 0 for stored in store.chunks())


@pytest.mark.parametrize("asks", [False, True])
def test_all_is_ranked_once_a_share_of_it_has_changed(
    repo: TestRepo, store: Store, monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    """Also where it was a question that brought the files up to date."""
    monkeypatch.setattr(value_update, "CHANGED_SHARE", 2.0)
    before = refreshed(store, repo)
    ranks = before
    for number in range(12):
        repo.write({"post.py": FILES["post.py"] + "    label(parcel)\n" * (number + 1)})
        if asks:
            ask(store, repo)
        ranks = refreshed(store, repo)
        if number == 0:
            assert ranks == before
        elif ranks != before:
            break
    assert ranks["label"] > before["label"]
