"""Every command, seen from the system: what it starts, what it writes, and no network.

`strace` follows the command and all that it starts. The only programs are Python, which runs this
package, and git. No network address is used but the one that the command line asks for. Files are
written in the state folder, in the user's own folders, and where the command line says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MakeRepo, TestRepo

SCRIPTED = Path(__file__).with_name("scripted_cli.py")
CALLS = (
    "execve,socket,connect,open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,"
    "mkdirat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat"
)
COMMANDS = [
    ("chunks", "--stats"),
    ("status", "--json"),
    ("index", "--all"),
    ("search", "--json", "handle a session"),
    ("ask", "how does handle work?"),
    ("ask", "--no-model", "who calls helper?"),
    ("log",),
    ("plan",),
    ("memory", "show"),
    ("memory", "export"),
    ("memory", "diff"),
    ("review", "--no-model"),
    ("review", "--json"),
    ("gc",),
    ("hook", "status"),
    ("doctor",),
    ("model", "list"),
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here"),
]

_CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<rest>.*)$")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo(
        {
            "app.py": "def handle(session):\n    return helper(session)\n\n\n"
            "def helper(session):\n    return session\n",
            "README.md": "# App\n\nHandles sessions.\n",
        }
    )
    repo.git("add", ".")
    repo.git("commit", "-qm", "begin", "--allow-empty")
    (repo.root / "app.py").write_text(
        "def handle(session, user):\n    return helper(session)\n\n\n"
        "def helper(session):\n    return session\n"
    )
    return repo


def traced(repo: TestRepo, home: Path, *arguments: str) -> list[str]:
    """The system calls of a command and of all that it starts."""
    log = home / "calls"
    strace = ["strace", "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log)]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run(
        [*strace, sys.executable, str(SCRIPTED), *arguments],
        cwd=repo.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return log.read_text("utf-8", "replace").splitlines()


def programs(calls: list[str]) -> set[str]:
    started = (call for call in calls if " execve(" in call and call.endswith(" = 0"))
    return {Path(call.split('"')[1]).name for call in started}


def networks(calls: list[str]) -> list[str]:
    """Calls that use another network than the pipes and files of this machine."""
    return [call for call in calls if re.search(r"AF_INET|AF_NETLINK|AF_PACKET", call)]


def written(calls: list[str], folder: Path) -> set[Path]:
    """The files and folders that were made, changed, moved or deleted."""
    paths = set()
    for line in calls:
        call = _CALL.match(line)
        if call is None or call["name"] in ("execve", "socket", "connect") or " = -1 " in line:
            continue
        if call["name"] in ("open", "openat") and not _WRITING.search(call["rest"]):
            continue
        for match in _PATH.finditer(call["rest"]):
            paths.add(folder / (match["folder"] or "") / match["path"])
    return paths


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_starts_only_git_uses_no_network_and_writes_only_its_own(
    repo: TestRepo, tmp_path_factory: pytest.TempPathFactory, command: tuple[str, ...]
) -> None:
    home = tmp_path_factory.mktemp("home")
    if command[0] not in ("chunks", "status", "index"):
        traced(repo, home, "index", "--all")
    calls = traced(repo, home, *command)

    python = {Path(sys.executable).name, Path(sys.executable).resolve().name}
    assert programs(calls) <= {"git", *python}
    assert networks(calls) == []

    own = (repo.root / ".git" / "repo-mhm", home, Path("/dev"), Path("/proc/self"))
    foreign = {
        path
        for path in written(calls, repo.root)
        if not any(path.is_relative_to(folder) for folder in own)
        and "__pycache__" not in path.parts
    }
    assert foreign == set()
