"""Partial clones, sparse checkouts and sparse indexes: nothing is fetched, and gaps are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import diff
from repo_mhm.review.reviewer import Reviewer
from tests.conftest import MakeRepo, TestRepo

LIBRARY = "def load(path, strict=False):\n    return path, strict\n"
CALLER = "from lib.load import load\n\nload('a', True)\n"
BROKEN = "def load(path):\n    return path\n"


@pytest.fixture
def origin(make_repo: MakeRepo) -> TestRepo:
    """A repository whose latest commit changes nothing in `lib`."""
    repo = make_repo({"lib/load.py": LIBRARY, "far/use.py": CALLER, "far/more.py": CALLER})
    repo.commit({"far/more.py": CALLER + "x = 1\n"})
    repo.commit({"far/old.py": "y = 1\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return repo


@pytest.fixture
def clone(origin: TestRepo, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> TestRepo:
    """A partial clone without blobs, with `lib` alone checked out; what git starts is traced."""
    repo = make_repo(name="clone")
    repo.git("remote", "add", "origin", origin.root.as_uri())
    repo.git("-c", "protocol.file.allow=always", "fetch", "-q", "--filter=blob:none", "origin")
    repo.git("sparse-checkout", "set", "--cone", "lib")
    repo.git("-c", "protocol.file.allow=always", "checkout", "-q", "-b", "main", "origin/main")
    return repo


def objects(repo: TestRepo) -> set[Path]:
    return {path for path in (repo.root / ".git" / "objects").rglob("*") if path.is_file()}


def test_a_partial_clone_says_what_it_lacks_and_fetches_nothing(clone: TestRepo) -> None:
    before = objects(clone)
    clone.write({"lib/load.py": BROKEN})
    report = Reviewer().review(diff.working(clone.root))
    reasons = [item.reason for item in report.not_reviewed]
    assert reasons == ["this partial clone lacks far/more.py, far/old.py, far/use.py"]
    clone.git("add", "lib/load.py")
    staged = Reviewer().review(diff.staged(clone.root))
    assert [item.reason for item in staged.not_reviewed] == reasons
    assert {path.name for path in objects(clone) - before} == {
        clone.git("rev-parse", ":lib/load.py")[2:]
    }


def test_files_that_a_partial_clone_lacks_are_not_taken_for_clean(clone: TestRepo) -> None:
    before = objects(clone)
    changes = diff.between(clone.root, "HEAD~2..HEAD")
    assert [(item.path, item.reason) for item in changes.left_out] == [
        ("far/more.py", "not fetched"),
        ("far/old.py", "not fetched"),
    ]
    assert changes.unread == {"far/more.py", "far/old.py"}
    assert objects(clone) == before


@pytest.mark.parametrize("index", ["--sparse-index", "--no-sparse-index"])
def test_users_outside_a_sparse_checkout_are_found(
    origin: TestRepo, make_repo: MakeRepo, index: str
) -> None:
    clone = make_repo(name="clone")
    clone.git("fetch", "-q", origin.root.as_uri(), "main")
    clone.git("sparse-checkout", "set", "--cone", index, "lib")
    clone.git("checkout", "-q", "-b", "main", "FETCH_HEAD")
    assert not clone.path("far").exists()

    clone.write({"lib/load.py": BROKEN})
    for changes in (diff.working(clone.root), diff.from_text(clone.root, clone.git("diff") + "\n")):
        report = Reviewer().review(changes)
        evidence = [each for finding in report.findings for each in finding.evidence]
        assert {each.location.path for each in evidence} == {"far/use.py", "far/more.py"}
        assert all("outside the sparse checkout" in each.why for each in evidence)
        assert report.not_reviewed == ()
