"""How each client of MCP is told of this server: the file, and what stands in it. Pure.

JSON and TOML in, the changed text out: what else is in a file stays, comments of TOML included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from repo_mhm.errors import ConfigError

NAME = "repo-mhm"
"""Of the server, in every client's configuration."""
Scope = Literal["repository", "home"]


@dataclass(frozen=True, slots=True)
class Client:
    """One client: where its configuration is, and the entry that starts the server."""

    title: str
    file: PurePosixPath
    """Relative to the repository or the home folder."""
    scope: Scope
    section: str
    """The key of the file under which servers stand by name."""
    entry: Mapping[str, Any]
    has_comments: bool = False
    """Whether the file may hold comments, which would be lost: then the entry is only printed."""

    def printed(self) -> str:
        """The entry as it stands in an otherwise empty file."""
        return self.added("")

    def added(self, text: str) -> str:
        """The file's text with the entry. Raises ConfigError when the text cannot be read."""
        return self._changed(text, self.entry)

    def removed(self, text: str) -> str:
        """The file's text without the entry. Raises ConfigError when the text cannot be read."""
        return self._changed(text, None)

    def _changed(self, text: str, entry: Mapping[str, Any] | None) -> str:
        return _toml(self, text, entry) if self.file.suffix == ".toml" else _json(self, text, entry)


_COMMAND = {"command": "repo-mhm", "args": ["mcp"]}

CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        "Claude Code", PurePosixPath(".mcp.json"), "repository", "mcpServers", _COMMAND
    ),
    "cursor": Client(
        "Cursor", PurePosixPath(".cursor/mcp.json"), "repository", "mcpServers", _COMMAND
    ),
    "vscode": Client(
        "VS Code",
        PurePosixPath(".vscode/mcp.json"),
        "repository",
        "servers",
        {"type": "stdio", **_COMMAND},
    ),
    "opencode": Client(
        "opencode",
        PurePosixPath("opencode.json"),
        "repository",
        "mcp",
        {"type": "local", "command": ["repo-mhm", "mcp"]},
    ),
    "codex": Client("Codex", PurePosixPath(".codex/config.toml"), "home", "mcp_servers", _COMMAND),
    "zed": Client(
        "Zed",
        PurePosixPath(".config/zed/settings.json"),
        "home",
        "context_servers",
        {"source": "custom", **_COMMAND},
        has_comments=True,
    ),
}


def _json(client: Client, text: str, entry: Mapping[str, Any] | None) -> str:
    try:
        document = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _unreadable(client, error) from error
    _change(client, document, entry)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _toml(client: Client, text: str, entry: Mapping[str, Any] | None) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise _unreadable(client, error) from error
    _change(client, document, entry)
    return tomlkit.dumps(document)


def _change(client: Client, document: Any, entry: Mapping[str, Any] | None) -> None:
    """Set or (None) remove the entry. Raises ConfigError where something else is in its way."""
    section = document.setdefault(client.section, {}) if isinstance(document, dict) else None
    if not isinstance(section, dict):
        raise _unreadable(client, f"{client.section} is no table")
    if entry is not None:
        section[NAME] = dict(entry)
        return
    section.pop(NAME, None)
    if not section:
        del document[client.section]


def _unreadable(client: Client, problem: object) -> ConfigError:
    return ConfigError(
        f"{client.file} cannot be changed: {problem}",
        hint="Correct it, or add by hand what `repo-mhm mcp install --print` shows.",
    )
