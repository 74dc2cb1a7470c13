"""Private folders: where our own files lie, reached without following any link.

The folder of a memory may have come with an archive, or in a bare repository inside a clone, so
whoever made those chose what it contains. Its files are opened and deleted relative to a descriptor
of the folder, which was checked: it is a folder and no link, it belongs to the user, and nobody
else may write in it (its mode becomes 0700 where it is not). A file must be a regular one, with
one name only: a symlink leads elsewhere, a hard link changes a file elsewhere, a fifo makes its
reader wait for ever, a device never ends.

SQLite and the library of the locks open files by path. They do so after `check`. What a process of
the same user puts there between the two is followed; nobody else can put anything there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from repo_mhm.atomic_file import open_folder, replace_at
from repo_mhm.errors import UnsafeState

_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Without O_NONBLOCK, opening a fifo would wait for ever."""
_KINDS = (
    (stat.S_ISLNK, "a symlink"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a fifo"),
    (stat.S_ISSOCK, "a socket"),
)


class PrivateFolder:
    """An open folder of ours; `path` is for messages and for what opens files by path."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def check(self, name: str) -> bool:
        """Whether there is such a file. Raises UnsafeState where it is none of ours."""
        try:
            status = os.lstat(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return False
        _check_file(self.path / name, status)
        return True

    def check_all(self) -> None:
        """Check every file in it and in its folders. Raises OSError or UnsafeState."""
        for name in self.names():
            if not self._is_folder(name):
                self.check(name)
                continue
            with suppress(FileNotFoundError), self.inner(name) as folder:
                for inner_name in folder.names():
                    # What lies in a folder of a folder is not ours, and nothing goes there.
                    if not folder._is_folder(inner_name):
                        folder.check(inner_name)

    def _is_folder(self, name: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(name, dir_fd=self._descriptor).st_mode)
        except FileNotFoundError:
            return False

    def names(self) -> list[str]:
        """The names of all entries."""
        return os.listdir(self._descriptor)  # noqa: PTH208  a Path cannot be a descriptor

    def size(self, name: str) -> int:
        """Bytes of a file, of a link itself; 0 where it has vanished."""
        try:
            return os.lstat(name, dir_fd=self._descriptor).st_size
        except FileNotFoundError:
            return 0

    def open(self, name: str, flags: int = os.O_RDONLY) -> int:
        """A descriptor of one of our files. Raises OSError or UnsafeState."""
        self.check(name)  # for a message that says what it is
        handle = os.open(name, flags | _OPEN, 0o600, dir_fd=self._descriptor)
        try:
            _check_file(self.path / name, os.fstat(handle))
        except BaseException:
            os.close(handle)
            raise
        return handle

    def create(self, name: str) -> None:
        """Make an empty file where there is none. Raises OSError or UnsafeState."""
        os.close(self.open(name, os.O_RDWR | os.O_CREAT))

    def read(self, name: str, most_bytes: int = -1) -> bytes:
        """The contents, or their beginning. Raises OSError or UnsafeState."""
        with os.fdopen(self.open(name), "rb") as file:
            return file.read(most_bytes)

    def read_end(self, name: str, most_bytes: int) -> bytes:
        """The end of the contents. Raises OSError or UnsafeState."""
        with os.fdopen(self.open(name), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - most_bytes))
            return file.read(most_bytes)

    def append(self, name: str, content: bytes) -> None:
        """Append to a file, which is made where there is none. Raises OSError or UnsafeState."""
        handle = self.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(handle, "ab") as file:
            file.write(content)

    def replace(self, name: str, *parts: bytes | memoryview, lasting: bool = True) -> None:
        """Write a file in one step, see `atomic_file`. Raises OSError or UnsafeState."""
        self.check(name)
        replace_at(self._descriptor, name, *parts, lasting=lasting)

    def move(self, name: str, target: PrivateFolder, target_name: str) -> None:
        """Move a file, over one that has that name there. Raises OSError."""
        os.replace(name, target_name, src_dir_fd=self._descriptor, dst_dir_fd=target._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file if it is there; of a link only the link. Raises OSError or UnsafeState."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):
            self.check(name)  # it is a folder: the systems differ in what they say
            raise

    def remove_inner(self, name: str) -> None:
        """Remove an empty folder. Raises OSError."""
        os.rmdir(name, dir_fd=self._descriptor)

    @contextmanager
    def inner(self, name: str, *, create: bool = False) -> Iterator[PrivateFolder]:
        """A folder in this one. Raises OSError or UnsafeState."""
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=self._descriptor)
        path = self.path / name
        status = os.lstat(name, dir_fd=self._descriptor)
        _check_folder(path, status)
        flags = os.O_RDONLY | os.O_DIRECTORY | _OPEN
        descriptor = os.open(name, flags, dir_fd=self._descriptor)
        try:
            yield _checked(path, descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def private_folder(path: Path, *, create: bool = False) -> Iterator[PrivateFolder]:
    """Open a folder of ours; with `create` it is made (0700), with the folders around it.

    Raises OSError, and UnsafeState where it is none of ours.
    """
    if create:
        make_private(path)
    _check_folder(path, os.lstat(path))
    with open_folder(path, os.O_NOFOLLOW) as descriptor:
        yield _checked(path, descriptor)


def make_private(path: Path) -> None:
    """Make a folder and those around it that are missing, all 0700 whatever the umask.

    Raises OSError.
    """
    if not os.path.lexists(path):
        make_private(path.parent)
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)


def _checked(path: Path, descriptor: int) -> PrivateFolder:
    status = os.fstat(descriptor)
    _check_folder(path, status)
    if status.st_mode & 0o077:
        # Not every file system has modes, and a read-only one cannot change them.
        with suppress(OSError):
            os.fchmod(descriptor, 0o700)
    return PrivateFolder(path, descriptor)


def _check_folder(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISDIR(status.st_mode):
        raise _unsafe(path, f"is {_kind(status)}, not a folder")
    if status.st_uid not in _our_ids():
        raise UnsafeState(
            f"{path} belongs to another user, who may have put anything there",
            hint="Run the command as that user, or move the folder away and run it again.",
        )


def _our_ids() -> set[int]:
    """The user, and whoever has become root with sudo, as git has it."""
    user = os.geteuid()
    sudo_user = os.environ.get("SUDO_UID", "")
    return {user, int(sudo_user)} if user == 0 and sudo_user.isdecimal() else {user}


def _check_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _unsafe(path, f"is {_kind(status)}, not a regular file")
    if status.st_nlink > 1:
        raise UnsafeState(
            f"{path} has a second name (a hard link), so another file would change with it",
            hint="If it is yours, put a copy in its place, as with `cp` and then `mv`; "
            "else remove it.",
        )


def _kind(status: os.stat_result) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "a device")


def _unsafe(path: Path, reason: str) -> UnsafeState:
    return UnsafeState(
        f"{path} {reason}; repo-mhm did not put it there, and does not follow it",
        hint="Remove it, or move it away, then run the command again.",
    )
