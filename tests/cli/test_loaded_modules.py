"""What a start of the program imports: each command only what it needs.

Modules are counted rather than seconds, which depend on how busy the machine is.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

SETTINGS = {"pydantic", "pydantic_core", "repo_mhm.config"}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"src/a.py": "def load():\n    return 1\n\n\nload()\n"})
    (repo.root / "src/a.py").write_text("def load():\n    return 2\n\n\nload()\n")
    return repo


def loaded(repo: TestRepo, *words: str) -> set[str]:
    """The modules that a run of the program loads."""
    code = (
        f"import sys; sys.argv = ['repo-mhm', *{words!r}]\n"
        "from repo_mhm.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print('\\n', *sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("REPO_MHM")},
        timeout=PATIENCE,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "words",
    [
        ("review",),
        ("review", "HEAD", "--fail-on", "error", "--format", "json", "--repo", "."),
        ("search", "load", "--limit", "3"),
        ("memory", "show", "--help"),
        ("--help",),
    ],
)
def test_no_settings_are_loaded_where_nothing_sets_any(
    repo: TestRepo, words: tuple[str, ...]
) -> None:
    if words[0] == "search":
        loaded(repo, *words)  # the first one scans
    assert not loaded(repo, *words) & SETTINGS


def test_settings_of_the_repository_count_for_a_search(repo: TestRepo) -> None:
    loaded(repo, "search", "load")
    (repo.root / ".repo-mhm.toml").write_text('ignore = ["docs/"]\n')
    assert "repo_mhm.config" in loaded(repo, "search", "load")


def test_only_the_command_that_runs_is_loaded(repo: TestRepo) -> None:
    modules = loaded(repo, "review")
    assert "repo_mhm.cli.review" in modules
    assert not modules & {"repo_mhm.cli.ask", "repo_mhm.cli.model", "repo_mhm.cli.mcp"}


def test_a_review_that_touches_nothing_others_use_looks_at_no_other_file(repo: TestRepo) -> None:
    modules = loaded(repo, "review")
    elsewhere = {"repo_mhm.review.impact", "repo_mhm.relations.relation_lookup"}
    assert not modules & {*elsewhere, "repo_mhm.review.tree_lookup", "rich"}
    (repo.root / "src/a.py").write_text("def unload():\n    return 2\n\n\nload()\n")
    assert loaded(repo, "review") >= elsewhere
