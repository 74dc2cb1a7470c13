"""`index --path`: what is planned and refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from repo_mhm import Repository
from repo_mhm.commands import index, workspace
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import UsageError
from repo_mhm.memory.index_plan import IndexPlan
from tests.conftest import MakeRepo, TestRepo


@pytest.fixture
def repo(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> TestRepo:
    def choose(*_: object, **__: object) -> workspace.Model:
        return workspace.Model("scripted-1", "scripted", ScriptedEngine)

    monkeypatch.setattr(index, "choose_model", choose)
    return make_repo({"api/a.py": "def a():\n    return 1\n", "web/b.py": "def b():\n    pass\n"})


def planned(repo: TestRepo, within: Sequence[str]) -> IndexPlan:
    with index.open_indexer(repo.root, {}, within=within) as indexer:
        return indexer.plan()


def test_a_plan_is_of_the_scope(repo: TestRepo) -> None:
    part, whole = planned(repo, ["api"]), planned(repo, [])
    assert (part.scope, part.chunks) == (("api",), 1)
    assert (whole.scope, whole.chunks) == ((), 2)
    assert part.steps < whole.steps


@pytest.mark.parametrize("is_scanned", [False, True])
def test_a_scope_that_is_not_there_is_refused(repo: TestRepo, is_scanned: bool) -> None:
    if is_scanned:
        with Repository.open(repo.root) as repository:
            repository.scan()
    with pytest.raises(UsageError, match="no file or folder 'apu'") as caught:
        planned(repo, ["apu"])
    assert "api" in caught.value.hint
