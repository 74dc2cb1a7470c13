"""Where settings may come from: two files, and variables; which there are, and whether any is set.

`config` reads them. Loading it takes as long as an exact answer may, and most repositories set
nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PREFIX = "REPO_MHM_"
"""What the names of variables begin with that are settings."""
MCP_TOKEN_VARIABLE = "REPO_MHM_MCP_TOKEN"
"""No setting: the token that clients of the MCP server send over HTTP."""
SERVER_KEY_VARIABLE = "REPO_MHM_SERVER_KEY"
"""No setting: the key of the server that `server` names."""
OTHER_VARIABLES = frozenset(
    {"REPO_MHM_SKIP", "REPO_MHM_TEST_MODEL", MCP_TOKEN_VARIABLE, SERVER_KEY_VARIABLE}
)
"""Variables with our prefix that are not settings."""
SETTINGS = (
    "model",
    "notes_model",
    "answer_model",
    "server",
    "server_model",
    "server_key_file",
    "allow_remote",
    "models_dir",
    "gpu_layers",
    "threads",
    "context",
    "heads",
    "head_tokens",
    "selector",
    "depth",
    "first_token_seconds",
    "fit",
    "ignore",
    "submodules",
    "system",
    "templates",
)
"""The fields of `config.Settings`, by name."""
COMMAND_LINE = "the command line"
"""Where the options of a command come from, in errors."""
REPOSITORY_FILE = ".repo-mhm.toml"
"""At the root of a repository."""


def user_file() -> Path:
    """The user's configuration file, whether it exists or not."""
    import platformdirs

    return Path(platformdirs.user_config_dir("repo-mhm", appauthor=False)) / "config.toml"


def may_be_configured(repository: Path, environ: Mapping[str, str] | None = None) -> bool:
    """Whether anything may set a setting for the repository, so that `config` must be asked."""
    if variables_of_settings(environ):
        return True
    return user_file().exists() or os.path.lexists(repository / REPOSITORY_FILE)


def variables_of_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that set something, by setting; an empty one counts as unset."""
    variables = os.environ if environ is None else environ
    names = {key: variable_of(key) for key in SETTINGS}
    return {key: name for key, name in names.items() if variables.get(name)}


def variable_of(setting: str) -> str:
    """The variable that sets a setting."""
    return PREFIX + setting.upper()


def unknown_variables(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables with our prefix that set nothing, each with the nearest that would; else empty."""
    variables = os.environ if environ is None else environ
    known = {*map(variable_of, SETTINGS), *OTHER_VARIABLES}
    unknown = [
        name
        for name, value in variables.items()
        if name.startswith(PREFIX) and value and name not in known
    ]
    if not unknown:
        return {}

    import difflib

    keys = sorted(name.removeprefix(PREFIX) for name in known)
    near = {
        name: difflib.get_close_matches(name.removeprefix(PREFIX)[:100], keys, n=1)
        for name in unknown
    }
    return {name: PREFIX + names[0] if names else "" for name, names in near.items()}
