"""Every command, seen from the system: what it starts, what it writes, and where it connects.

`strace` follows the command and all that it starts. The only programs are Python, which runs this
package, and git. No address of a network is used but the one that the command line asks for. Files
are written in the state folder, in the user's own folders, and where the command line says.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from repo_mhm.config_files import MCP_TOKEN_VARIABLE
from tests.conftest import MakeRepo, TestRepo
from tests.engine.fake_server import fake_server
from tests.patience import PATIENCE
from tests.terminals import terminal

SCRIPTED = [sys.executable, str(Path(__file__).with_name("scripted_cli.py"))]
REAL = [sys.executable, "-P", "-m", "repo_mhm"]
CHAT = [sys.executable, str(Path(__file__).with_name("tui") / "scripted_chat.py")]
CALLS = (
    "execve,socket,connect,bind,open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,"
    "mkdirat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat"
)
COMMANDS = [
    ("chunks", "--stats"),
    ("status", "--json"),
    ("index", "--all"),
    ("watch", "--once"),
    ("search", "--json", "handle a session"),
    ("ask", "how does handle work?"),
    ("ask", "--deep", "how does handle work?"),
    ("ask", "--no-model", "who calls helper?"),
    ("log",),
    ("plan",),
    ("memory", "show"),
    ("memory", "search", "session"),
    ("memory", "export"),
    ("memory", "diff", "HEAD"),
    ("review", "--no-model"),
    ("review", "--json"),
    ("gc",),
    ("gc", "--days", "0"),
    ("hook", "status"),
    ("doctor",),
    ("doctor", "--secrets"),
    ("model", "list"),
    ("mcp", "install", "cursor", "--print"),
]
WRITERS = {
    ("hook", "install"): ".git/hooks",
    ("hook", "uninstall"): ".git/hooks",
    ("mcp", "install", "cursor", "--yes"): ".cursor",
}
"""Commands that are asked to write elsewhere in the repository, and where."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here"),
]

_CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<rest>.*)$")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_PORT = re.compile(r"sin6?_port=htons\((?P<port>\d+)\)")
_LOOPBACK = re.compile(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"')


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


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's own folder."""
    return tmp_path_factory.mktemp("home")


def tracing(home: Path, command: Iterable[str]) -> list[str]:
    """The command under strace, which writes its system calls to a file of the user's."""
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}"]
    return [*strace, "-o", str(home / "calls"), *command]


def environment(home: Path, **more: str) -> dict[str, str]:
    own = {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", **more}
    dropped = re.compile(r"XDG_|TMPDIR$|SQLITE_TMPDIR$|REPO_MHM_")
    kept = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    return {**kept, **own}


def calls_of(home: Path) -> list[str]:
    return (home / "calls").read_text("utf-8", "replace").splitlines()


def traced(repo: TestRepo, home: Path, *command: str, **more: str) -> list[str]:
    """The system calls of a command and of all that it starts; it may find, but must not fail."""
    done = subprocess.run(
        tracing(home, command),
        cwd=repo.root,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode in (0, 1), done.stderr
    return calls_of(home)


def programs(calls: list[str]) -> set[str]:
    started = (call for call in calls if " execve(" in call and call.endswith(" = 0"))
    return {Path(call.split('"')[1]).name for call in started}


def networks(calls: list[str], port: int = 0) -> list[str]:
    """Calls that use another network than the pipes and files of this machine.

    Those that make sockets are none where a port of this machine was asked for: a call that uses
    one names its address.
    """
    if not port:
        return [call for call in calls if re.search(r"AF_INET|AF_NETLINK|AF_PACKET", call)]
    foreign = []
    for line in calls:
        call = _CALL.match(line)
        if call is None or call["name"] not in ("connect", "bind") or "AF_INET" not in line:
            continue
        ports = {int(found) for found in _PORT.findall(line)}
        if ports != {port} or not _LOOPBACK.search(line):
            foreign.append(line)
    return foreign


def written(calls: list[str], folder: Path) -> set[Path]:
    """The files and folders that were made, changed, moved or deleted."""
    paths = set()
    for line in calls:
        call = _CALL.match(line)
        if call is None or " = -1 " in line:
            continue
        if call["name"] in ("execve", "socket", "connect", "bind"):
            continue
        if call["name"] in ("open", "openat") and not _WRITING.search(call["rest"]):
            continue
        for match in _PATH.finditer(call["rest"]):
            paths.add(folder / (match["folder"] or "") / match["path"])
    return paths


def check(calls: list[str], repo: TestRepo, home: Path, *asked_for: Path, port: int = 0) -> None:
    """Only Python and git were started, only the port was used, and only our own files written."""
    python = {Path(sys.executable).name, Path(sys.executable).resolve().name}
    assert programs(calls) <= {"git", *python}
    assert networks(calls, port) == []

    own = (repo.root / ".git" / "repo-mhm", home, Path("/dev"), Path("/proc/self"), *asked_for)
    foreign = {
        path
        for path in written(calls, repo.root)
        if not any(path.is_relative_to(folder) for folder in own)
    }
    assert foreign == set()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_starts_only_git_uses_no_network_and_writes_only_its_own(
    repo: TestRepo, home: Path, command: tuple[str, ...]
) -> None:
    if command[0] not in ("chunks", "status", "index"):
        traced(repo, home, *SCRIPTED, "index", "--all")
    check(traced(repo, home, *SCRIPTED, *command), repo, home)


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_what_is_asked_for_is_written_where_it_is_asked_for(
    repo: TestRepo, home: Path, command: tuple[str, ...]
) -> None:
    asked_for = repo.root / WRITERS[command]
    if command[1] == "uninstall":
        traced(repo, home, *SCRIPTED, "hook", "install")
    calls = traced(repo, home, *SCRIPTED, *command)
    check(calls, repo, home, asked_for)
    assert any(path.is_relative_to(asked_for) for path in written(calls, repo.root))


def test_a_servers_model_is_reached_at_its_address_and_nothing_else_is(
    repo: TestRepo, home: Path
) -> None:
    with fake_server() as server:
        port = int(server.url.split(":")[2].split("/")[0])
        server.behaviour = lambda exchange: exchange.stream(["`handle` calls ", "`helper`."])
        add = ("add", "big", "--server", server.url, "--model", "big", "--context", "4096")
        for command in (
            ("model", *add),
            ("model", "use", "big"),
            ("model", "list"),
            ("index", "--all"),
            ("ask", "how does handle work?"),
            ("review",),
            ("doctor",),
            ("model", "remove", "big"),
        ):
            check(traced(repo, home, *REAL, *command), repo, home, port=port)
        assert server.chats


def test_mcp_over_stdio_uses_no_network_and_writes_only_its_own(repo: TestRepo, home: Path) -> None:
    traced(repo, home, *SCRIPTED, "index", "--all")
    command, *arguments = tracing(home, [*SCRIPTED, "mcp", "--repo", str(repo.root)])
    server = StdioServerParameters(command=command, args=arguments, env=environment(home))

    async def use_every_tool() -> None:
        async with Client(stdio_client(server)) as client:
            for tool, values in (
                ("search", {"query": "handle a session"}),
                ("symbol", {"name": "helper"}),
                ("overview", {}),
                ("impact", {}),
                ("status", {}),
                ("ask", {"question": "how does handle work?"}),
            ):
                result = await client.call_tool(tool, values)
                assert not result.is_error, result

    anyio.run(use_every_tool)
    check(calls_of(home), repo, home)


def test_mcp_over_http_listens_on_its_port_of_this_machine_alone(
    repo: TestRepo, home: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*SCRIPTED, "mcp", "--repo", str(repo.root), "--http", str(port)]
    variables = environment(home, **{MCP_TOKEN_VARIABLE: "0123456789abcdef" * 2})
    with subprocess.Popen(
        tracing(home, command),
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_for_port(process, port)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    calls = calls_of(home)
    check(calls, repo, home, port=port)
    assert any(" bind(" in call and f"htons({port})" in call for call in calls)


def wait_for_port(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not start")


def test_chat_starts_only_git_uses_no_network_and_writes_only_its_own(
    repo: TestRepo, home: Path
) -> None:
    variables: Mapping[str, str] = environment(home)
    with terminal(tracing(home, CHAT), repo.root, variables) as shown:
        shown.until("Read the repository")
        shown.send(b"\r")
        shown.until("all read")
        shown.send(b"\x11")
        shown.finish()
    check(calls_of(home), repo, home)
