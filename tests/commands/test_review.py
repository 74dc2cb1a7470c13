"""What `review` says beside its findings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from repo_mhm import Repository
from repo_mhm.commands.review import ChangeSource, ReviewOptions, review, review_in_hook
from repo_mhm.review.report import Report
from tests.conftest import MakeRepo, TestRepo

FILES = {
    "vendor/modules.txt": "# x v1\n",
    "vendor/x/x.py": "def sharpen(blade):\n    return blade\n",
    "app.py": "from vendor.x.x import sharpen\n\nsharpen(1)\n",
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo(FILES)
    with Repository.open(repo.root) as repository:
        repository.scan()
    repo.write({"vendor/x/x.py": "def sharpen(blade, stone):\n    return blade\n"})
    return repo


def test_a_change_of_a_file_that_is_left_out_is_reviewed_and_says_so(repo: TestRepo) -> None:
    said: list[str] = []
    report = review(ChangeSource(repo.root, working=True), ReviewOptions(), said.append)
    assert [finding.path for finding in report.findings] == ["vendor/x/x.py"]
    assert said == [
        "vendor/x/x.py was not read: vendored (vendor/: modules.txt); it is reviewed all the "
        "same; a line !vendor/x/x.py in .repo-mhm-ignore brings it back"
    ]


def test_a_hook_does_not_say_it_at_every_commit(repo: TestRepo) -> None:
    said: list[str] = []
    report = review_in_hook(ChangeSource(repo.root, working=True), ReviewOptions(), said.append)
    assert report is not None
    assert said == []


@pytest.fixture
def searches(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The commands by which git searched files."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: [message for message in caplog.messages if " grep " in message]


SHARPEN = {
    "app.py": "def sharpen(blade):\n    return blade\n",
    "use.py": "from app import sharpen\n\nsharpen(1)\n",
}


def _changed_sharpen(make_repo: MakeRepo, unread: dict[str, str]) -> TestRepo:
    """A staged change that a caller does not follow; `unread` was committed after the scan."""
    repo = make_repo(SHARPEN)
    with Repository.open(repo.root) as repository:
        repository.scan()
    if unread:
        repo.commit(unread)
    repo.write({"app.py": "def sharpen(blade, stone):\n    return blade\n"})
    repo.git("add", "--all")
    return repo


def test_git_searches_nothing_that_the_memory_has_read(
    make_repo: MakeRepo, searches: Callable[[], list[str]]
) -> None:
    repo = _changed_sharpen(make_repo, {})
    report = review(ChangeSource(repo.root, staged=True), ReviewOptions(), print)
    assert _places(report) == ["use.py"]
    assert searches() == []


def test_git_searches_only_what_the_memory_has_not_read(
    make_repo: MakeRepo, searches: Callable[[], list[str]]
) -> None:
    repo = _changed_sharpen(make_repo, {"late.py": "from app import sharpen\n\nsharpen(2)\n"})
    report = review(ChangeSource(repo.root, staged=True), ReviewOptions(), print)
    assert _places(report) == ["late.py", "use.py"]
    assert searches()
    assert all(command.endswith("-- late.py") for command in map(_without_time, searches()))


def _places(report: Report) -> list[str]:
    evidence = [item for finding in report.findings for item in finding.evidence]
    return sorted({item.location.path for item in evidence} - {"app.py"})


def _without_time(message: str) -> str:
    return message.rpartition(": ")[0]
