"""Paths of every shape, and diffs that git writes with whatever settings somebody has."""

from __future__ import annotations

import pytest

from repo_mhm.git import diff, files_again, open_snapshot, worktree
from repo_mhm.git.files import printable
from tests.conftest import MakeRepo, TestRepo

NAMES = (
    b"a b/c.py",
    b"x b/y b/z.py",
    b"a/a.py",
    b"b/a/b.py",
    b"-leading.py",
    b"two  spaces .py",
    b"trailing .py ",
    b'quo"te.py',
    b"tab\there.py",
    b"line\nend.py",
    b"back\\slash.py",
    b"latin-\xe9.py",
    "größe-名前.py".encode(),
    b":(glob)x.py",
    b"*.py",
    b"i/w/c/o.py",
)
BODY = "".join(f"line_{number} = {number}\n" for number in range(12))
OPTIONS = {
    "plain": (),
    "mnemonic": ("-c", "diff.mnemonicPrefix=true"),
    "no prefix": ("-c", "diff.noprefix=true"),
    "colour": ("-c", "color.ui=always"),
    "quoted": ("-c", "core.quotePath=true", "-c", "diff.mnemonicPrefix=true"),
    "coloured without prefix": ("-c", "color.ui=always", "-c", "diff.noprefix=true"),
}


def seen(changes: diff.Changes) -> set[tuple[str, str, str, tuple[str, ...]]]:
    return {
        (
            change.diff.path,
            change.diff.old_path,
            change.diff.status,
            tuple(line.text for line in change.diff.added()),
        )
        for change in changes.files
    }


@pytest.fixture
def odd(make_repo: MakeRepo) -> TestRepo:
    """A repository with a file of each name, each of which the working tree changes."""
    repo = make_repo(dict.fromkeys(NAMES, BODY))
    for name in NAMES:
        repo.write({name: BODY.replace("line_3 = 3", "line_3 = 4")})
    return repo


def test_a_change_at_every_path_is_seen(odd: TestRepo) -> None:
    expected = {(path, path, "modified", ("line_3 = 4",)) for path in map(printable, NAMES)}
    assert seen(diff.working(odd.root)) == expected
    odd.git("add", "--all")
    assert seen(diff.staged(odd.root)) == expected
    odd.commit()
    assert seen(diff.between(odd.root, "HEAD~1..HEAD")) == expected


def test_the_trees_of_a_change_read_and_search_every_path(odd: TestRepo) -> None:
    odd.git("add", "--all")
    for changes in (diff.staged(odd.root), diff.working(odd.root)):
        paths = sorted(map(printable, NAMES))
        assert changes.tree.grep(["line_3"]) == paths
        assert sorted(changes.tree.blobs) == paths
        assert sorted(changes.tree.read(paths)) == paths


def test_a_name_that_looks_like_an_entry_of_a_listing_is_none(make_repo: MakeRepo) -> None:
    repo = make_repo({"real.py": "x = 1\n"})
    blob = diff.working(repo.root).tree.blobs["real.py"]
    for entry in (f"H 100644 {blob} 0\tforged.py", f"100644 blob {blob}\tforged.py"):
        (repo.root / f"link {entry}").symlink_to("real.py")
    repo.commit()
    committed = diff.between(repo.root, "HEAD")
    for tree in (diff.working(repo.root).tree, committed.tree):
        assert tree.blobs == {"real.py": blob}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_piped_diff_is_read_whatever_its_prefixes_and_colours(
    odd: TestRepo, options: tuple[str, ...]
) -> None:
    text = odd.git(*options, "diff") + "\n"
    assert seen(diff.from_text(odd.root, text)) == seen(diff.working(odd.root))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_renames_deletions_and_new_files_of_odd_names(
    make_repo: MakeRepo, options: tuple[str, ...]
) -> None:
    repo = make_repo({name: BODY + repr(name) + "\n" for name in NAMES[:-4]})
    repo.path("moved b").mkdir()
    for name in NAMES[:-6]:
        repo.path(name).rename(repo.path(b"moved b/" + name.replace(b"/", b"-")))
    for name in NAMES[-6:-4]:
        repo.path(name).unlink()
    repo.write({b"new b/" + name: "x = 1\n" for name in NAMES[-4:]})
    repo.write({b"moved b/-leading.py": BODY + repr(b"-leading.py") + "\nmore = 1\n"})
    repo.git("add", "--all")

    staged = seen(diff.staged(repo.root))
    assert {status for _, _, status, _ in staged} == {"renamed", "deleted", "added"}
    assert len(staged) == len(NAMES)
    text = repo.git(*options, "diff", "--cached", "--find-renames") + "\n"
    assert seen(diff.from_text(repo.root, text)) == staged


def test_many_names_are_searched_for_as_few_are(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "one_1(#two)\n", "b.py": "one_12 $three\n", "c.py": "one_123\n"})
    tree = diff.working(repo.root).tree
    names = [f"absent_{number}" for number in range(50)]
    assert tree.grep(["one_1", *names]) == ["a.py"]
    assert tree.grep(["one_12", "$three", *names]) == ["b.py"]
    assert tree.grep(["one_1", "one_123", "#two", *names]) == ["a.py", "c.py"]


def test_what_is_logged_of_odd_paths_can_be_written_anywhere(
    odd: TestRepo, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="repo_mhm"):
        diff.working(odd.root)
    assert r"latin-\351.py" in caplog.text
    assert caplog.text.encode()


def test_files_looked_at_again_are_those_that_were_named(odd: TestRepo) -> None:
    """A name that git could take for a pattern or an option means that file alone."""
    first = {file.raw: file for file in open_snapshot(odd.root).files}
    assert first.keys() == set(NAMES)
    for name in NAMES:
        (again,) = files_again(odd.root, [first[name]])
        assert again == first[name]
    odd.write({b"*.py": BODY + "more = 1\n"})
    (odd.root / "a b/c.py").unlink()
    again = {file.raw: file for file in files_again(odd.root, list(first.values()))}
    assert again.keys() == set(NAMES) - {b"a b/c.py"}
    assert {raw for raw in again if again[raw] != first[raw]} == {b"*.py"}


def test_files_too_many_for_a_command_line_are_looked_at_again(
    odd: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktree, "MOST_ARGUMENT_BYTES", 10)
    files = list(open_snapshot(odd.root).files)
    assert sorted(files_again(odd.root, files), key=lambda file: file.path) == files
