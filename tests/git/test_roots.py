"""The root that a path leads to, plain folders, the state folder, and hostile repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repo_mhm.errors import RepositoryError, UnsafeState
from repo_mhm.git import Snapshot, folder, open_snapshot, roots, state_dir

if TYPE_CHECKING:
    from tests.conftest import MakeRepo

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
not_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def left_out(snapshot: Snapshot) -> dict[str, str]:
    return {out.path: out.reason for out in snapshot.left_out}


def fill(root: Path, *names: str, text: str = "x\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


# ---- plain folders ----


def test_a_plain_folder_is_read_as_it_is_and_says_so(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "sub/b.py", "sub/.hidden", "was/.git/config")
    (tmp_path / "link").symlink_to("a.py")
    (tmp_path / "linked").symlink_to("sub")
    os.mkfifo(tmp_path / "pipe")

    snapshot = open_snapshot(tmp_path)

    assert (snapshot.kind, snapshot.root, snapshot.commit, snapshot.dirty) == (
        "folder",
        tmp_path,
        "",
        frozenset(),
    )
    assert paths(snapshot) == ["a.py", "sub/.hidden", "sub/b.py"]
    assert left_out(snapshot) == {
        "link": "symlink",
        "linked": "symlink",
        "pipe": "not a regular file",
    }
    assert "not a git repository" in snapshot.note
    assert snapshot.read(snapshot.files[2]) == b"x\n"
    assert paths(open_snapshot(tmp_path / "sub")) == [".hidden", "b.py"]
    with pytest.raises(RepositoryError, match="not in a git repository"):
        open_snapshot(tmp_path, "HEAD")


RULES = {
    ".gitignore": "*.log\nbuild/\n/only-here\ndocs/*\n!docs/keep.md\n# comment\n\\#odd\ncache\n",
    "sub/.gitignore": "!important.log\nlocal\n/rooted.txt\n**/deep.txt\n",
    "sub/inner/.gitignore": "*\n!.gitignore\n!kept.*\n",
}
NAMES = (
    "a.py a.log build/x.py sub/build/y.py only-here sub/only-here docs/gone.md docs/keep.md "
    "docs/more/z.md #odd cache/c sub/cache sub/a.log sub/important.log sub/local/q sub/rooted.txt "
    "sub/two/rooted.txt sub/two/deep.txt sub/inner/gone.py sub/inner/kept.py sub/inner/kept.log"
).split()


def test_a_file_deleted_while_a_plain_folder_is_listed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept.py").write_text("x = 1\n")
    (tmp_path / "deleted.py").write_text("y = 1\n")
    list_entries = folder._entries

    def list_then_delete(root: Path, prefix: bytes) -> list[os.DirEntry[bytes]] | None:
        entries = list_entries(root, prefix)
        (tmp_path / "deleted.py").unlink()
        return entries

    monkeypatch.setattr(folder, "_entries", list_then_delete)
    snapshot = open_snapshot(tmp_path)
    assert paths(snapshot) == ["kept.py"]
    assert left_out(snapshot) == {"deleted.py": "unreadable"}


def test_nested_ignore_files_mean_in_a_plain_folder_what_they_mean_to_git(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo()
    plain = tmp_path / "plain"
    for root in (repo.root, plain):
        fill(root, *NAMES)
        for name, text in RULES.items():
            fill(root, name, text=text)

    assert paths(open_snapshot(plain)) == paths(open_snapshot(repo.root))
    assert "sub/important.log" in paths(open_snapshot(plain))


def test_an_ignore_file_that_is_a_link_or_not_text_is_no_obstacle(tmp_path: Path) -> None:
    fill(tmp_path, "a.log", "one/a.log", "two/a.log")
    (tmp_path / "rules").write_text("*.log\n")
    (tmp_path / "one/.gitignore").symlink_to("../rules")
    (tmp_path / "two/.gitignore").write_bytes(b"\xff\n*.log\n")

    assert paths(open_snapshot(tmp_path)) == ["a.log", "one/a.log", "rules", "two/.gitignore"]


# ---- what cannot be read ----


def test_a_path_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    fill(tmp_path, "a.py")

    with pytest.raises(RepositoryError, match="nowhere cannot be read: No such file"):
        open_snapshot(tmp_path / "nowhere")
    with pytest.raises(RepositoryError, match=r"a\.py is not a folder"):
        open_snapshot(tmp_path / "a.py")


def test_a_damaged_git_directory_is_an_error_not_a_plain_folder(make_repo: MakeRepo) -> None:
    repo = make_repo({"sub/a.py": "a\n"})
    repo.path(".git/HEAD").unlink()

    with pytest.raises(RepositoryError, match=r"\.git is damaged") as error:
        open_snapshot(repo.path("sub"))
    assert error.value.hint


def test_a_worktree_whose_repository_is_gone_is_an_error(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    (tmp_path / ".git").write_text("gitdir: /nonexistent/worktrees/x\n")

    with pytest.raises(RepositoryError, match=r"\.git is damaged"):
        open_snapshot(tmp_path)


@pytest.mark.parametrize("damage", ["index", "config", "branch", "HEAD commit", "tree"])
def test_a_damaged_repository_is_an_error_with_a_hint(make_repo: MakeRepo, damage: str) -> None:
    repo = make_repo({"a.py": "a\n"})
    if damage == "index":
        repo.path(".git/index").write_bytes(b"DIRC garbage")
    elif damage == "config":
        repo.path(".git/config").write_text("[core\n")
    elif damage == "branch":
        repo.path(".git/refs/heads/main").write_bytes(b"")
    else:
        oid = repo.git("rev-parse", "HEAD" if damage == "HEAD commit" else "HEAD^{tree}")
        repo.path(f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
        with pytest.raises(RepositoryError):
            open_snapshot(repo.root, "HEAD")

    with pytest.raises(RepositoryError) as error:
        open_snapshot(repo.root)
    assert str(repo.root) in error.value.message
    assert error.value.hint


@as_root
def test_somebody_elses_repository_is_an_error_that_says_how_to_trust_it(
    make_repo: MakeRepo,
) -> None:
    repo = make_repo({"a.py": "a\n"})
    for path in (repo.root, repo.path(".git")):
        os.chown(path, 12345, 12345)

    with pytest.raises(RepositoryError, match="belongs to another user") as error:
        open_snapshot(repo.root)
    assert f"safe.directory '{repo.root}'" in error.value.hint


def test_the_inside_of_a_git_directory_is_no_working_tree(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n"})

    with pytest.raises(RepositoryError, match="outside its repository's working tree"):
        open_snapshot(repo.path(".git"))


def test_a_repository_that_claims_another_folder_as_its_tree_is_refused(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": "a\n"})
    fill(tmp_path, "home/secret")
    repo.git("config", "core.worktree", str(tmp_path / "home"))

    with pytest.raises(RepositoryError, match="outside its repository's working tree"):
        open_snapshot(repo.root)


# ---- inside hooks, and under attack ----


def test_git_variables_of_a_hook_do_not_redirect_us(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo({"other.py": "o\n"}, name="other")
    repo = make_repo({"a.py": "a\n"})
    monkeypatch.setenv("GIT_DIR", str(other.path(".git")))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path(".git/index")))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.worktree")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(other.root))

    for commit in (None, "HEAD"):
        snapshot = open_snapshot(repo.root, commit)
        assert (snapshot.root, [snapshot.read(file) for file in snapshot.files]) == (
            repo.root,
            [b"a\n"],
        )
    assert state_dir(repo.root) == repo.path(".git/repo-mhm")


def test_a_snapshot_can_be_opened_inside_a_real_hook(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n"})
    hook = repo.path(".git/hooks/pre-commit")
    code = (
        "from pathlib import Path; from repo_mhm.git import open_snapshot; "
        "print(*sorted(open_snapshot(Path('.')).dirty))"
    )
    checkout = Path(__file__).parents[2]
    hook.write_text(
        f'#!/bin/sh\nPYTHONPATH="{checkout}" "{sys.executable}" -c "{code}" > seen.txt\n'
    )
    hook.chmod(0o755)
    repo.write({"a.py": "changed\n", "b.py": "b\n"})
    repo.git("commit", "-q", "-a", "-m", "second")

    assert repo.path("seen.txt").read_text().split() == ["a.py", "b.py", "seen.txt"]


def test_a_hostile_repository_makes_us_run_nothing(make_repo: MakeRepo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\necho $0 $* >> {ran}\ncat\n")
    script.chmod(0o755)
    attributes = "*.py filter=evil diff=evil\n*.md filter=a=b\n*.txt filter=long\n"
    repo = make_repo(
        {".gitattributes": attributes, "a.py": "a = 1\n", "b.md": "b = 1\n", "c.txt": "c = 1\n"}
    )
    for key in (
        "core.fsmonitor core.sshCommand core.pager core.editor core.alternateRefsCommand "
        "filter.evil.clean filter.evil.smudge filter.long.process filter.a=b.clean "
        "diff.external diff.evil.textconv diff.evil.command"
    ).split():
        repo.path(".git/config").write_text(
            repo.path(".git/config").read_text() + _setting(key, script)
        )
    for hook in ("post-index-change", "fsmonitor-watchman", "post-checkout"):
        repo.path(f".git/hooks/{hook}").symlink_to(script)
    # Same size, other content: only a comparison of contents, through the filters, can tell.
    repo.write({"a.py": "a = 2\n", "b.md": "b = 2\n", "c.txt": "c = 2\n"})

    for commit in (None, "HEAD"):
        snapshot = open_snapshot(repo.root, commit)
        assert [len(snapshot.read(file)) for file in snapshot.files] == [len(attributes), 6, 6, 6]
    assert open_snapshot(repo.root).dirty == {"a.py", "b.md", "c.txt"}
    assert not ran.exists()
    # The trap does work: git itself walks into it.
    repo.git("status", "--porcelain", check=False)
    assert ran.exists()


def _setting(key: str, script: Path) -> str:
    section, _, name = key.rpartition(".")
    head, dot, sub = section.partition(".")
    return f'[{head} "{sub}"]\n\t{name} = {script}\n' if dot else f"[{head}]\n\t{name} = {script}\n"


def test_a_snapshot_leaves_the_repository_as_it_was(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "a\n"})
    os.utime(repo.path("a.py"), (1, 1))
    before = {path: path.stat().st_mtime_ns for path in sorted(repo.path(".git").rglob("*"))}

    open_snapshot(repo.root)
    open_snapshot(repo.root, "HEAD")
    state_dir(repo.root)

    assert {
        path: path.stat().st_mtime_ns for path in sorted(repo.path(".git").rglob("*"))
    } == before


# ---- state ----


def test_state_lives_in_the_git_directory_all_worktrees_share(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"sub/a.py": "a\n"})
    repo.git("worktree", "add", "-q", str(tmp_path / "side"))
    state = repo.path(".git/repo-mhm")

    assert state_dir(repo.path("sub")) == state_dir(tmp_path / "side") == state
    assert not state.exists()
    assert state_dir(repo.root, create=True) == state_dir(repo.root, create=True) == state
    assert state.stat().st_mode & 0o777 == 0o700


def test_state_of_a_plain_folder_lives_in_the_users_cache(tmp_path: Path, isolated: Path) -> None:
    (tmp_path / "other").mkdir()
    state = state_dir(tmp_path, create=True)

    assert state.is_relative_to(isolated)
    assert state.parent.name == "repos"
    assert state.stat().st_mode & 0o777 == state.parent.stat().st_mode & 0o777 == 0o700
    assert state_dir(tmp_path) == state != state_dir(tmp_path / "other")


@not_root
def test_state_of_a_read_only_repository_lives_in_the_users_cache(
    make_repo: MakeRepo, isolated: Path
) -> None:
    repo = make_repo({"a.py": "a\n"})
    repo.path(".git").chmod(0o500)
    try:
        assert state_dir(repo.root).is_relative_to(isolated)
    finally:
        repo.path(".git").chmod(0o700)


def test_a_state_directory_that_is_a_link_is_refused(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": "a\n"})
    (tmp_path / "elsewhere").mkdir()
    repo.path(".git/repo-mhm").symlink_to(tmp_path / "elsewhere")

    for create in (False, True):
        with pytest.raises(UnsafeState, match="is a symlink"):
            state_dir(repo.root, create=create)


def test_a_memory_of_a_repository_that_became_read_only_is_read_where_it_is(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": ""})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = state_dir(repo.root, create=True)
    monkeypatch.setattr(roots, "_is_writable", lambda _: False)
    in_cache = state_dir(repo.root)
    assert in_cache.is_relative_to(tmp_path / "cache")
    (own / "memory.db").write_bytes(b"")
    assert state_dir(repo.root) == own
    in_cache.mkdir(parents=True)
    assert state_dir(repo.root) == in_cache


# ---- start-up ----


def test_importing_the_module_does_not_import_gitpython() -> None:
    code = "import sys, repo_mhm.git; print({'git', 'platformdirs'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_without_git_the_error_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from repo_mhm.git import open_snapshot; open_snapshot(Path('.'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
    )

    assert "RepositoryError: git cannot be run" in done.stderr
