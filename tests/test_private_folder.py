"""Nothing planted in the folder of a memory is followed, written through, waited for or deleted."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.commands.index import index
from repo_mhm.engine.saved_state import read_state
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Contrast, Weighed
from repo_mhm.errors import RepoMhmError, StoreError, UnsafeState
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.private_folder import make_private, private_folder
from repo_mhm.review.reply_cache import ReplyCache
from repo_mhm.store import (
    brief_writer_lock,
    find_store,
    open_store,
    queued_brief_lock,
    queued_lock,
    repair,
    running_writer,
    writer_lock,
)
from repo_mhm.store.cleanup import append_to_log, disk_use, remove_leftovers
from tests.conftest import MakeRepo, TestRepo
from tests.test_git_environment import Run, run  # noqa: F401  a fixture

FILES = (
    "memory.db memory.db-wal memory.db-shm memory.db-journal index.lock queue.lock refresh.lock "
    "index.pid refresh.log state state/memory.kv state/reviews.json state/.memory.kv.1 "
    "salvage salvage/memory.db memory.damaged-1-2.db"
).split()
"""What may lie in the folder of a memory."""
Plant = Callable[[Path, Path], None]


def plant_link(path: Path, victims: Path) -> None:
    path.symlink_to(victims / "file")


def plant_folder_link(path: Path, victims: Path) -> None:
    path.symlink_to(victims)


def plant_dangling_link(path: Path, victims: Path) -> None:
    path.symlink_to(victims / "new")


def plant_relative_link(path: Path, victims: Path) -> None:
    path.symlink_to(os.path.relpath(victims / "file", path.parent))


def plant_device_link(path: Path, victims: Path) -> None:
    path.symlink_to("/dev/zero")


def plant_fifo_link(path: Path, victims: Path) -> None:
    os.mkfifo(victims / "fifo")
    path.symlink_to(victims / "fifo")


def plant_hard_link(path: Path, victims: Path) -> None:
    path.hardlink_to(victims / "file")


def plant_folder(path: Path, victims: Path) -> None:
    path.mkdir()


def plant_fifo(path: Path, victims: Path) -> None:
    os.mkfifo(path)


def plant_socket(path: Path, victims: Path) -> None:
    # A socket's name may have 108 bytes only.
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as planted:
        planted.bind(path.name)
    os.chdir(here)


PLANTS: dict[str, Plant] = {
    "link": plant_link,
    "link to a folder": plant_folder_link,
    "dangling link": plant_dangling_link,
    "relative link": plant_relative_link,
    "link to a device": plant_device_link,
    "link to a fifo": plant_fifo_link,
    "hard link": plant_hard_link,
    "fifo": plant_fifo,
    "socket": plant_socket,
}


@pytest.fixture
def victims(tmp_path: Path) -> Path:
    """A folder of the user's own: nothing in it may change."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "file").write_bytes(b"precious\n" * 20_000)
    (folder / ".bashrc").write_text("precious\n")
    with sqlite3.connect(folder / "own.db") as db:
        db.execute("CREATE TABLE own (x)")
    return folder


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file's mode and content; what is neither file nor folder has no content."""
    return {
        path.name: (
            os.lstat(path).st_mode,
            path.read_bytes() if stat.S_ISREG(os.lstat(path).st_mode) else b"",
        )
        for path in sorted(folder.iterdir())
    }


def replace(path: Path, plant: Plant, victims: Path) -> None:
    """Put what was planted in place of a file of the memory."""
    path.parent.mkdir(exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    plant(path, victims)


def read(repo: TestRepo) -> Path:
    directory = state_dir(repo.root, create=True)
    with open_store(directory) as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))
    return directory


def every_use(directory: Path) -> Iterator[Callable[[], object]]:
    """All that opens, writes or deletes files of a memory, without the check of `state_dir`."""

    def use_cache() -> None:
        cache = ReplyCache("model", directory / "state/reviews.json")
        cache.put_weights(Contrast("", "", "a", "b"), Weighed(1.0, 0.0))
        cache.save()

    def use_lock(lock: Callable[..., object]) -> Callable[[], None]:
        def enter() -> None:
            with lock(directory):  # type: ignore[attr-defined]
                pass

        return enter

    yield lambda: find_store(directory)
    yield lambda: open_store(directory)
    yield lambda: running_writer(directory)
    yield use_lock(writer_lock)
    yield use_lock(brief_writer_lock)
    yield use_lock(lambda path: queued_brief_lock(path, wait_seconds=0.1))
    yield use_lock(queued_lock)
    yield lambda: append_to_log(directory, "a line")
    yield lambda: remove_leftovers(directory)
    yield lambda: disk_use(directory)
    yield lambda: read_state(directory / "state/memory.kv", {})
    yield use_cache
    yield lambda: repair(directory)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in FILES for kind in PLANTS),
        *((name, "folder") for name in FILES if name not in ("state", "salvage")),
    ],
)
def test_nothing_planted_in_a_memory_is_followed_or_waited_for(
    tmp_path: Path, victims: Path, name: str, kind: str
) -> None:
    directory = tmp_path / "memory"
    open_store(directory).close()
    try:
        replace(directory / name, {**PLANTS, "folder": plant_folder}[kind], victims)
    except PermissionError:
        pytest.skip("this system gives a folder no second name")
    before = contents(victims)

    for use in every_use(directory):
        try:
            opened = use()
        except StoreError as exc:
            assert exc.hint
        else:
            if hasattr(opened, "close"):
                opened.close()
    assert contents(victims) == before


@pytest.mark.parametrize("kind", PLANTS)
@pytest.mark.parametrize("name", FILES)
def test_a_memory_with_something_planted_in_it_is_refused_to_readers_too(
    make_repo: MakeRepo, victims: Path, name: str, kind: str
) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    directory = state_dir(repo.root, create=True)
    replace(directory / name, PLANTS[kind], victims)

    with pytest.raises(UnsafeState) as refused:
        state_dir(repo.root)
    assert str(directory / name) in refused.value.message
    assert "remove it" in refused.value.hint.lower()


@pytest.mark.parametrize(
    "kind", ["link to a folder", "dangling link", "link to a device", "fifo", "socket", "link"]
)
@pytest.mark.parametrize("plain", [False, True])
def test_a_folder_of_a_memory_that_is_none_is_refused(
    make_repo: MakeRepo, tmp_path: Path, victims: Path, kind: str, plain: bool
) -> None:
    root = tmp_path / "plain" if plain else make_repo({"a.py": "x = 1\n"}).root
    root.mkdir(exist_ok=True)
    state = state_dir(root, create=True)
    before = contents(victims)
    replace(state, PLANTS[kind], victims)
    planted = contents(victims)

    for create in (False, True):
        with pytest.raises(UnsafeState, match="not a folder"):
            state_dir(root, create=create)
    assert contents(victims) == planted
    assert before.items() <= planted.items()


COMMANDS = (
    "status .", "ask --no-model greet", "search greet", "memory show", "memory export", "log",
    "doctor", "doctor --repair", "gc", "gc --days 0", "index .", "watch --once .",
    "review --no-model --working", "review --no-model --hook pre-commit", "ask 'who calls greet?'",
    "hook install --refresh", "watch --once --hook .git/hooks/post-commit .",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["state", "index.pid", "refresh.log", "memory.db"])
def test_no_command_follows_a_link_in_the_folder_of_the_memory(
    make_repo: MakeRepo,
    victims: Path,
    run: Run,  # noqa: F811
    name: str,
) -> None:
    repo = make_repo({"a.py": "def greet():\n    return 1\n"})
    directory = read(repo)
    target = {"state": ".", "memory.db": "own.db"}.get(name, "file")
    replace(directory / name, lambda path, _: path.symlink_to(victims / target), victims)
    repo.write({"a.py": "def greet(name):\n    return name\n"})
    before = contents(victims)

    for line in COMMANDS:
        output = run(repo.root, line)
        assert "Traceback" not in output
        assert contents(victims) == before, line
    assert f"{directory / name} is a symlink" in run(repo.root, "status .")
    assert "Remove it" in run(repo.root, "status .")


def test_a_review_does_without_a_memory_that_is_refused(
    make_repo: MakeRepo,
    victims: Path,
    run: Run,  # noqa: F811
) -> None:
    repo = make_repo({"a.py": "def greet(name):\n    return name\n"})
    replace(state_dir(repo.root, create=True) / "memory.db", plant_link, victims)
    repo.write({"a.py": "def greet():\n    return 1\n", "b.py": "<<<<<<< a\n>>>>>>> b\n"})

    output = run(repo.root, "review --no-model --working")
    assert "the memory is not used" in output
    assert "b.py:1: error [conflict]" in output


def test_a_baseline_is_not_written_through_a_link(
    make_repo: MakeRepo,
    victims: Path,
    run: Run,  # noqa: F811
) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    repo.path("known.json").symlink_to(victims / "file")
    repo.write({"a.py": "x = 2\n"})
    before = contents(victims)

    output = run(repo.root, "review --no-model --working --write-baseline known.json")
    assert "known.json is a symlink" in output
    assert contents(victims) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "memory"
    open_store(folder).close()
    os.chown(folder, 12345, -1)

    for use in (find_store, open_store):
        with pytest.raises(UnsafeState, match="another user"):
            use(folder)
    # As with git: whoever became root with sudo still works on files of their own.
    monkeypatch.setenv("SUDO_UID", "12345")
    open_store(folder).close()


def test_a_folder_that_others_may_write_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    open_store(folder).close()
    folder.chmod(0o777)

    with private_folder(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_all_is_private_from_its_creation_whatever_the_umask(
    make_repo: MakeRepo, isolated: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.py").write_text("x = 1\n")
    repo = make_repo({"a.py": "x = 1\n"})
    before = os.umask(0)
    try:
        for root in (repo.root, plain):
            directory = state_dir(root, create=True)
            with writer_lock(directory), open_store(directory) as store:
                store.set_meta(key="value")
                append_to_log(directory, "a line")
                make_private(directory / "state")
                modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
                assert modes.pop("state") == 0o700
                assert {*modes} > {"memory.db", "memory.db-shm", "index.pid"}
                assert {name for name, mode in modes.items() if mode != 0o600} == set()
        for folder in (directory, *directory.parents):
            if folder != isolated and folder.is_relative_to(isolated):
                assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def hot_journal(folder: Path, named: Path) -> None:
    """A database, and the journal of a transaction that spans others, as SQLite writes it."""
    magic = bytes.fromhex("d9d505f920a163d7")
    with sqlite3.connect(folder / "memory.db", isolation_level=None) as db:
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (1)")
        db.execute("BEGIN")
        db.execute("UPDATE t SET x = 2")
        journal = magic + (folder / "memory.db-journal").read_bytes()[8:]
        db.execute("ROLLBACK")
    db.close()
    name = os.fsencode(named)
    end = struct.pack(">I", 0x40000000 // 4096 + 1) + name
    end += struct.pack(">II", len(name), sum(name)) + magic
    (folder / "memory.db-journal").write_bytes(journal + end)


def test_a_planted_journal_deletes_no_file(tmp_path: Path, victims: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir(mode=0o700)
    hot_journal(folder, victims / ".bashrc")

    with pytest.raises(UnsafeState, match="names another file"):
        open_store(folder)
    assert (victims / ".bashrc").read_text() == "precious\n"
    # The trap does work: SQLite walks into it.
    with sqlite3.connect(folder / "memory.db") as db:
        db.execute("SELECT * FROM t").fetchall()
    db.close()
    assert not (victims / ".bashrc").exists()


def test_a_bare_repository_that_came_with_a_clone_is_refused(
    make_repo: MakeRepo, tmp_path: Path, victims: Path
) -> None:
    """Its files are tracked by the repository around it, the folder of its memory among them."""
    origin = make_repo({"a.py": "x = 1\n"}, name="origin")
    bare = origin.path("vendor/evil")
    origin.git("init", "--quiet", "--bare", str(bare))
    for folder in ("refs/heads", "objects"):
        (bare / folder / "keep").write_text("")
    (bare / "repo-mhm").mkdir()
    (bare / "repo-mhm/state").symlink_to(victims)
    origin.git("-c", "safe.bareRepository=all", "add", "--force", "vendor")
    origin.commit(message="a trap")
    clone = tmp_path / "clone"
    origin.git("clone", "--quiet", str(origin.root), str(clone))

    with pytest.raises(RepoMhmError, match="part of the repository around it"):
        state_dir(clone / "vendor/evil")
    # One that is not tracked is the user's own.
    origin.git("init", "--quiet", "--bare", str(clone / "mine.git"))
    assert state_dir(clone / "mine.git", create=True) == clone / "mine.git" / "repo-mhm"
