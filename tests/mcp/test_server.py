"""The server as a real client of the SDK uses it, in one process: each tool and what it says."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import Any

import anyio
import pytest
from mcp import Client

from repo_mhm.mcp.server import make_server
from repo_mhm.relations import repository_lookup
from repo_mhm.repositories import Repositories
from repo_mhm.source.token_estimates import estimate_tokens
from tests.conftest import MakeRepo, TestRepo

FILES = {
    "door.py": (
        "MAX_KNOCKS = 3\n\n\n"
        "def open_door(door):\n"
        '    """Open a door that is shut."""\n'
        "    door.shut = False\n\n\n"
        "def knock(door):\n"
        "    for _ in range(MAX_KNOCKS):\n"
        "        open_door(door)\n"
    ),
    "test_door.py": "from door import open_door\n\n\ndef test_open():\n    open_door(None)\n",
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


def run(repo: TestRepo, check: Callable[[Client], Awaitable[None]]) -> None:
    """Let a client of the repository's server do something."""

    serve([repo], check)


def serve(repos: Sequence[TestRepo], check: Callable[[Client], Awaitable[None]]) -> None:
    async def connect() -> None:
        with closing(Repositories.open([repo.root for repo in repos])) as repositories:
            async with Client(make_server(repositories)) as client:
                await check(client)

    anyio.run(connect)


def text(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


def test_the_tools_are_few_and_short(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        tools = (await client.list_tools()).tools
        names = [tool.name for tool in tools]
        assert names == ["search", "symbol", "overview", "impact", "status", "ask"]
        assert all(len((tool.description or "").split()) < 60 for tool in tools)
        described = "".join(
            f"{tool.name} {tool.description} {json.dumps(tool.input_schema)}" for tool in tools
        )
        assert estimate_tokens(described.encode()) < 900
        schemas = "".join(json.dumps(tool.output_schema) for tool in tools)
        assert estimate_tokens((described + schemas).encode()) < 1000
        assert all("entries" in str(tool.output_schema) for tool in tools)

    run(repo, check)


def test_search_gives_locations_and_the_same_as_values(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        result = await client.call_tool("search", {"query": "open a door that is shut"})
        assert "| door.py:" in text(result)
        content = result.structured_content
        assert content["entries"][0]["path"] == "door.py"
        assert content["total"] >= len(content["entries"])

    run(repo, check)


def test_a_symbol_comes_with_what_code_knows_of_it(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        arguments = {"name": "open_door", "with": ["definition", "callers", "tests"]}
        reply = text(await client.call_tool("symbol", arguments))
        assert "door.py:4-6" in reply
        assert "open_door(door)" in reply
        assert "test_door.py" in reply
        nothing = text(await client.call_tool("symbol", {"name": "no_such_name"}))
        assert nothing.startswith("No definition has this name")

    run(repo, check)


def test_files_that_were_not_searched_for_a_symbol_are_counted(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_lookup, "MOST_FILES", 1)

    async def check(client: Client) -> None:
        arguments = {"name": "open_door", "with": ["callers"]}
        reply = text(await client.call_tool("symbol", arguments))
        assert "1 file with the name, farther from its definitions, was not searched" in reply

    run(repo, check)


def test_a_definition_comes_with_its_source_or_its_members(repo: TestRepo) -> None:
    methods = "".join(f"    def method_{n}(self):\n        return {n}\n\n" for n in range(60))
    repo.commit({"gate.py": f"class Gate:\n{methods}", "one.py": "def knock():\n    pass\n"})

    async def check(client: Client) -> None:
        whole = text(await client.call_tool("symbol", {"name": "open_door"}))
        assert "| door.py:4-6  def open_door(door):\n| 4: def open_door(door):\n| 5: " in whole
        arguments = {"name": "Gate", "with": ["definition"], "max_tokens": 600}
        long = text(await client.call_tool("symbol", arguments))
        assert "| 1: class Gate:" in long and "more lines)" in long
        assert "members:\n" in long and "| gate.py:2-3  def method_0(self):" in long
        both = text(await client.call_tool("symbol", {"name": "knock"}))
        assert "| 2 definitions of knock" in both and "| one.py:1-2" in both

    run(repo, check)


def test_replies_keep_their_budget_and_go_on_at_the_cursor(repo: TestRepo) -> None:
    repo.commit({f"m{n}.py": f"def knock_{n}(door):\n    return door\n" for n in range(30)})

    async def check(client: Client) -> None:
        seen: list[str] = []
        cursor = ""
        while True:
            arguments = {"query": "knock door", "limit": 40, "max_tokens": 300, "cursor": cursor}
            result = await client.call_tool("search", arguments)
            assert estimate_tokens(text(result).encode()) <= 330
            entries = result.structured_content["entries"]
            seen += [f"{entry['path']}:{entry['start']}" for entry in entries]
            if not result.structured_content["has_more"]:
                break
            cursor = result.structured_content["cursor"]
        assert len(seen) == len(set(seen)) == result.structured_content["total"]

    run(repo, check)


def test_overview_and_status_follow_the_files(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        assert "open_door" in text(await client.call_tool("overview", {}))
        repo.write({"window.py": "def open_window():\n    return 1\n"})
        assert "open_window" in text(await client.call_tool("search", {"query": "open window"}))
        assert "door" in text(await client.call_tool("overview", {"path": "door.py"}))
        assert "chunks, up to date" in text(await client.call_tool("status", {}))

    run(repo, check)


def test_impact_names_the_callers_of_a_changed_signature(repo: TestRepo) -> None:
    changed = FILES["door.py"].replace("open_door(door):", "open_door(door, key):")
    repo.write({"door.py": changed})
    diff = repo.git("diff", "-U0")

    async def check(client: Client) -> None:
        for arguments in ({}, {"diff": diff + "\n"}):
            reply = await client.call_tool("impact", arguments)
            assert "[signature]" in text(reply), text(reply)
            assert "test_door.py" in str(reply.structured_content)

    run(repo, check)


def test_exact_questions_need_no_model(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        reply = await client.call_tool("ask", {"question": "who calls open_door?"})
        assert "door.py" in text(reply)

    run(repo, check)


def test_without_a_model_it_says_so_and_gives_locations(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        reply = text(await client.call_tool("ask", {"question": "how is a door opened"}))
        assert reply.startswith("No model was asked.\n| ")
        assert "| door.py:4-6" in reply
        nothing = text(await client.call_tool("ask", {"question": "quantum flux capacitors"}))
        assert nothing.startswith("Nothing here answers this.")

    run(repo, check)


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("search", {"query": "x", "repo": "other"}, "no repository has that name"),
        ("search", {"query": "x", "cursor": "-1"}, "no cursor"),
        ("search", {"query": "x", "languages": ["klingon"]}, "no language"),
        ("impact", {"range": "nowhere..HEAD"}, "nowhere"),
        ("symbol", {"name": "a\nb"}, "one line"),
        ("search", {"query": "x", "paths": ["nowhere.py"]}, "no file or folder"),
        ("impact", {"diff": "no diff", "staged": True}, "more than one change"),
        ("impact", {"diff": "no diff"}, "diff"),
        ("ask", {"question": " "}, "empty"),
    ],
)
def test_errors_say_what_to_do(
    repo: TestRepo, tool: str, arguments: dict[str, Any], message: str
) -> None:
    async def check(client: Client) -> None:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert message in text(result)

    run(repo, check)


def test_resources_and_the_prompt(repo: TestRepo) -> None:
    async def check(client: Client) -> None:
        whole = await client.read_resource("repo://overview")
        assert "open_door" in whole.contents[0].text  # type: ignore[union-attr]
        notes = await client.read_resource("repo://file/door.py/notes")
        assert "open_door" in notes.contents[0].text  # type: ignore[union-attr]
        prompt = await client.get_prompt("orient", {"task": "paint the door"})
        assert "paint the door" in prompt.messages[0].content.text  # type: ignore[union-attr]

    run(repo, check)


def test_one_question_over_several_repositories(make_repo: MakeRepo) -> None:
    first = make_repo({"a.py": "def alpha_door():\n    pass\n"}, "one")
    second = make_repo({"b.py": "def beta_door():\n    alpha_door()\n"}, "two")

    async def check(client: Client) -> None:
        unnamed = await client.call_tool("search", {"query": "how do doors work"})
        assert "| one/a.py:" in text(unnamed) and "| two/b.py:" in text(unnamed)
        assert {entry["repo"] for entry in unnamed.structured_content["entries"]} == {"one", "two"}
        named = text(await client.call_tool("search", {"query": "beta door", "repo": "two"}))
        assert "two/b.py" in named and "one/" not in named
        beta = text(await client.call_tool("symbol", {"name": "beta_door"}))
        assert "| two/b.py:1-2" in beta
        asked = text(await client.call_tool("ask", {"question": "where is alpha_door defined?"}))
        assert "| one/a.py:1-2" in asked
        free = text(await client.call_tool("ask", {"question": "how do doors work"}))
        assert free.startswith("A model answers for one repository only") and "| one/a.py:" in free
        part = text(await client.call_tool("search", {"query": "beta door", "paths": ["two/b.py"]}))
        assert "two/b.py" in part
        assert "one/a.py" in text(await client.call_tool("overview", {}))
        state = text(await client.call_tool("status", {}))
        assert "repo: one" in state and "repo: two" in state
        lost = await client.call_tool("impact", {"range": "HEAD~1..HEAD"})
        assert lost.is_error and "Give its name as repo" in text(lost)

    serve([first, second, first], check)
