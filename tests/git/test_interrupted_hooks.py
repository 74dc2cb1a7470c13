"""Killed or out of disk space at each change of a file, an installation leaves a hook that runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.errors import RepositoryError
from repo_mhm.git import hooks
from tests.conftest import MakeRepo, TestRepo

CHILD = """
import errno, os, signal, sys
from pathlib import Path
verb, fault, when, root, program = sys.argv[1:]
from repo_mhm.git import hooks, plumbing
from repo_mhm.git.hooks import _hooks_folder
from repo_mhm import atomic_file

CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod", "os.symlink"}
seen = 0

def change(what):
    global seen
    seen += 1
    if seen == int(when):
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, "No space left on device")

def watch(event, arguments):
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in CHANGES or (writes and str(arguments[0]).startswith(".pre-commit")):
        change(event)

# Neither writes nor syncs are audited.
real_sync, real_open = os.fsync, os.fdopen
os.fsync = lambda handle: (change("fsync"), real_sync(handle))[1]

def opened(handle, mode="r", *rest):
    file = real_open(handle, mode, *rest)
    if "w" in mode:
        change("write")
    return file

os.fdopen = opened
folder = _hooks_folder(Path(root))
hooks._hooks_folder = lambda root: folder
sys.addaudithook(watch)
try:
    if verb == "install":
        hooks.install(Path(root), "pre-commit", Path(program))
    else:
        hooks.uninstall(Path(root), "pre-commit")
except Exception as exc:
    print(type(exc).__name__, exc, getattr(exc, "hint", ""))
    sys.exit(3)
sys.exit(10 if seen < int(when) else 0)
"""
MINE = "#!/bin/sh\necho mine\n"
MOST_CHANGES = 30


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"a.py": "x = 1\n"})
    for sample in repo.path(".git/hooks").iterdir():
        sample.unlink()
    return repo


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\necho ours\n")
    path.chmod(0o755)
    return path


def write_mine(repo: TestRepo, *, link: bool) -> Path:
    path = repo.path(".git/hooks/pre-commit")
    target = repo.path("hook.sh") if link else path
    target.write_text(MINE)
    target.chmod(0o755)
    if link:
        path.symlink_to(target)
    return path


def interrupted(verb: str, fault: str, when: int, repo: TestRepo, program: Path) -> int:
    """Run in a process that ends, or finds the disk full, before its `when`th change of a file."""
    args = [sys.executable, "-c", CHILD, verb, fault, str(when), str(repo.root), str(program)]
    done = subprocess.run(args, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode == 3:
        assert "cannot be written: No space left" in done.stdout
    return done.returncode


def output_of_hook(repo: TestRepo, path: Path) -> str:
    assert os.access(path, os.X_OK)
    repo.path("a.py").write_text(f"x = {os.urandom(4).hex()!r}\n")
    repo.git("add", "a.py")
    done = subprocess.run([path], cwd=repo.root, capture_output=True, text=True)
    assert done.returncode == 0
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("link", [False, True], ids=["file", "link"])
@pytest.mark.parametrize("fault", ["kill", "full"])
def test_whatever_interrupts_an_installation_the_users_hook_runs(
    repo: TestRepo, program: Path, fault: str, link: bool
) -> None:
    expected = -signal.SIGKILL if fault == "kill" else 3
    for when in range(1, MOST_CHANGES):
        path = repo.path(".git/hooks/pre-commit")
        path.unlink(missing_ok=True)
        write_mine(repo, link=link)
        code = interrupted("install", fault, when, repo, program)
        if code == 10:
            break
        # A folder that could not be synced at the end is no failure: the hook is there.
        assert code in (expected, 0)

        # The user's hook runs, alone or before ours, and the status says which.
        output = output_of_hook(repo, path)
        hook = hooks.status(repo.root)[0]
        assert output == ("mine\nours\n" if hook.installed else "mine\n")
        assert hook.other != hook.installed
        if fault == "full" and not hook.installed:
            assert [file.name for file in path.parent.iterdir()] == ["pre-commit"]
        # A second installation completes it, and its end puts back what was there.
        assert hooks.install(repo.root, "pre-commit", program).chained is not None
        assert output_of_hook(repo, path) == "mine\nours\n"
        assert hooks.uninstall(repo.root, "pre-commit")
        assert (path.read_text(), path.is_symlink()) == (MINE, link)
        assert [file.name for file in path.parent.iterdir()] == ["pre-commit"]
    assert 6 < when < MOST_CHANGES - 1


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["kill", "full"])
def test_whatever_interrupts_a_removal_a_hook_runs(
    repo: TestRepo, program: Path, fault: str
) -> None:
    for when in range(1, MOST_CHANGES):
        path = write_mine(repo, link=False)
        hooks.install(repo.root, "pre-commit", program)
        code = interrupted("uninstall", fault, when, repo, program)
        if code == 10:
            break

        hook = hooks.status(repo.root)[0]
        assert output_of_hook(repo, path) == ("mine\nours\n" if hook.installed else "mine\n")
        assert hooks.uninstall(repo.root, "pre-commit") == hook.installed
        assert output_of_hook(repo, path) == "mine\n"
        assert [file.name for file in path.parent.iterdir()] == ["pre-commit"]
    assert 1 < when < MOST_CHANGES - 1


def test_where_files_have_no_second_name_a_hook_is_copied(
    repo: TestRepo, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    for link in (False, True):
        path = write_mine(repo, link=link)
        hooks.install(repo.root, "pre-commit", program)
        assert output_of_hook(repo, path) == "mine\nours\n"
        assert hooks.uninstall(repo.root, "pre-commit")
        assert output_of_hook(repo, path) == "mine\n"
        assert path.is_symlink() == link
        path.unlink()


def test_a_copy_that_an_interrupted_installation_left_is_used(
    repo: TestRepo, program: Path
) -> None:
    path = write_mine(repo, link=False)
    copy = path.with_name("pre-commit.before-repo-mhm")
    copy.write_text(MINE)
    copy.chmod(0o755)

    hooks.install(repo.root, "pre-commit", program)
    assert output_of_hook(repo, path) == "mine\nours\n"


def test_removing_undoes_an_installation_that_was_interrupted(repo: TestRepo) -> None:
    path = write_mine(repo, link=False)
    path.with_name("pre-commit.before-repo-mhm").hardlink_to(path)
    path.with_name(".pre-commit.0123abcd").write_text("half")
    path.with_name(".pre-commit.local").write_text("the user's own")

    assert not hooks.uninstall(repo.root, "pre-commit")
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == [".pre-commit.local", "pre-commit"]
    assert path.read_text() == MINE


def test_another_hook_under_the_second_name_is_never_overwritten(
    repo: TestRepo, program: Path
) -> None:
    path = write_mine(repo, link=False)
    path.with_name("pre-commit.before-repo-mhm").write_text("another\n")

    with pytest.raises(RepositoryError, match="neither is ours"):
        hooks.install(repo.root, "pre-commit", program)
    assert output_of_hook(repo, path) == "mine\n"


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_what_is_no_hook_is_not_waited_for(repo: TestRepo, program: Path, kind: str) -> None:
    path = repo.path(".git/hooks/pre-commit")
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()

    assert hooks.status(repo.root)[0].other
    if kind == "fifo":
        assert hooks.install(repo.root, "pre-commit", program).chained
        assert hooks.uninstall(repo.root, "pre-commit")
    else:
        with pytest.raises(RepositoryError, match="cannot be written"):
            hooks.install(repo.root, "pre-commit", program)
    assert hooks.status(repo.root)[0].other


def test_a_hook_is_installed_runnable_and_its_owners_alone_to_change(
    repo: TestRepo, program: Path
) -> None:
    before = os.umask(0)
    try:
        path = hooks.install(repo.root, "pre-commit", program).path
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o755


def test_a_folder_of_hooks_outside_the_repository_is_named(
    repo: TestRepo, tmp_path: Path, isolated: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    assert hooks.outside_folder(repo.root) is None
    for value, expected in (
        (str(outside), outside),
        ("../outside", outside),
        (str(repo.root / ".githooks"), None),
        (".githooks", None),
        (".git/hooks", None),
    ):
        repo.git("config", "core.hooksPath", value)
        assert hooks.outside_folder(repo.root) == expected
    repo.git("config", "--unset", "core.hooksPath")
    # Where the user sends all hooks is no choice of the repository: `--shared` asks about that.
    repo.git("config", "--global", "core.hooksPath", str(outside))
    assert hooks.outside_folder(repo.root) is None
    repo.git("config", "--global", "--unset", "core.hooksPath")
    repo.path(".git/hooks").rmdir()
    repo.path(".git/hooks").symlink_to(outside)
    assert hooks.outside_folder(repo.root) == outside
