"""File order: the root's README and metadata first, then folder by folder."""

from __future__ import annotations

from repo_mhm.source.file_order import file_order


def test_a_repository_begins_with_its_readme_and_metadata() -> None:
    paths = [
        "src/z.py",
        "src/a/b.py",
        "b.py",
        "README.md",
        "src/a.py",
        "pyproject.toml",
        "docs/README.md",
    ]
    assert sorted(paths, key=file_order) == [
        "README.md",
        "pyproject.toml",
        "b.py",
        "docs/README.md",
        "src/a.py",
        "src/z.py",
        "src/a/b.py",
    ]
