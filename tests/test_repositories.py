"""Several repositories: their names, a folder that holds several, and questions to all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.events import Event, Finished, Located, LocatedLine
from repo_mhm.answer.joined_hits import shared_order
from repo_mhm.commands import workspace
from repo_mhm.commands.ask import AskRequest
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.repositories import Repositories
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


# Questions to several -------------------------------------------------------------------------

LEFT = {
    "pool.py": "def retry_request(request):\n    return open_link(request)\n",
    "link.py": "def open_link(request):\n    return request\n",
}
RIGHT = {
    "courier.py": (
        "def retry_request(parcel):\n"
        '    """Retry a parcel after a zeppelin failed."""\n'
        "    return parcel\n"
    ),
    "main.py": "from courier import retry_request\n\nretry_request(1)\n",
}


@pytest.fixture
def both(make_repo: MakeRepo) -> Iterator[Repositories]:
    roots = [make_repo(LEFT, "left").root, make_repo(RIGHT, "right").root]
    with closing(Repositories.open(roots)) as opened:
        yield opened


def events_of(both: Repositories, question: str, **options: Any) -> list[Event]:
    return list(both.ask(AskRequest(question, **options)))


def paths(lines: Sequence[LocatedLine]) -> list[str]:
    return [f"{line.location.path}:{line.number}" for line in lines]


def test_exact_answers_name_the_repository(both: Repositories) -> None:
    located, finished = events_of(both, "who calls retry_request?")
    assert isinstance(located, Located)
    assert isinstance(finished, Finished)
    assert located.is_answer
    assert located.heading.startswith("left: No callers of retry_request were found; right: 1 ca")
    assert paths(located.lines) == ["right/main.py:3"]
    assert finished.answer.repositories == ("left", "right")
    assert paths([hit.line for hit in both.search("where is open_link defined", limit=5).hits]) == [
        "left/link.py:1"
    ]


def test_the_repository_that_holds_more_of_the_question_comes_first(both: Repositories) -> None:
    located, _ = events_of(both, "how is it retried after the zeppelin failed?", use_model=False)
    assert isinstance(located, Located)
    assert located.lines[0].location.path == "right/courier.py"
    hits = both.search("retry a request", limit=10)
    names = {hit.line.location.path.partition("/")[0] for hit in hits.hits}
    assert names == {"left", "right"}


def test_a_scope_is_of_the_repositories_that_have_it(both: Repositories) -> None:
    for within in ("courier.py", "right/courier.py"):
        hits = both.search("retry", limit=10, within=[within])
        assert {hit.line.location.path for hit in hits.hits} == {"right/courier.py"}
        assert hits.scope == ("right/courier.py",)
    with pytest.raises(UsageError, match="no file or folder"):
        both.search("retry", limit=10, within=["nowhere"])


def test_a_model_answers_from_the_repository_that_fits_best(
    both: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*_: object, **__: object) -> workspace.Model:
        reply = ["`retry_request` retries a parcel after a zeppelin failed."]
        return workspace.Model("scripted-1", "scripted", lambda: ScriptedEngine(lambda _: reply))

    monkeypatch.setattr(workspace, "choose_model", choose)
    events = events_of(both, "how is it retried after the zeppelin failed?")
    located, finished = events[0], events[-1]
    assert isinstance(located, Located)
    assert isinstance(finished, Finished)
    assert not located.is_answer
    answer = finished.answer
    assert {citation.location.path for citation in answer.citations} == {"right/courier.py"}
    assert answer.warnings[-1] == "the answer is from right, which fits the question best"
    assert answer.locations == located.lines


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=1, max_size=4),
)
def test_places_are_shared_out_in_proportion(lists: list[tuple[float, int]]) -> None:
    fits, lengths = [fit for fit, _ in lists], [length for _, length in lists]
    order = shared_order(fits, lengths)
    assert [order.count(number) for number in range(len(lists))] == lengths
    assert shared_order([1.0, 0.5], [4, 2]) == [0, 0, 1, 0, 0, 1]
    assert shared_order([0.7, 0.7], [2, 2]) == [0, 1, 0, 1]
