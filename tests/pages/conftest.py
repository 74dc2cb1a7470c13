"""Fixtures: the map of a repository made of the files of a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repo_mhm.commands.map_page import make_map
from repo_mhm.pages.map_page import MapPage
from tests.conftest import MakeRepo, TestRepo, Tree

MapOf = Callable[[Tree], MapPage]


@pytest.fixture
def map_of(make_repo: MakeRepo) -> MapOf:
    """The map of a new repository with these files."""

    def make(files: Tree) -> MapPage:
        return make_map(make_repo(files).root)

    return make


def edges(page: MapPage) -> set[tuple[str, str]]:
    """The edges of a map."""
    return {(edge.importer, edge.imported) for edge in page.dependencies}


__all__ = ["MapOf", "TestRepo", "edges"]
