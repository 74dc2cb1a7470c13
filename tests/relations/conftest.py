"""Fixtures of relations: a small repository in a store, and its relations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from repo_mhm.commands.open_memory import open_memory
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from tests.conftest import MakeRepo

RelationsOf = Callable[[Mapping[str, str]], Relations]


@pytest.fixture
def relations_of(make_repo: MakeRepo) -> Iterator[RelationsOf]:
    """Commit files into a repository, scan it, and return its relations."""
    with ExitStack() as stack:

        def build(files: Mapping[str, str]) -> Relations:
            memory = open_memory(make_repo(files).root, {})
            return Relations(StoreRepository(stack.enter_context(memory.store)))

        yield build
