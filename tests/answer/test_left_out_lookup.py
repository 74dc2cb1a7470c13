"""What is said of files that a question names and nobody has read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm import Repository
from repo_mhm.answer.events import Finished
from repo_mhm.answer.left_out_lookup import left_out_remarks
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

BACK = "a line !{} in .repo-mhm-ignore brings it back"


@pytest.fixture
def store(make_repo: MakeRepo, tmp_path: Path) -> Iterator[Store]:
    repo = make_repo(
        {
            "app.go": "package app\n",
            "vendor/modules.txt": "# x v1.0.0\n",
            "vendor/x/x.go": "package x\n",
            "go.sum": "x v1.0.0 h1:abc=\n",
            "logo.png": b"\x89PNG\0\0",
            "own/notes.txt": "kept out\n",
            "twice/data.txt": "read\n",
            "own/data.txt": "kept out\n",
            ".repo-mhm-ignore": "own/\n",
            ".gitignore": "build/\n",
        }
    )
    repo.write({"build/out.js": "x = 1\n"})
    (repo.root / "link").symlink_to("twice")
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        yield opened


@pytest.mark.parametrize(
    ("question", "remark"),
    [
        ("what does vendor/x/x.go do?", "vendor/x/x.go was not read: vendored"),
        ("what does x.go do?", BACK.format("vendor/x/x.go")),
        ("what is in the vendor folder?", "vendor/ was not read: 2 files, vendored"),
        ("what is in vendor/x?", BACK.format("vendor/x/")),
        ("which versions does go.sum pin?", "go.sum was not read: lock file"),
        ("Look at logo.png.", "logo.png was not read: binary; it is no text"),
        ("explain own/notes.txt:1", "own/notes.txt was not read: .repo-mhm-ignore"),
        ("what does build/out.js say?", "build/out.js was not read: git ignores it"),
        ("what is in link/data.txt?", "link was not read: symlink"),
    ],
)
def test_a_question_about_what_is_left_out_says_so(
    store: Store, question: str, remark: str
) -> None:
    (said,) = left_out_remarks(store, question)
    assert remark in said


@pytest.mark.parametrize(
    "question",
    [
        "what does app.go do?",
        "what is in data.txt?",  # one of the two was read
        "how are vendors paid?",
        "what is in nowhere/else.js and the other folder?",
        "is ../secret.txt or /etc/passwd or .git/config read?",
        "v1.2 of Session.send",
        "",
    ],
)
def test_other_questions_get_no_remark(store: Store, question: str) -> None:
    assert left_out_remarks(store, question) == ()


def test_what_a_sparse_partial_clone_lacks_is_said_and_not_fetched(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    origin = make_repo(
        {
            "src/tool.py": "def sharpen(blade):\n    return blade\n",
            "src/use.py": "from tool import sharpen\n\nsharpen(1)\n",
            "tests/test_tool.py": "from tool import sharpen\n\nsharpen(2)\n",
        },
        name="origin",
    )
    origin.git("config", "uploadpack.allowFilter", "true")
    clone = TestRepo(tmp_path / "clone")
    source = f"file://{origin.root}"
    origin.git("clone", "-q", "--filter=blob:none", "--sparse", source, str(clone.root))
    clone.git("sparse-checkout", "set", "src")
    origin.root.rename(tmp_path / "gone")

    missing = "not in this clone, and not searched: 1 file (sparse checkout)"
    with Repository.open(clone.root) as repository:
        hits = repository.search("who calls sharpen")
        assert [hit.line.location.path for hit in hits.hits] == ["src/use.py"]
        assert hits.warnings == (missing,)
        assert repository.search("a blade is returned").warnings == ()
        *_, finished = repository.ask("who calls sharpen?", use_model=False)
        assert isinstance(finished, Finished)
        assert finished.answer.warnings == (missing,)
        assert repository.scan().left_out_reasons == {"sparse checkout": 1}
