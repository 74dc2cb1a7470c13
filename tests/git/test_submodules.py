"""Submodules: left out unless the setting wants them, and then read at the recorded commits."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from repo_mhm import Repository
from repo_mhm.answer.left_out_lookup import left_out_remarks
from repo_mhm.git import Snapshot, open_changes, open_snapshot
from repo_mhm.git.submodules import NOT_CHECKED_OUT
from tests.conftest import MakeRepo, TestRepo


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    """A repository with a submodule, in which there is another one, that is not checked out."""
    deepest = make_repo({"deep.py": "DEEP = 1\n"}, name="deepest")
    inner = make_repo({"lib/tool.py": "def sharpen(blade):\n    return blade\n"}, name="inner")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    inner.git(*add, str(deepest.root), "deepest")
    inner.commit()
    repo = make_repo({"app.py": "from tools.lib.tool import sharpen\n\nsharpen(1)\n"})
    repo.git(*add, str(inner.root), "tools")
    repo.commit()
    return repo


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_MHM_SUBMODULES", "true")


def texts(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: snapshot.read(file) for file in snapshot.files}


def reasons(snapshot: Snapshot) -> dict[str, str]:
    return {item.path: item.reason for item in snapshot.left_out}


def test_a_submodule_is_left_out_and_a_question_about_it_says_so(repo: TestRepo) -> None:
    assert reasons(open_snapshot(repo.root)) == {"tools": "submodule"}
    with Repository.open(repo.root) as repository, repository.use() as memory:
        for question in ("what is in tools/?", "what does tools/lib/tool.py do?"):
            (remark,) = left_out_remarks(memory.store, question)
            assert remark.startswith("tools was not read: submodule; ")
            assert "config set submodules true" in remark


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("commit", [None, "HEAD"])
def test_its_files_are_read_at_the_recorded_commit(repo: TestRepo, commit: str | None) -> None:
    tool = repo.path("tools/lib/tool.py")
    recorded = tool.read_bytes()
    tool.write_text("BROKEN = 1\n")
    inside = TestRepo(repo.root / "tools")
    inside.commit(message="not recorded")
    snapshot = open_snapshot(repo.root, commit)
    assert texts(snapshot)["tools/lib/tool.py"] == recorded
    assert reasons(snapshot) == {"tools/deepest": "submodule"}
    file = next(file for file in snapshot.files if file.path == "tools/lib/tool.py")
    assert pickle.loads(pickle.dumps(snapshot.reader)).read(file) == recorded


@pytest.mark.usefixtures("wanted")
def test_only_what_is_recorded_anew_counts_as_changed(repo: TestRepo) -> None:
    blobs = {file.path: file.blob for file in open_snapshot(repo.root).files}
    changed, unchanged = open_changes(repo.root, blobs)
    assert (changed.files, unchanged) == ((), frozenset(blobs))
    inside = TestRepo(repo.root / "tools")
    inside.commit({"lib/tool.py": "def sharpen(blade, stone):\n    return blade\n"})
    assert not open_changes(repo.root, blobs)[0].files
    repo.commit()
    assert [file.path for file in open_changes(repo.root, blobs)[0].files] == ["tools/lib/tool.py"]


@pytest.mark.usefixtures("wanted")
def test_one_that_is_not_checked_out_is_left_out_with_that_reason(
    repo: TestRepo, tmp_path: Path
) -> None:
    clone = TestRepo(tmp_path / "clone")
    repo.git("clone", "--quiet", str(repo.root), str(clone.root))
    assert reasons(open_snapshot(clone.root)) == {"tools": NOT_CHECKED_OUT}
    assert "tools/app.py" not in texts(open_snapshot(clone.root))


@pytest.mark.usefixtures("wanted")
def test_code_in_a_submodule_is_found_and_used(repo: TestRepo) -> None:
    with Repository.open(repo.root) as repository:
        hits = repository.search("who calls sharpen")
        assert [hit.line.location.path for hit in hits.hits] == ["app.py"]
        defined = repository.search("where is sharpen defined")
        assert [hit.line.location.path for hit in defined.hits] == ["tools/lib/tool.py"]
