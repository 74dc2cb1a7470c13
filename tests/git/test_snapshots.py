"""Snapshots of real repositories: what is in them, and what is left out and why."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repo_mhm.errors import RepositoryError
from repo_mhm.git import File, Reader, Snapshot, open_snapshot, printable

if TYPE_CHECKING:
    from tests.conftest import MakeRepo

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def left_out(snapshot: Snapshot) -> dict[str, str]:
    return {out.path: out.reason for out in snapshot.left_out}


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: snapshot.read(file) for file in snapshot.files}


def file_at(snapshot: Snapshot, path: str) -> File:
    return next(file for file in snapshot.files if file.path == path)


# ---- working trees ----


def test_a_working_tree_has_tracked_changed_and_untracked_files(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {"a.py": "a = 1\n", "pkg/b.py": "b = 1\n", "gone.py": "x\n", "staged.py": "s\n"}
    )
    head = repo.git("rev-parse", "HEAD")
    repo.write({"pkg/b.py": "b = 22\n", "new/c.py": "c = 3\n", "staged.py": "staged\n"})
    repo.git("add", "staged.py")
    repo.path("gone.py").unlink()

    snapshot = open_snapshot(repo.root)

    assert (snapshot.kind, snapshot.root, snapshot.commit, snapshot.note) == (
        "worktree",
        repo.root,
        head,
        "",
    )
    assert contents(snapshot) == {
        "a.py": b"a = 1\n",
        "new/c.py": b"c = 3\n",
        "pkg/b.py": b"b = 22\n",
        "staged.py": b"staged\n",
    }
    assert left_out(snapshot) == {"gone.py": "missing"}
    assert snapshot.dirty == {"pkg/b.py", "new/c.py", "gone.py", "staged.py"}
    assert [file.size for file in snapshot.files] == [6, 6, 7, 7]


def test_blob_ids_are_known_for_unmodified_files_only(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    repo.write({"b.py": "b = 2\n", "c.py": "c = 1\n"})

    snapshot = open_snapshot(repo.root)

    assert [file.blob for file in snapshot.files] == [repo.git("rev-parse", "HEAD:a.py"), "", ""]


def test_a_change_that_keeps_size_and_time_within_a_tick_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a = 1\n"})
    before = repo.path("a.py").stat()
    repo.write({"a.py": "a = 2\n"})
    os.utime(repo.path("a.py"), ns=(before.st_atime_ns, before.st_mtime_ns))

    assert open_snapshot(repo.root).dirty == {"a.py"}


def test_any_folder_inside_leads_to_the_whole_repository(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n", "deep/er/b.py": "b\n"})

    for commit in (None, "HEAD"):
        snapshot = open_snapshot(repo.path("deep/er"), commit)
        assert snapshot.root == repo.root
        assert paths(snapshot) == ["a.py", "deep/er/b.py"]


def test_every_kind_of_ignore_rule_is_honoured(make_repo: MakeRepo, isolated: Path) -> None:
    repo = make_repo(
        {".gitignore": "*.log\n", "sub/.gitignore": "!keep.log\nlocal/\n", "tracked.log2": ""}
    )
    (isolated / "global-ignore").write_text("*.global\n")
    repo.git("config", "--global", "core.excludesFile", str(isolated / "global-ignore"))
    repo.path(".git/info/exclude").write_text("*.private\n")
    repo.write(
        {
            "a.log": "",
            "sub/keep.log": "",
            "sub/local/x": "",
            "local/y": "",
            "a.global": "",
            "a.private": "",
        }
    )

    assert paths(open_snapshot(repo.root)) == [
        ".gitignore",
        "local/y",
        "sub/.gitignore",
        "sub/keep.log",
        "tracked.log2",
    ]


def test_a_file_tracked_against_the_ignore_rules_is_in_the_snapshot(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.log": "x\n"})
    repo.commit({".gitignore": "*.log\n"})

    assert paths(open_snapshot(repo.root)) == [".gitignore", "a.log"]


def test_names_that_are_not_utf8_are_read_by_their_bytes(make_repo: MakeRepo) -> None:
    names = [b"caf\xe9.py", b'q"uote\n.py', "dé/x.py".encode()]
    repo = make_repo({name: name for name in names})
    repo.write({b"new\xff": b"new\xff"})

    for snapshot in (open_snapshot(repo.root), open_snapshot(repo.root, "HEAD")):
        assert {file.raw for file in snapshot.files} >= set(names)
        assert all(snapshot.read(file) == file.raw for file in snapshot.files)
    assert "new\\377" in open_snapshot(repo.root).dirty


def test_a_root_whose_name_is_not_plain_text_works(make_repo: MakeRepo) -> None:
    repo = make_repo({"a": "x"}, name=os.fsdecode(b"r\xe9\n po"))

    assert (
        contents(open_snapshot(repo.root))
        == contents(open_snapshot(repo.root, "HEAD"))
        == {"a": b"x"}
    )


def test_symlinks_are_left_out_and_never_followed(make_repo: MakeRepo, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.py").write_text("secret\n")
    repo = make_repo({"a.py": "a\n", "pkg/secret.py": "x\n"})
    repo.path("link.py").symlink_to(tmp_path / "outside/secret.py")
    repo.path("folder").symlink_to(tmp_path / "outside")
    repo.commit()
    repo.path("loose").symlink_to("a.py")
    tracked = open_snapshot(repo.root)
    # A tracked file's folder becomes a link to somewhere else.
    repo.path("pkg/secret.py").unlink()
    repo.path("pkg").rmdir()
    repo.path("pkg").symlink_to(tmp_path / "outside")

    snapshot = open_snapshot(repo.root)

    assert paths(snapshot) == ["a.py"]
    assert left_out(snapshot) == dict.fromkeys(
        ["folder", "link.py", "loose", "pkg", "pkg/secret.py"], "symlink"
    )
    assert left_out(open_snapshot(repo.root, "HEAD")) == {"folder": "symlink", "link.py": "symlink"}
    with pytest.raises(RepositoryError, match=r"pkg/secret\.py cannot be read"):
        tracked.read(file_at(tracked, "pkg/secret.py"))


def test_what_is_no_regular_file_is_left_out(make_repo: MakeRepo) -> None:
    repo = make_repo({"pipe": "x\n", "was_file": "x\n"})
    before = open_snapshot(repo.root)
    repo.path("pipe").unlink()
    os.mkfifo(repo.path("pipe"))
    repo.path("was_file").unlink()
    repo.write({"was_file/inner": "y\n"})

    snapshot = open_snapshot(repo.root)

    assert paths(snapshot) == ["was_file/inner"]
    assert left_out(snapshot) == {"pipe": "not a regular file", "was_file": "missing"}
    with pytest.raises(RepositoryError, match="pipe cannot be read: it is not a regular file"):
        before.read(file_at(before, "pipe"))


def test_a_path_that_leaves_the_root_is_refused(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a": "x"})
    (tmp_path / "secret").write_text("secret")

    for raw in (b"../secret", b"/etc/passwd", b"a/../../secret", b""):
        with pytest.raises(RepositoryError, match="leaves the root"):
            Reader(repo.root, "worktree", "").read(File(printable(raw), raw, 6, ""))


def test_lfs_pointers_are_left_out(make_repo: MakeRepo, tmp_path: Path) -> None:
    text = POINTER.replace("version", "# version")
    repo = make_repo({"model.bin": POINTER, "about.md": text, "long.md": POINTER + "x" * 1024})
    repo.write({"loose.bin": POINTER})
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/model.bin").write_text(POINTER)

    assert left_out(open_snapshot(repo.root)) == {
        "loose.bin": "lfs pointer",
        "model.bin": "lfs pointer",
    }
    assert left_out(open_snapshot(repo.root, "HEAD")) == {"model.bin": "lfs pointer"}
    assert left_out(open_snapshot(tmp_path / "plain")) == {"model.bin": "lfs pointer"}
    assert (
        paths(open_snapshot(repo.root))
        == paths(open_snapshot(repo.root, "HEAD"))
        == ["about.md", "long.md"]
    )


def test_submodules_and_nested_repositories_are_named_not_entered(make_repo: MakeRepo) -> None:
    library = make_repo({"lib.py": "x\n"}, name="library")
    repo = make_repo({"a.py": "a\n"})
    repo.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(library.root),
        "vendor/lib",
    )
    repo.commit()
    make_repo({"inner.py": "x\n"}, name="repo/nested")

    snapshot = open_snapshot(repo.root)

    assert paths(snapshot) == [".gitmodules", "a.py"]
    assert left_out(snapshot) == {"nested": "nested repository", "vendor/lib": "submodule"}
    assert left_out(open_snapshot(repo.root, "HEAD")) == {"vendor/lib": "submodule"}
    inside = open_snapshot(repo.path("vendor/lib"))
    assert (inside.root, paths(inside)) == (repo.path("vendor/lib"), ["lib.py"])


def test_what_a_sparse_checkout_skips_is_not_missing(make_repo: MakeRepo) -> None:
    repo = make_repo({"top.py": "t\n", "in/a.py": "a\n", "out/b.py": "b\n"})
    repo.git("sparse-checkout", "set", "--cone", "in")

    for flag in ("--no-sparse-index", "--sparse-index"):
        repo.git("sparse-checkout", "reapply", flag)
        snapshot = open_snapshot(repo.root)
        assert paths(snapshot) == ["in/a.py", "top.py"]
        assert left_out(snapshot) == {"out/b.py": "sparse checkout"}
        assert not snapshot.dirty


def test_a_file_in_conflict_comes_once_from_the_working_tree(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "base\n", "b.py": "b\n"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a.py": "side\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": "main\n"})
    repo.git("merge", "side", check=False)

    snapshot = open_snapshot(repo.root)

    assert paths(snapshot) == ["a.py", "b.py"]
    assert b"<<<<<<<" in snapshot.read(file_at(snapshot, "a.py"))
    assert file_at(snapshot, "a.py").blob == ""
    assert snapshot.dirty == {"a.py"}


def test_assume_unchanged_hides_no_change(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    repo.git("update-index", "--assume-unchanged", "a.py", "b.py")
    repo.write({"a.py": "a = 2222\n"})

    snapshot = open_snapshot(repo.root)

    assert snapshot.dirty == {"a.py"}
    assert [file.blob for file in snapshot.files] == ["", repo.git("rev-parse", "HEAD:b.py")]


def test_an_empty_repository_has_only_untracked_files(make_repo: MakeRepo) -> None:
    repo = make_repo()
    assert (open_snapshot(repo.root).files, open_snapshot(repo.root).commit) == ((), "")
    repo.write({"a.py": "a\n", "b.py": "b\n"})
    repo.git("add", "a.py")

    snapshot = open_snapshot(repo.root)

    assert paths(snapshot) == ["a.py", "b.py"]
    assert snapshot.dirty == {"a.py", "b.py"}
    assert "no commits" in snapshot.note
    with pytest.raises(RepositoryError, match="no commit 'HEAD'"):
        open_snapshot(repo.root, "HEAD")


def test_a_linked_worktree_is_its_own_tree(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "a\n"})
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side/b.py").write_text("b\n")
    repo.git("-C", str(tmp_path / "side"), "add", "b.py")
    repo.git("-C", str(tmp_path / "side"), "commit", "-q", "-m", "second")

    snapshot = open_snapshot(tmp_path / "side")

    assert (snapshot.root, snapshot.commit) == (tmp_path / "side", repo.git("rev-parse", "side"))
    assert paths(snapshot) == ["a.py", "b.py"]
    assert paths(open_snapshot(repo.root)) == ["a.py"]


# ---- commits ----


def test_any_revision_names_a_commit(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "old\n", "empty": "", "run.sh": "#!/bin/sh\n"})
    repo.git("tag", "-a", "v1", "-m", "one")
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"a.py": "new\n"})
    repo.write({"a.py": "uncommitted\n"})

    for revision in ("v1", first, first[:8], "HEAD~1", "main^"):
        snapshot = open_snapshot(repo.root, revision)
        assert (snapshot.kind, snapshot.commit, snapshot.dirty) == ("commit", first, frozenset())
        assert contents(snapshot) == {"a.py": b"old\n", "empty": b"", "run.sh": b"#!/bin/sh\n"}
    assert file_at(snapshot, "a.py").blob == repo.git("rev-parse", "v1:a.py")
    assert file_at(snapshot, "a.py").size == 4


@pytest.mark.parametrize("revision", ["nope", "", "--all", "HEAD:a.py", "a\0b", "HEAD\nmain"])
def test_an_unknown_revision_is_an_error(make_repo: MakeRepo, revision: str) -> None:
    repo = make_repo({"a.py": "a\n"})

    with pytest.raises(RepositoryError) as error:
        open_snapshot(repo.root, revision)
    assert error.value.hint


def test_a_bare_repository_is_read_at_head_and_says_so(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "a\n"})
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare.git"))

    snapshot = open_snapshot(tmp_path / "bare.git")

    assert (snapshot.kind, snapshot.root) == ("commit", tmp_path / "bare.git")
    assert contents(snapshot) == {"a.py": b"a\n"}
    assert "bare" in snapshot.note
    empty = make_repo(name="empty.git", init=("--bare",))
    assert (open_snapshot(empty.root).files, open_snapshot(empty.root).commit) == ((), "")


def test_sha256_repositories_are_read(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n", "model.bin": POINTER}, init=("--object-format=sha256",))

    for commit in (None, "HEAD"):
        snapshot = open_snapshot(repo.root, commit)
        assert len(snapshot.commit) == len(snapshot.files[0].blob) == 64
        assert contents(snapshot) == {"a.py": b"a\n"}


def test_what_a_partial_clone_lacks_is_not_fetched(make_repo: MakeRepo, tmp_path: Path) -> None:
    origin = make_repo({"a.py": "a = 1\n"})
    origin.git("config", "uploadpack.allowFilter", "true")
    where = (
        "--filter=blob:none",
        "--no-checkout",
        f"file://{origin.root}",
        str(tmp_path / "partial"),
    )
    origin.git("-c", "protocol.file.allow=always", "clone", "-q", *where)

    snapshot = open_snapshot(tmp_path / "partial", "HEAD")

    assert left_out(snapshot) == {"a.py": "not fetched"}


def test_a_missing_object_is_an_error_that_names_the_file(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n", "b.py": "b\n"})
    snapshot = open_snapshot(repo.root, "HEAD")
    blob = file_at(snapshot, "a.py").blob
    repo.path(f".git/objects/{blob[:2]}/{blob[2:]}").unlink()

    for _ in range(2):
        with pytest.raises(RepositoryError, match=r"a\.py cannot be read"):
            snapshot.read(file_at(snapshot, "a.py"))
        assert snapshot.read(file_at(snapshot, "b.py")) == b"b\n"


def test_a_damaged_object_is_an_error_that_names_the_file(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n" * 1000, "b.py": "b\n"})
    snapshot = open_snapshot(repo.root, "HEAD")
    blob = file_at(snapshot, "a.py").blob
    stored = repo.path(f".git/objects/{blob[:2]}/{blob[2:]}")
    stored.chmod(0o600)
    stored.write_bytes(b"not zlib")

    with pytest.raises(RepositoryError, match=r"a\.py cannot be read"):
        snapshot.read(file_at(snapshot, "a.py"))
    assert snapshot.read(file_at(snapshot, "b.py")) == b"b\n"


def test_a_reader_travels_to_other_processes_and_threads(make_repo: MakeRepo) -> None:
    repo = make_repo({f"f{n}.py": f"x = {n}\n" * (n + 1) for n in range(40)})

    for commit in (None, "HEAD"):
        snapshot = open_snapshot(repo.root, commit)
        expected = list(contents(snapshot).values())
        copy = pickle.loads(pickle.dumps(snapshot))
        assert list(contents(copy).values()) == expected
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(snapshot.read, snapshot.files)) == expected
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.map(snapshot.reader.read, snapshot.files) == expected


def test_a_file_that_vanished_is_an_error_that_names_it(make_repo: MakeRepo) -> None:
    repo = make_repo({"dir/a.py": "a\n"})
    snapshot = open_snapshot(repo.root)
    repo.path("dir/a.py").unlink()

    with pytest.raises(RepositoryError, match=r"dir/a\.py cannot be read: No such file") as error:
        snapshot.read(snapshot.files[0])
    assert error.value.hint
