"""The environment and the options of every git process that the product starts. Starts none.

A repository's own configuration is hostile, and so are the variables that whoever calls us may have
set for another repository. A git that is started with these values

- ignores GIT_* variables, unless its caller names some to keep;
- takes no optional locks, asks nothing, opens no pager and fetches nothing, whatever a partial
  clone lacks;
- runs no hook, no file system monitor, no external diff, no text conversion and no signature check;
- stays out of submodules.

Filters are the exception, since only their names tell git which to switch off: see `no_filters` in
`git.plumbing`. Standard library only: a hook that finds nothing staged must stay fast.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

_USERS_CONFIGURATION = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    }
)
"""Variables that are always kept: they say where the user's own configuration lies."""
COMMIT_VARIABLES = frozenset(
    {
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)
"""Variables by which git tells a hook what is being committed."""
NO_FETCH = {
    # A partial clone would fetch what it lacks, with whatever command its configuration names.
    # Git before 2.39.4 does not know the first variable, hence the second, which no configuration
    # overrides.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
VARIABLES = {
    **NO_FETCH,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
"""Set for every git process."""
_OPTIONS = (
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "log.showSignature=false",
    # `git grep` would refuse to search the index or untracked files.
    "-c",
    "submodule.recurse=false",
)
_OPTIONS_BY_COMMAND = {
    "diff-files": ("--no-ext-diff", "--no-textconv"),
    "diff-index": ("--no-ext-diff", "--no-textconv"),
    "diff-tree": ("--no-ext-diff", "--no-textconv"),
    "grep": ("--no-textconv",),
    "log": ("--no-ext-diff", "--no-textconv"),
}


def arguments(folder: str, args: Sequence[str]) -> list[str]:
    """The arguments of a git process that runs `args` in a folder.

    `args` are settings (`-c name=value`), then the command with its options.
    """
    # -C, since GitPython runs git in the current folder where the wanted one is not accessible.
    at = _command_index(args)
    safe = _OPTIONS_BY_COMMAND.get(args[at], ())
    return ["-C", folder, *_OPTIONS, *args[: at + 1], *safe, *args[at + 1 :]]


def _command_index(args: Sequence[str]) -> int:
    index = 0
    while args[index] == "-c":
        index += 2
    return index


def removed_variables(kept: Collection[str] = ()) -> list[str]:
    """The names of the caller's variables that git must not see."""
    return [
        name
        for name in os.environ
        if name.startswith("GIT_") and name not in _USERS_CONFIGURATION and name not in kept
    ]


def environment(kept: Collection[str] = ()) -> dict[str, str]:
    """The whole environment of a git process, with those of the caller's variables in `kept`."""
    removed = set(removed_variables(kept))
    caller = {name: value for name, value in os.environ.items() if name not in removed}
    return {**caller, **VARIABLES}
