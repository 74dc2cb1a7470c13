"""The repositories of a server: their names, and a folder that holds several."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.mcp.repositories import Repositories
from tests.conftest import MakeRepo


def test_names_are_folders_and_numbered_where_two_are_equal(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    first = make_repo({"a.py": ""}, "a/same")
    second = make_repo({"a.py": ""}, "b/same")
    inside = first.root / "sub"
    inside.mkdir()
    with closing(Repositories.open([first.root, second.root, inside])) as repositories:
        assert list(repositories.served) == ["same", "same-2"]
        assert [served.prefix for served in repositories.chosen("")] == ["same/", "same-2/"]
        assert repositories.single("same-2").root == second.root
        with pytest.raises(UsageError, match="one repository"):
            repositories.single("")
        with pytest.raises(UsageError):
            repositories.chosen("other")


def test_a_folder_of_repositories_serves_all_of_them(make_repo: MakeRepo, tmp_path: Path) -> None:
    repos = [make_repo({"a.py": ""}, f"all/{name}") for name in ("one", "two")]
    parent = repos[0].root.parent
    (parent / "plain").mkdir()
    (parent / "link").symlink_to(tmp_path)
    (parent / "broken").mkdir()
    (parent / "broken" / ".git").write_text("gitdir: /nowhere\n")
    with closing(Repositories.open([parent])) as repositories:
        assert list(repositories.served) == ["one", "two"]
        assert len(repositories.problems) == 1 and "broken" in repositories.problems[0]


def test_a_home_folder_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "users" / "ada"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for folder in (home, home.parent, Path("/")):
        with pytest.raises(UsageError, match="no repository"):
            Repositories.open([folder])


def test_a_plain_folder_is_one_repository(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    with closing(Repositories.open([folder])) as repositories:
        assert [served.prefix for served in repositories.chosen("")] == [""]
    with pytest.raises(RepositoryError):
        Repositories.open([tmp_path / "missing"])
