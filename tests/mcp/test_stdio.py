"""The server as a process of its own: the SDK's client over stdio, and what no client should send.

The model is a scripted one that writes slowly.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from repo_mhm.git import state_dir
from repo_mhm.store import find_store, running_writer
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS = 4000
ANSWER = " ".join(f"word{number} of the door." for number in range(WORDS // 4))
SLOW = {"TEST_ANSWER": ANSWER, "TEST_WORD_SECONDS": "0.1"}
"""An answer that takes minutes unless it is stopped."""
FREE_QUESTION = "why would anybody open a door that is shut"


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(
        {
            "door.py": "def open_door(door):\n    door.shut = False\n\n\n"
            "def knock(door):\n    open_door(door)\n",
            "test_door.py": "from door import open_door\n\n\ndef test_open():\n    open_door(1)\n",
        }
    )


def command(root: Path) -> list[str]:
    return [sys.executable, str(Path(scripted_cli.__file__)), "mcp", "--repo", str(root)]


@asynccontextmanager
async def connected(root: Path) -> AsyncIterator[Client]:
    program, *arguments = command(root)
    server = StdioServerParameters(
        command=program, args=arguments, env={**os.environ, **SLOW}, cwd=Path.cwd()
    )
    async with Client(stdio_client(server)) as client:
        yield client


def text(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


def test_a_client_over_stdio(repo: TestRepo) -> None:
    async def check() -> None:
        async with connected(repo.root) as client:
            (server,) = [child for child in psutil.Process().children() if is_server(child)]
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["search", "symbol", "overview", "impact", "status", "ask"]
            await check_tools(client)
            await check_wrong_calls(client)
            await check_calls_at_once(client)
            await check_cancelled(client)
        server.wait(PATIENCE)

    anyio.run(check)
    assert_nothing_left(repo)
    store = find_store(state_dir(repo.root))
    assert store is not None
    with store:
        (turn,) = [turn for turn in store.newest_turns() if turn.question == FREE_QUESTION]
        assert json.loads(turn.result)["interrupted"]
        assert len(turn.answer.split()) < WORDS / 2


async def check_tools(client: Client) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "search": {"query": "open a door"},
        "symbol": {"name": "open_door", "with": ["callers"]},
        "overview": {},
        "impact": {},
        "status": {},
        "ask": {"question": "who calls open_door?"},
    }
    for name, values in arguments.items():
        result = await client.call_tool(name, values)
        assert not result.is_error, text(result)
        assert result.structured_content is not None
        assert "door" in text(result) or name in {"impact", "status"}
    assert "open_door" in str(await client.read_resource("repo://overview"))
    assert "overview" in str(await client.get_prompt("orient"))


async def check_wrong_calls(client: Client) -> None:
    wrong: tuple[tuple[str, dict[str, Any]], ...] = (
        ("search", {"query": 7}),
        ("search", {}),
        ("search", {"query": "door", "limit": "many"}),
        ("search", {"query": "door", "max_tokens": 10**9}),
        ("symbol", {"name": "open_door", "with": ["everything"]}),
        ("symbol", {"name": ["open_door"]}),
    )
    for name, values in wrong:
        assert (await client.call_tool(name, values)).is_error, (name, values)
    with pytest.raises(Exception, match="nothing_like_it"):
        unknown = await client.call_tool("nothing_like_it", {})
        raise LookupError(text(unknown)) if unknown.is_error else AssertionError
    huge = await client.call_tool("search", {"query": "door " * 200_000})
    assert len(text(huge)) < 20_000


async def check_calls_at_once(client: Client) -> None:
    replies: list[str] = []

    async def call(number: int) -> None:
        name, value = (("search", "query"), ("symbol", "name"))[number % 2]
        replies.append(text(await client.call_tool(name, {value: "open_door"})))

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(call, number)
    assert len(replies) == 8 and all("door.py" in reply for reply in replies)


async def check_cancelled(client: Client) -> None:
    """A long answer reports progress; once it is cancelled its model stops."""
    messages: list[str] = []
    with anyio.CancelScope() as scope:

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            messages.append(message or "")
            if message == "writing":
                scope.cancel()

        await client.call_tool("ask", {"question": FREE_QUESTION}, progress_callback=on_progress)
    assert scope.cancelled_caught
    assert messages[0] == "opening the model" and messages[-1] == "writing"
    # Another one gets its turn at once, although the first would write for minutes.
    with anyio.CancelScope() as again:

        async def on_first(progress: float, total: float | None, message: str | None) -> None:
            if message == "opening the model":
                again.cancel()

        await client.call_tool("ask", {"question": "how"}, progress_callback=on_first)


# What no client should do


@contextmanager
def raw_server(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server to which a test writes bytes; it has been initialised."""
    with subprocess.Popen(
        command(root),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **SLOW},
    ) as process:
        try:
            send(process, "initialize", 1, INITIALIZE)
            assert reply_to(process, 1)["result"]["serverInfo"]["name"] == "repo-mhm"
            send(process, "notifications/initialized")
            yield process
        finally:
            process.kill()


GARBAGE = (b"{", b"[]", b"\xff\xfe\x00", b"null", b'{"jsonrpc": "2.0"}', b"[" * 10_000)
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def send(
    process: subprocess.Popen[bytes],
    method: str,
    number: int | None = None,
    params: object = None,
) -> None:
    message: dict[str, object] = {"jsonrpc": "2.0", "method": method}
    if number is not None:
        message["id"] = number
    if params is not None:
        message["params"] = params
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def reply_to(process: subprocess.Popen[bytes], number: int) -> Any:
    assert process.stdout is not None
    for line in process.stdout:
        message = json.loads(line)
        if message.get("id") == number:
            return message
    raise AssertionError("the server has ended")


def test_garbled_and_huge_messages_do_not_end_it(repo: TestRepo) -> None:
    with raw_server(repo.root) as process:
        assert process.stdin is not None
        for garbage in (
            b"{",
            b"[]",
            b"\xff\xfe\x00",
            b"null",
            b'{"jsonrpc": "2.0"}',
            b"[" * 10_000,
        ):
            process.stdin.write(garbage + b"\n")
        process.stdin.write(b"x" * 5_000_000 + b"\n")
        send(process, "tools/call", 2, {"name": "search", "arguments": {"query": "knock"}})
        assert "door.py" in str(reply_to(process, 2))


def test_a_killed_client_leaves_nothing_behind(repo: TestRepo) -> None:
    with raw_server(repo.root) as process:
        question = {"name": "ask", "arguments": {"question": FREE_QUESTION}}
        send(process, "tools/call", 2, {**question, "_meta": {"progressToken": 1}})
        assert process.stdout is not None
        while b"writing" not in process.stdout.readline():
            pass
        # As the system does for a process that was killed.
        assert process.stdin is not None
        process.stdin.close()
        process.stdout.close()
        process.wait(PATIENCE)
    assert_nothing_left(repo)


def assert_nothing_left(repo: TestRepo) -> None:
    """No process of the server's, no lock, no file but those of a memory."""
    wait_until(lambda: not [child for child in psutil.Process().children() if is_server(child)])
    directory = state_dir(repo.root)
    assert running_writer(directory) is None
    names = {path.name for path in directory.rglob("*")}
    assert not [name for name in names if "tmp" in name or name.endswith(("-wal", "-shm"))], names


def is_server(process: psutil.Process) -> bool:
    try:
        return "mcp" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
