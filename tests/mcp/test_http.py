"""The server over HTTP, as a process of its own: who may call it, and that the tools answer."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from repo_mhm.git import state_dir
from repo_mhm.store import running_writer
from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.mcp.test_stdio import SLOW, check_calls_at_once, check_cancelled, check_wrong_calls
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

TOKEN = "a token of the test"
PING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "Authorization": f"Bearer {TOKEN}",
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"door.py": "def open_door(door):\n    door.shut = False\n"})


@pytest.fixture
def port(repo: TestRepo) -> Iterator[int]:
    """The port of a running server, which ends in the end and leaves nothing behind."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(scripted_cli.__file__), "mcp", "--repo", str(repo.root)]
    environment = {**os.environ, **SLOW, "REPO_MHM_MCP_TOKEN": TOKEN}
    with subprocess.Popen([*command, "--http", str(port)], env=environment) as process:
        try:
            wait_for(port, process)
            yield port
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        finally:
            process.kill()
    assert running_writer(state_dir(repo.root)) is None


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not listen")


def answered(port: int, body: bytes = PING, **changed: str | None) -> int:
    """The status of a request with changed headers; None leaves one out."""
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest("POST", "/mcp", skip_host="Host" in changed)
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http_client:
        transport = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http_client)
        async with Client(transport) as client:
            yield client


def text(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


def test_who_may_call_and_what_is_answered(port: int, repo: TestRepo) -> None:
    for wrong in (None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"):
        assert answered(port, Authorization=wrong) == 401, wrong
    # A page in a browser, by a name that its owner lets resolve to this machine.
    assert answered(port, Host=f"evil.example:{port}") == 421
    assert answered(port, Host=f"127.0.0.1:{port}", Origin="http://evil.example") == 403
    assert answered(port, Host=f"127.0.0.1:{port}") not in {401, 403, 421}

    assert answered(port, b"{garbled") == 400
    assert answered(port, b"x" * 5_000_000) == 413

    async def check() -> None:
        async with connected(port) as client:
            assert len((await client.list_tools()).tools) == 6
            await check_tools(client)
            await check_wrong_calls(client)
            await check_calls_at_once(client)
            await check_cancelled(client)
            await check_clients_at_once(port)

    anyio.run(check)


async def check_tools(client: Client) -> None:
    for name, arguments in (
        ("search", {"query": "open a door"}),
        ("symbol", {"name": "open_door"}),
        ("overview", {}),
        ("impact", {}),
        ("status", {}),
        ("ask", {"question": "where is open_door defined?"}),
    ):
        result = await client.call_tool(name, arguments)
        assert not result.is_error, text(result)
        assert "door.py" in text(result) or name in {"impact", "status"}


async def check_clients_at_once(port: int) -> None:
    replies: list[str] = []

    async def call() -> None:
        async with connected(port) as client:
            replies.append(text(await client.call_tool("search", {"query": "open door"})))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(call)
    assert len(replies) == 4 and all("door.py" in reply for reply in replies)
