"""Fixtures of all tests: a throwaway home, no git variables, no network, real repositories.

Paths and contents may be bytes, as git sees them, so that names need not be UTF-8.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from repo_mhm.cli import run_options

# Machines that run tests are busy: how long an example takes says nothing about the code.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

# Whoever started the tests may ignore Ctrl-C, as a shell's background job does, and children would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

Content = str | bytes
Tree = Mapping[str | bytes, Content]


@dataclass(frozen=True)
class TestRepo:
    """A real git repository under the test's temporary folder."""

    __test__ = False

    root: Path

    def git(self, *args: str | bytes, stdin: bytes = b"", check: bool = True) -> str:
        """Run git in the root and return its stdout, stripped.

        Bytes that are not UTF-8 come back as surrogates.
        """
        done = subprocess.run(["git", *args], cwd=self.root, input=stdin, capture_output=True)
        assert not check or done.returncode == 0, done.stderr.decode(errors="replace")
        return os.fsdecode(done.stdout).strip()

    def path(self, name: str | bytes) -> Path:
        joined = os.path.join(os.fsencode(self.root), os.fsencode(name))  # noqa: PTH118  bytes
        return Path(os.fsdecode(joined))

    def write(self, files: Tree) -> None:
        """Write files, parents included; text is written as UTF-8 with the line ends it has."""
        for name, content in files.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Tree | None = None, message: str = "change") -> str:
        """Write `files`, commit everything not ignored and return the commit's full id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


MakeRepo = Callable[..., TestRepo]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test that is neither slow nor in need of the real model into the fast tier."""
    for item in items:
        if not any(item.get_closest_marker(name) for name in ("slow", "model")):
            item.add_marker("fast")


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point home and every XDG folder at a temporary one, and set a git identity; return the home.

    Variables of git and of the product are dropped.
    """
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "REPO_MHM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    # Models that the developer has pulled into the checkout are not there for tests.
    monkeypatch.setattr("repo_mhm.models.library.checkout_models", lambda: None)
    # A test that runs the command line in this process must not leave the next one quiet.
    monkeypatch.setattr(run_options, "_output", run_options._Output())
    # A file, not GIT_AUTHOR_*: the code under test drops GIT_ variables and needs an identity.
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        "[commit]\n\tgpgSign = false\n[core]\n\tautocrlf = false\n[gc]\n\tauto = 0\n"
        "[advice]\n\tdetachedHead = false\n"
    )
    return home


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True
    return str(address[0]) in {"", "localhost", "::1"} or str(address[0]).startswith("127.")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine only; any other address fails the test at once."""
    connect, connect_ex, lookup = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guard(address: object) -> None:
        if not _is_local(address):
            raise AssertionError(f"a test tried to reach {address!r}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        guard(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        guard(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    def guarded_lookup(host: object, *args: object, **kwargs: object) -> object:
        guard((host.decode() if isinstance(host, bytes) else host or "",))
        return lookup(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture
def make_repo(tmp_path: Path) -> Iterator[MakeRepo]:
    """Make repositories: `make_repo({"a.py": "x = 1\\n"})` commits the files it gets."""

    def make(files: Tree | None = None, name: str = "repo", init: tuple[str, ...] = ()) -> TestRepo:
        repo = TestRepo(tmp_path / name)
        repo.root.mkdir(parents=True)
        repo.git("init", "--quiet", *init)
        if files is not None:
            repo.commit(files, "first")
        return repo

    yield make
