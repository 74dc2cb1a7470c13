"""Where settings may come from: two files, and variables; and whether any of them is there.

`config` reads them. Loading it takes as long as an exact answer may, and most repositories set
nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

PREFIX = "REPO_MHM_"
"""What the names of variables begin with that are settings."""
MCP_TOKEN_VARIABLE = "REPO_MHM_MCP_TOKEN"
"""No setting: the token that clients of the MCP server send over HTTP."""
REPOSITORY_FILE = ".repo-mhm.toml"
"""At the root of a repository."""


def user_file() -> Path:
    """The user's configuration file, whether it exists or not."""
    return Path(platformdirs.user_config_dir("repo-mhm", appauthor=False)) / "config.toml"


def may_be_configured(repository: Path, environ: Mapping[str, str] | None = None) -> bool:
    """Whether anything may set a setting for the repository, so that `config` must be asked."""
    variables = os.environ if environ is None else environ
    if any(name.startswith(PREFIX) for name in variables):
        return True
    return user_file().exists() or os.path.lexists(repository / REPOSITORY_FILE)
