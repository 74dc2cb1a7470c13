"""The command line: options in, rendered results out.

stdout is for data, stderr for progress and diagnostics. Exit codes are 0 done, 1 failed, 2 wrong
usage or settings, 3 findings and 130 interrupted. `program` joins the commands; `main` loads it
only when `fast_path`, `exact_ask` and `chat_start` leave the command to it.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repo_mhm.cli.program import app as app

_LISTING = (["ask"], ["search"], ["status"])
"""Commands that compare the memory with all files of the working tree."""

YOUNG_OBJECTS = 50_000
"""New objects after which the youngest are looked through for garbage. Python's 700 make a start,
whose objects live until the end, take a tenth longer."""


def __getattr__(name: str) -> Any:
    if name == "app":
        from repo_mhm.cli.program import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main() -> None:
    """Run the command line and exit; every expected failure is one message and a hint on stderr."""
    try:
        from repo_mhm import safe_python

        safe_python.clean_import_path()
        gc.set_threshold(YOUNG_OBJECTS)
        # Looking for plugins of pydantic in all installed packages takes a tenth of a second.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        _run()
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        sys.exit(130)


def _run() -> None:
    from repo_mhm.cli.chat_start import opened_plainly
    from repo_mhm.cli.exact_ask import answered_exactly
    from repo_mhm.cli.fast_path import nothing_to_review
    from repo_mhm.errors import RepoMhmError

    arguments = sys.argv[1:]
    try:
        _warn_of_variables()
        is_done = (
            nothing_to_review(arguments) or answered_exactly(arguments) or opened_plainly(arguments)
        )
        if not is_done:
            _run_command()
    except RepoMhmError as exc:
        from repo_mhm.cli.terminal import print_error

        print_error(exc)
        sys.exit(exc.exit_code)


def _warn_of_variables() -> None:
    """Say which variables look like settings and set nothing."""
    if not any(name.startswith("REPO_MHM_") for name in os.environ):
        return
    from repo_mhm.config_files import unknown_variables

    for name, nearest in unknown_variables().items():
        from repo_mhm.cli.terminal import print_warning

        hint = f"; did you mean {nearest}?" if nearest else ""
        print_warning(f"the variable {name} sets nothing{hint}")


def _run_command() -> None:
    _begin_listing(sys.argv[1:])
    from repo_mhm.cli.program import app

    app()


def _begin_listing(arguments: list[str]) -> None:
    """Let git look at all files while a command is imported that will ask for that.

    Only in the current folder: for others the command line must be read first.
    """
    elsewhere = ("-C", "--repo", "--help")
    if arguments[:1] not in _LISTING or any(item.startswith(elsewhere) for item in arguments):
        return
    from repo_mhm.git import early_listing

    early_listing.begin(Path())
