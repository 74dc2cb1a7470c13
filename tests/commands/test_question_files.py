"""What a name after `--file` means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.commands.question_files import find_files, find_scope
from repo_mhm.errors import UsageError
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.scope import WHOLE
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo, TestRepo

FILES = {
    "src/link.py": "def deliver(parcel):\n    return parcel\n\n\nLIMIT = 3\n",
    "src/deep/stamp.py": "def frank(parcel):\n    return parcel\n",
    "docs/odd:12": "Named like lines.\n",
    "docs/empty.md": "",
    ".gitignore": "ignored.py\n",
}
LINK = Location("src/link.py", 1, 5)
STAMP = Location("src/deep/stamp.py", 1, 2)


@pytest.fixture
def repo(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> TestRepo:
    repo = make_repo(FILES)
    repo.write({"ignored.py": "x = 1\n"})
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def store(repo: TestRepo, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=4)
        yield opened


@pytest.mark.parametrize(
    ("name", "locations"),
    [
        ("src/link.py", (LINK,)),
        ("./src/../src/link.py", (LINK,)),
        ("src", (STAMP, LINK)),
        ("src/", (STAMP, LINK)),
        ("src/link.py:2", (Location("src/link.py", 2, 2),)),
        ("src/link.py:2-5", (Location("src/link.py", 2, 5),)),
        ("docs/odd:12", (Location("docs/odd:12", 1, 1),)),
        ("docs/odd:12:1", (Location("docs/odd:12", 1, 1),)),
    ],
)
def test_a_name_means_a_file_a_folder_or_lines(
    store: Store, repo: TestRepo, name: str, locations: tuple[Location, ...]
) -> None:
    assert find_files(store, Path(), [name]) == locations
    assert find_files(store, Path(), [str(repo.root / name)]) == locations


def test_a_name_counts_from_the_current_folder_then_from_the_root(
    store: Store, repo: TestRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(repo.root / "src")
    assert find_files(store, Path(), ["link.py", "deep"]) == (LINK, STAMP)
    assert find_files(store, Path(), ["src/link.py"]) == (LINK,)
    assert find_files(store, Path(), ["../src/link.py", "link.py"]) == (LINK,)
    monkeypatch.chdir(tmp_path)
    assert find_files(store, repo.root / "src", ["link.py", "src/deep/stamp.py"]) == (LINK, STAMP)


def test_the_whole_repository_may_be_named(store: Store) -> None:
    assert {location.path for location in find_files(store, Path(), ["."])} >= {
        "src/link.py",
        "src/deep/stamp.py",
    }


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("src/lnk.py", "no file or folder 'src/lnk.py'", "src/link.py"),
        ("stamp.py", "no file or folder 'stamp.py'", "src/deep/stamp.py"),
        ("stamp.py:3", "no file or folder 'stamp.py'", "src/deep/stamp.py"),
        ("sr", "no file or folder 'sr'", ""),
        ("", "", ""),
        ("docs/empty.md", "docs/empty.md was not read: empty", "There is nothing in it."),
        ("ignored.py", "nothing of 'ignored.py' was read", "chunks --skipped"),
        ("/", "'/' lies outside of the repository", "-C DIR"),
        ("src/link.py:0", "has no lines 0-0", "1-5"),
        ("src/link.py:4-6", "has no lines 4-6", "1-5"),
        ("src/link.py:4-2", "has no lines 4-2", "1-5"),
        ("src/link.py:999999999", "has no lines", "1-5"),
        ("x" * 5000, "no file or folder", ""),
    ],
)
def test_a_name_that_means_nothing_is_an_error_that_says_what_is_near(
    store: Store, name: str, message: str, hint: str
) -> None:
    if not name:
        assert find_files(store, Path(), [name]) == find_files(store, Path(), ["."])
        return
    with pytest.raises(UsageError) as caught:
        find_files(store, Path(), [name])
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_symlink_leads_to_its_target_only_inside_of_the_repository(
    store: Store, repo: TestRepo, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret\n")
    (repo.root / "inside").symlink_to("src/link.py")
    (repo.root / "outside").symlink_to(tmp_path / "secret")
    assert find_files(store, Path(), ["inside"]) == (LINK,)
    with pytest.raises(UsageError, match="'outside' lies outside of the repository"):
        find_files(store, Path(), ["outside"])


# Scopes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "shown", "inside", "outside"),
    [
        (["src"], ("src",), ["src", "src/link.py", "src/deep/stamp.py"], ["docs/odd:12", "sr"]),
        (["src/deep/"], ("src/deep",), ["src/deep/stamp.py"], ["src/link.py", "src"]),
        (["src/link.py"], ("src/link.py",), ["src/link.py"], ["src/deep/stamp.py"]),
        (["src/deep", "docs"], ("src/deep", "docs"), ["docs/odd:12"], ["src/link.py"]),
        (["*.py"], ("*.py",), ["src/deep/stamp.py"], ["docs/odd:12"]),
    ],
)
def test_names_mean_a_part_of_the_repository(
    store: Store, names: list[str], shown: tuple[str, ...], inside: list[str], outside: list[str]
) -> None:
    scope = find_scope(store, Path(), names)
    assert scope.names == shown
    assert all(path in scope for path in inside)
    assert not any(path in scope for path in outside)


def test_a_scope_counts_from_the_current_folder_and_the_root_is_the_whole(
    store: Store, repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_scope(store, Path(), []) is WHOLE
    assert find_scope(store, Path(), [".", "src"]) is WHOLE
    monkeypatch.chdir(repo.root / "src")
    assert find_scope(store, Path(), ["deep"]).names == ("src/deep",)
    assert find_scope(store, Path(), ["."]).names == ("src",)
    assert find_scope(store, Path(), ["docs"]).names == ("docs",)


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("src/dep", "no file or folder 'src/dep'", "src/deep"),
        ("scr", "no file or folder 'scr'", "src"),
        ("/usr", "'/usr' lies outside of the repository", "-C DIR"),
        ("ignored.py", "git ignores it", ""),
        ("docs/empty.md", "docs/empty.md was not read: empty", ""),
        ("*.rs", "no file or folder '*.rs'", ""),
        ("a\0b", "no file or folder", ""),
    ],
)
def test_a_scope_that_holds_nothing_is_an_error(
    store: Store, name: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        find_scope(store, Path(), [name])
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_folder_that_is_left_out_says_why_and_what_brings_it_back(
    make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendored = {"vendor/modules.txt": "# x v1.0.0\n", "vendor/x/x.go": "package x\n"}
    repo = make_repo({"main.go": "package main\n", **vendored}, name="vendored")
    monkeypatch.chdir(repo.root)
    with open_store(tmp_path / "other") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        with pytest.raises(UsageError, match=r"vendor/ was not read: 2 files, vendored") as caught:
            find_scope(store, Path(), ["vendor"])
    assert "!vendor/ in .repo-mhm-ignore" in caught.value.hint
