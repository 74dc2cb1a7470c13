"""What `review` says beside its findings."""

from __future__ import annotations

import pytest

from repo_mhm import Repository
from repo_mhm.commands.review import ChangeSource, ReviewOptions, review, review_in_hook
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
