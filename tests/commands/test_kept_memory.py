"""A memory that stays open: up to date at each use, whatever happens to its files meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

import pytest

from repo_mhm.commands import kept_memory, open_memory
from repo_mhm.commands.kept_memory import MOST_IDLE, KeptMemory
from repo_mhm.commands.source_refresh import SourceRefresh
from tests.conftest import MakeRepo, TestRepo


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"a.py": "def first():\n    pass\n"})


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One item for each time that a memory is opened."""
    opened: list[str] = []

    def counted(*arguments: Any, **options: Any) -> object:
        opened.append("opened")
        return open_memory.open_memory(*arguments, **options)

    monkeypatch.setattr(kept_memory, "open_memory", counted)
    return opened


def names(memory: KeptMemory) -> set[str]:
    with memory.use() as opened:
        return opened.store.symbol_names()


def test_it_is_opened_once_and_follows_the_files(repo: TestRepo, openings: list[str]) -> None:
    with closing(KeptMemory(repo.root)) as memory:
        assert names(memory) == {"first"}
        repo.write({"a.py": "def second():\n    pass\n"})
        assert names(memory) == {"second"}
        repo.commit({"b.py": "def third():\n    pass\n"})
        assert names(memory) == {"second", "third"}
    assert len(openings) == 1


def test_another_database_or_other_settings_open_it_anew(
    repo: TestRepo, openings: list[str]
) -> None:
    with closing(KeptMemory(repo.root)) as memory:
        with memory.use() as opened:
            database = opened.store.path
        for file in database.parent.glob("memory.db*"):
            file.unlink()
        assert names(memory) == {"first"}
        assert len(openings) == 2

        repo.write({".repo-mhm.toml": 'ignore = ["a.py"]\n'})
        with memory.use() as opened:
            assert opened.settings.ignore == ("a.py",)
        assert len(openings) == 3


def test_questions_at_once_share_one_look_at_the_source(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    may_look = threading.Event()

    def look(*_: object) -> SourceRefresh:
        may_look.wait(60)
        looks.append(None)
        return SourceRefresh()

    with closing(KeptMemory(repo.root)) as memory:
        # As many connections as are kept, so that none is opened below.
        barrier = threading.Barrier(MOST_IDLE)
        at_once(memory, MOST_IDLE, barrier.wait)
        monkeypatch.setattr(kept_memory, "refresh_source", look)
        timer = threading.Timer(0.2, may_look.set)
        timer.start()
        at_once(memory, MOST_IDLE, lambda: None)
        timer.join()
    # The first look, and one for those that asked after it had begun.
    assert 1 <= len(looks) <= 2


def at_once(memory: KeptMemory, number: int, inside: object) -> None:
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            with memory.use() as opened:
                inside()  # type: ignore[operator]
                assert opened.store.symbol_names() == {"first"}
        except BaseException as error:  # noqa: BLE001  shown below
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_an_error_in_a_question_closes_its_connection(repo: TestRepo, openings: list[str]) -> None:
    with closing(KeptMemory(repo.root)) as memory:
        with pytest.raises(ZeroDivisionError), memory.use():
            raise ZeroDivisionError
        assert names(memory) == {"first"}
    assert len(openings) == 2
