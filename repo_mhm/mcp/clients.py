"""How each client of MCP is told of this server: the file, and what stands in it. Pure.

A configuration's text goes in, the changed text comes out: what else is in it stays, comments and
layout included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from repo_mhm.errors import ConfigError
from repo_mhm.mcp.json_members import members_of, remove_member, set_member

NAME = "repo-mhm"
"""Of the server, in every client's configuration."""
Scope = Literal["repository", "home"]


@dataclass(frozen=True, slots=True)
class Client:
    """One client: where its configuration is, and the entry that starts the server."""

    title: str
    files: tuple[PurePosixPath, ...]
    """Relative to the repository or the home folder: the first that is there, else the first."""
    scope: Scope
    section: tuple[str, ...]
    """The keys of the object in which servers stand by name."""
    entry: Mapping[str, Any]
    former_section: tuple[str, ...] = ()
    """The same in an earlier version, where a file may still have its servers."""

    def printed(self) -> str:
        """The entry as it stands in an otherwise empty file."""
        return self.added("")

    def added(self, text: str) -> str:
        """The file's text with the entry. Raises ConfigError when the text cannot be read."""
        try:
            if self._is_toml:
                return _added_toml(text, self.section, self.entry)
            return set_member(text, (*self._section_in(text), NAME), dict(self.entry))
        except ValueError as error:
            raise self._unreadable(error) from error

    def removed(self, text: str) -> str:
        """The file's text without the entry. Raises ConfigError when the text cannot be read."""
        try:
            if self._is_toml:
                return _removed_toml(text, self.section)
            text = remove_member(text, (*self.section, NAME))
            if self.former_section:
                text = remove_member(text, (*self.former_section, NAME))
            return text
        except ValueError as error:
            raise self._unreadable(error) from error

    @property
    def _is_toml(self) -> bool:
        return self.files[0].suffix == ".toml"

    def _section_in(self, text: str) -> tuple[str, ...]:
        """The section in which the file has its servers."""
        if not self.former_section or not text.strip():
            return self.section
        former = members_of(text, self.former_section) or {}
        is_former = any(former.values()) and self.section[-1] not in former
        return self.former_section if is_former else self.section

    def _unreadable(self, problem: object) -> ConfigError:
        return ConfigError(
            f"{self.files[0]} cannot be changed: {problem}",
            hint="Correct it, or add by hand what `repo-mhm mcp install --print` shows.",
        )


def _files(*names: str) -> tuple[PurePosixPath, ...]:
    return tuple(map(PurePosixPath, names))


_COMMAND = {"command": "repo-mhm", "args": ["mcp"]}
_IN_WORKSPACE = {"command": "repo-mhm", "args": ["mcp", "--repo", "${workspaceFolder}"]}
"""For editors that start servers elsewhere than in the folder that is open."""

CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        "Claude Code", _files(".mcp.json"), "repository", ("mcpServers",), _COMMAND
    ),
    "cursor": Client(
        "Cursor", _files(".cursor/mcp.json"), "repository", ("mcpServers",), _IN_WORKSPACE
    ),
    "vscode": Client(
        "VS Code",
        _files(".vscode/mcp.json"),
        "repository",
        ("servers",),
        {"type": "stdio", **_IN_WORKSPACE},
    ),
    "opencode": Client(
        "opencode",
        _files("opencode.json", "opencode.jsonc", ".opencode/opencode.json"),
        "repository",
        ("mcp", "servers"),
        {"type": "local", "command": ["repo-mhm", "mcp"]},
        former_section=("mcp",),
    ),
    "codex": Client("Codex", _files(".codex/config.toml"), "home", ("mcp_servers",), _COMMAND),
    "zed": Client(
        "Zed", _files(".config/zed/settings.json"), "home", ("context_servers",), _COMMAND
    ),
}


def _added_toml(text: str, section: tuple[str, ...], entry: Mapping[str, Any]) -> str:
    """Raises ValueError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        table = document.setdefault(section[0], tomlkit.table(is_super_table=True))
        if not isinstance(table, dict):
            raise ValueError(f"{section[0]} is no table")
        if json.dumps(table.get(NAME)) != json.dumps(entry):
            table[NAME] = dict(entry)
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error


def _removed_toml(text: str, section: tuple[str, ...]) -> str:
    """Raises ValueError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        table = document.get(section[0])
        if not isinstance(table, dict) or NAME not in table:
            return text
        del table[NAME]
        if not table:
            del document[section[0]]
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error
