"""Opening a memory: the first question scans the source and shows progress, later ones open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.commands.open_memory import open_memory
from repo_mhm.errors import RepositoryError
from tests.conftest import MakeRepo

FILES = {f"m{number}.py": f"def f{number}():\n    return {number}\n" for number in range(4)}


def test_only_the_first_question_scans_and_one_sees_it(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    seen: list[tuple[int, int]] = []
    for chunks, scanned in ((4, 4), (4, 0)):
        ready = open_memory(repo.root, {}, progress=lambda *at: seen.append(at))
        with ready.store as store:
            assert store.chunk_count() == chunks
        assert seen[-1:] == [(scanned, scanned)][: scanned > 0]
        seen.clear()


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="nowhere"):
        open_memory(tmp_path / "nowhere", {})
