"""Folders of a repository, against their definitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.repository_paths import RepositoryPaths, ancestors

names = st.sampled_from(["a", "b", "ab", "src"])
paths = st.lists(names, min_size=1, max_size=5).map("/".join)


@given(st.sets(paths))
def test_the_folders_are_those_around_the_files(files: set[str]) -> None:
    found = RepositoryPaths(files, lambda path: "")
    assert found.folders == {path.rpartition("/")[0] for path in files}
    assert found.folders_above == {folder for path in files for folder in ancestors(path)}


@given(st.sets(paths), paths)
def test_folders_are_found_by_name_and_by_how_they_end(files: set[str], end: str) -> None:
    found = RepositoryPaths(files, lambda path: "")
    ending = [folder for folder in found.folders if f"/{folder}".endswith(f"/{end}")]
    assert found.folders_ending_with(end) == sorted(ending)
    name = end.rpartition("/")[2]
    named = [folder for folder in found.folders_above if folder.rpartition("/")[2] == name]
    assert found.folders_named(name) == sorted(named)
