"""Changes as git has them: every source, and nothing a repository carries hides one."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.errors import RepositoryError, UsageError
from repo_mhm.git import diff
from repo_mhm.git.changes import Changes
from tests.conftest import MakeRepo, TestRepo


def paths(changes: Changes) -> list[tuple[str, str]]:
    return [(change.diff.path, change.diff.status) for change in changes.files]


def added(changes: Changes) -> list[str]:
    return [line.text for change in changes.files for line in change.diff.added()]


def test_staged_and_working_see_their_own(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "b.py": "y = 1\n", "gone.py": "z = 1\n"})
    repo.write({"a.py": "x = 2\n"})
    repo.git("add", "a.py")
    repo.write({"b.py": "y = 2\n", "new.py": "n = 1\n"})
    repo.path("gone.py").unlink()
    assert paths(diff.staged(repo.root)) == [("a.py", "modified")]
    assert paths(diff.working(repo.root)) == [
        ("a.py", "modified"),
        ("b.py", "modified"),
        ("gone.py", "deleted"),
        ("new.py", "added"),
    ]


def test_the_first_commit_of_all_is_reviewed(make_repo: MakeRepo) -> None:
    repo = make_repo()
    repo.write({"a.py": "x = 1\n"})
    repo.git("add", "a.py")
    assert paths(diff.staged(repo.root)) == [("a.py", "added")]


def test_attributes_filters_and_drivers_hide_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "b.py": "x = 1\n"})
    marker = repo.root.parent / "ran"
    for key in ("diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "diff.external"):
        repo.git("config", key, f"touch {marker}; cat")
    repo.git("config", "diff.suppressBlankEmpty", "true")
    repo.git("config", "diff.noprefix", "true")
    repo.write({".gitattributes": "*.py -diff binary\nb.py diff=evil filter=evil\n"})
    repo.write({"a.py": "x = 2\n", "b.py": "x = 3\n"})
    assert {"x = 2", "x = 3"} <= set(added(diff.working(repo.root)))
    repo.git("-c", "filter.evil.clean=", "add", "--all")
    marker.unlink(missing_ok=True)
    assert {"x = 2", "x = 3"} <= set(added(diff.staged(repo.root)))
    assert not marker.exists()


def test_renames_modes_binaries_links_and_submodules(make_repo: MakeRepo) -> None:
    body = "".join(f"line_{number} = {number}\n" for number in range(20))
    repo = make_repo({"old.py": body, "run.sh": "echo\n", "logo.png": b"\x89PNG\0\1"})
    inner = make_repo({"i.py": "i = 1\n"}, name="inner")
    repo.git("mv", "old.py", "new.py")
    repo.write({"new.py": body + "more = 1\n", "logo.png": b"\x89PNG\0\2"})
    repo.path("run.sh").chmod(0o755)
    repo.path("link").symlink_to("/etc/passwd")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub"
    )
    repo.git("add", "--all")
    changes = diff.staged(repo.root)
    assert ("new.py", "renamed") in paths(changes)
    diff_by_path = {change.diff.path: change.diff for change in changes.files}
    assert diff_by_path["new.py"].old_path == "old.py"
    assert diff_by_path["run.sh"].note == "mode"
    left = {out.path: out.reason for out in changes.left_out}
    assert left == {"logo.png": "binary", "link": "symlink", "sub": "submodule"}


def test_line_ends_and_missing_ones(make_repo: MakeRepo) -> None:
    repo = make_repo({"dos.py": b"a = 1\r\nb = 1\r\n", "end.py": b"x = 1"})
    repo.write({"dos.py": b"a = 1\r\nb = 2\r\n", "end.py": b"x = 2"})
    assert added(diff.working(repo.root)) == ["b = 2\r", "x = 2"]


def test_a_file_too_large_to_read_is_named(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.write({"big.py": "x = 1\n" * 900_000, "a.py": "x = 2\n"})
    repo.git("add", "--all")
    changes = diff.staged(repo.root)
    assert paths(changes) == [("a.py", "modified")]
    assert [out.path for out in changes.left_out] == ["big.py"]
    assert "larger than" in changes.left_out[0].reason


def branched(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"t.py": "t = 1\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"m.py": "m = 1\n"})
    return repo


def test_ranges(make_repo: MakeRepo) -> None:
    repo = branched(make_repo)
    assert paths(diff.between(repo.root, "main...topic")) == [("t.py", "added")]
    assert paths(diff.between(repo.root, "main..topic")) == [("m.py", "deleted"), ("t.py", "added")]
    assert paths(diff.between(repo.root, "HEAD~1..")) == [("m.py", "added")]
    with pytest.raises(RepositoryError, match="no commit"):
        diff.between(repo.root, "main..nowhere")
    with pytest.raises(RepositoryError, match="no commit"):
        diff.between(repo.root, "--output=/tmp/x..main")


def test_a_single_revision_means_that_commit(make_repo: MakeRepo) -> None:
    repo = branched(make_repo)
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    assert paths(diff.between(repo.root, "main")) == [("t.py", "added")]
    assert paths(diff.between(repo.root, "main^")) == [("m.py", "added")]
    assert paths(diff.between(repo.root, "main~2")) == [("a.py", "added")]


def test_a_shallow_clone_says_which_history_it_lacks(make_repo: MakeRepo) -> None:
    repo = branched(make_repo)
    clone = make_repo(name="clone")
    clone.git("fetch", "--quiet", "--depth=1", repo.root.as_uri(), "main:main", check=False)
    clone.git("fetch", "--quiet", "--depth=1", repo.root.as_uri(), "main:other")
    for revisions in ("other", "other~1..other"):
        with pytest.raises(RepositoryError, match=r"shallow|no commit") as error:
            diff.between(clone.root, revisions)
        assert "git fetch --deepen" in str(error.value.hint)


def test_a_merge_shows_only_what_neither_side_had(make_repo: MakeRepo) -> None:
    repo = branched(make_repo)
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "topic")
    assert paths(diff.staged(repo.root)) == []
    repo.write({"t.py": "t = 2\n"})
    repo.git("add", "--all")
    assert paths(diff.staged(repo.root)) == [("t.py", "added")]


def test_an_unresolved_conflict_is_named(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"a.py": "x = 2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a.py": "x = 3\n"})
    repo.git("merge", "--quiet", "topic", check=False)
    assert [(out.path, out.reason) for out in diff.staged(repo.root).left_out] == [
        ("a.py", "conflict not resolved")
    ]


def test_pushes(make_repo: MakeRepo) -> None:
    repo = branched(make_repo)
    main, topic = repo.git("rev-parse", "main"), repo.git("rev-parse", "topic")
    base = repo.git("merge-base", "main", "topic")
    none = "0" * 40
    repo.git("update-ref", "refs/remotes/origin/main", base)
    lines = (
        f"refs/heads/main {main} refs/heads/main {base}\n"
        f"refs/heads/topic {topic} refs/heads/topic {none}\n"
    )
    lines += f"(delete) {none} refs/heads/old {main}\n"
    found = diff.pushed(repo.root, lines, "origin")
    assert [(changes.label, paths(changes)) for changes in found] == [
        ("refs/heads/main", [("m.py", "added")]),
        ("refs/heads/topic", [("t.py", "added")]),
    ]
    first = diff.pushed(repo.root, f"refs/heads/main {main} refs/heads/main {none}", "elsewhere")
    assert paths(first[0]) == [("m.py", "added")]
    with pytest.raises(UsageError, match="pre-push protocol"):
        diff.pushed(repo.root, "rm -rf /\n")


def test_a_given_diff_fits_the_tree_before_or_after_it(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\ny = 1\n"})
    text = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 2\n y = 1\n"
    before = diff.from_text(repo.root, text).files[0]
    assert (before.old, before.new) == (b"x = 1\ny = 1\n", b"x = 2\ny = 1\n")
    repo.write({"a.py": "x = 2\ny = 1\n"})
    after = diff.from_text(repo.root, text).files[0]
    assert (after.old, after.new) == (before.old, before.new)
    repo.write({"a.py": "x = 3\ny = 1\n"})
    with pytest.raises(RepositoryError, match=r"does not apply: a.py:1"):
        diff.from_text(repo.root, text)


@pytest.mark.parametrize("path", ["../outside.py", "a/../../b.py", "/etc/passwd"])
def test_a_diff_cannot_reach_outside(make_repo: MakeRepo, path: str) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    with pytest.raises(RepositoryError, match=r"outside|does not apply"):
        diff.from_text(repo.root, f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+y\n")


def test_only_an_index_of_this_repository_is_believed(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    other = make_repo({"a.py": "evil = 1\n"}, name="other")
    repo.write({"a.py": "x = 2\n"})
    own = repo.root / ".git" / "next-index"
    own.write_bytes((repo.root / ".git" / "index").read_bytes())
    repo.git("update-index", "a.py")
    assert added(diff.staged(repo.root, own)) == []
    assert added(diff.staged(repo.root, other.root / ".git" / "index")) == ["x = 2"]
