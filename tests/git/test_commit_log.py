"""The log of commits: what each changed, within bounds, whatever its message and paths hold."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.git import commit_log, is_ancestor, read_commit_log
from tests.conftest import MakeRepo, TestRepo


def head(repo: TestRepo) -> str:
    return repo.git("rev-parse", "HEAD")


def test_commits_come_newest_first_with_what_they_changed(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "b/c.py": "y = 1\n"})
    second = repo.commit({"a.py": "x = 2\n", "b/c.py": "y = 2\n"}, "Change both\n\nA body.")
    repo.path("a.py").unlink()
    third = repo.commit(message="Delete one")

    log = read_commit_log(repo.root, third)

    assert log.is_complete
    assert [(item.id, item.message, item.changed) for item in log.commits[:2]] == [
        (third, "Delete one\n", ("a.py",)),
        (second, "Change both\n\nA body.\n", ("a.py", "b/c.py")),
    ]
    assert log.commits[2].changed == ()
    assert read_commit_log(repo.root, third, since=second).commits == log.commits[:1]
    assert is_ancestor(repo.root, second, third)
    assert not is_ancestor(repo.root, third, second)
    assert not is_ancestor(repo.root, "0" * 40, third)


def test_nothing_later_than_the_commit_is_listed(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    first = head(repo)
    repo.commit({"a.py": "x = 2\n"}, "Later")

    assert [item.id for item in read_commit_log(repo.root, first).commits] == [first]


def test_merges_are_left_out_and_what_they_merge_is_not(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"b.py": "y = 1\n"}, "Side")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "Merge", "side")

    messages = {item.message for item in read_commit_log(repo.root, head(repo)).commits}

    assert messages == {"Side\n", "first\n"}


def test_files_moved_unchanged_are_no_changes(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repo.path("lib").mkdir()
    repo.git("mv", "a.py", "lib/a.py")
    commit = repo.commit({"b.py": "y = 2\n"}, "Move")

    item = read_commit_log(repo.root, commit).commits[0]

    assert (item.moved, item.changed) == ((("a.py", "lib/a.py"),), ("b.py",))


@settings(max_examples=15)
@given(message=st.binary(min_size=1, max_size=60).filter(lambda text: b"\0" not in text))
def test_no_message_passes_for_fields_of_the_log(
    tmp_path_factory: pytest.TempPathFactory, message: bytes
) -> None:
    repo = TestRepo(tmp_path_factory.mktemp("hostile"))
    repo.git("init", "--quiet")
    repo.commit({"a.py": "x = 1\n"}, "first")
    repo.write({"a.py": "x = 2\n"})
    repo.git("add", "--all")
    options = ("--quiet", "--cleanup=verbatim", "--allow-empty-message", "--file=-")
    repo.git("-c", "i18n.commitEncoding=utf-8", "commit", *options, stdin=message)

    item = read_commit_log(repo.root, head(repo)).commits[0]

    assert (item.id, item.changed) == (head(repo), ("a.py",))
    item.message.encode()


def test_paths_are_printable(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    commit = repo.commit({b"M\n\xff\x1b.py": "x = 1\n", "R100": "y = 1\n"}, "Odd")

    changed = read_commit_log(repo.root, commit).commits[0].changed

    assert changed == (r"M\n\377\033.py", "R100")


def test_the_first_commit_of_a_shallow_clone_changed_nothing(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.commit({"b.py": "x = 1\n"}, "Second")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{repo.root}", clone], check=True
    )

    log = read_commit_log(clone, head(repo))

    assert [(item.message, item.changed) for item in log.commits] == [("Second\n", ())]


def test_settings_of_a_repository_change_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "sub/b.py": "y = 1\n"})
    commit = repo.commit({"a.py": "x = 2\n"}, "Change")
    expected = read_commit_log(repo.root, commit)
    for setting, value in {
        "log.showSignature": "true",
        "log.showRoot": "true",
        "diff.relative": "true",
        "diff.renames": "copies",
        "log.decorate": "full",
        "color.ui": "always",
        "format.pretty": "raw",
        "i18n.logOutputEncoding": "utf-16",
        "core.quotePath": "true",
    }.items():
        repo.git("config", setting, value)

    assert read_commit_log(repo.root, commit) == expected


def test_a_log_is_bounded(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = make_repo({"a.py": "x = 0\n"})
    for number in range(1, 4):
        repo.commit({"a.py": f"x = {number}\n"}, f"number {number}")
    monkeypatch.setattr(commit_log, "MOST_COMMITS", 2)

    log = read_commit_log(repo.root, head(repo))

    assert [item.message for item in log.commits] == ["number 3\n", "number 2\n"]
    assert not log.is_complete


def test_a_damaged_history_gives_what_there_is(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    commit = repo.commit({"a.py": "x = 2\n"}, "Second")
    shutil.rmtree(repo.root / ".git" / "objects")
    (repo.root / ".git" / "objects").mkdir()

    log = read_commit_log(repo.root, commit)

    assert log.commits == ()
    assert not log.is_complete
