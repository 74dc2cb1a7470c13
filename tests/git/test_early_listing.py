"""A listing that begins before it is asked for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from repo_mhm.errors import RepositoryError
from repo_mhm.git import early_listing, listing_of
from tests.conftest import MakeRepo


def test_it_is_what_git_lists_and_is_given_once(make_repo: MakeRepo) -> None:
    repo = make_repo({"a/b.py": "x = 1\n"})
    before = time.time()
    early_listing.begin(repo.root / "a")
    (repo.root / "later.py").touch()

    early = listing_of(repo.root)
    assert early is not None
    assert early.root == repo.root.resolve()
    assert before <= early.began <= time.time()
    assert b"a/b.py" in early.output
    anew = listing_of(repo.root)
    assert anew is not None
    assert anew.began > early.began
    assert b"later.py" in anew.output


def test_that_of_another_repository_is_not_taken(make_repo: MakeRepo) -> None:
    one, other = make_repo({"a.py": ""}), make_repo({"b.py": ""}, "other")
    early_listing.begin(one.root)
    listing = listing_of(other.root)
    assert listing is not None
    assert b"b.py" in listing.output


def test_one_that_was_made_long_ago_is_not_taken(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"a.py": ""})
    monkeypatch.setattr(early_listing, "MOST_AGE", 0.05)
    early_listing.begin(repo.root)
    early_listing._begun[0].wait()
    (repo.root / "later.py").touch()
    time.sleep(0.1)
    listing = listing_of(repo.root)
    assert listing is not None
    assert b"later.py" in listing.output


def test_what_cannot_be_listed_fails_where_it_is_asked_for(tmp_path: Path) -> None:
    early_listing.begin(tmp_path / "missing")
    with pytest.raises(RepositoryError, match="cannot be read"):
        listing_of(tmp_path / "missing")
    early_listing.begin(tmp_path)
    assert listing_of(tmp_path) is None
    assert early_listing.take(tmp_path) is None
