"""Haystacks: Python files up to a length, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.bench.haystacks import make_haystacks, python_sources
from repo_mhm.errors import RepositoryError
from repo_mhm.git import open_snapshot
from repo_mhm.source.token_estimates import estimate_tokens
from tests.conftest import MakeRepo

SOURCES = {
    f"part{number}.py": f"def step{number}():\n    return {number}\n\n\n" * 30
    for number in range(12)
}


def test_only_python_that_would_be_read_is_a_source(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {"a.py": "x = 1\n", "b.md": "# b\n", "c.py": "# @generated\ny = 1\n", "bin.py": b"\0\1\2"}
    )
    assert python_sources([open_snapshot(repo.root)]) == {"a.py": "x = 1\n"}


def test_repositories_are_joined_and_keep_their_files_apart(make_repo: MakeRepo) -> None:
    first, second = (
        make_repo({"a.py": f"x = {number}\n"}, f"one/{number}/pond") for number in (1, 2)
    )
    sources = python_sources([open_snapshot(repo.root) for repo in (first, second)])
    assert sources == {"0-pond/a.py": "x = 1\n", "1-pond/a.py": "x = 2\n"}


def test_a_haystack_has_about_its_length_and_all_its_facts(tmp_path: Path) -> None:
    (haystack,) = make_haystacks(SOURCES, 1500, count=1, facts=7, seed=3)
    tokens = sum(estimate_tokens(SOURCES[path].encode()) for path in haystack.files)
    assert 0.8 * 1500 <= tokens <= 1.1 * 1500
    assert len(haystack.facts) == 7
    haystack.write(tmp_path)
    for path, text in haystack.files.items():
        assert (tmp_path / path).read_text("utf-8") == text


def test_a_seed_draws_the_same_haystacks_and_another_draws_others() -> None:
    first = list(make_haystacks(SOURCES, 1500, count=2, facts=7, seed=3))
    assert first == list(make_haystacks(SOURCES, 1500, count=2, facts=7, seed=3))
    assert first[0].files != first[1].files
    (other,) = make_haystacks(SOURCES, 1500, count=1, facts=7, seed=4)
    assert other.files != first[0].files
    assert [haystack.name for haystack in first] == ["1500-0-3", "1500-1-3"]


def test_a_repository_that_is_too_small_is_an_error() -> None:
    with pytest.raises(RepositoryError, match="tokens of Python") as raised:
        list(make_haystacks(SOURCES, 900_000, count=1, facts=7, seed=0))
    assert "--lengths" in raised.value.hint
