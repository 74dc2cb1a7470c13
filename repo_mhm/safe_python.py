"""Python processes that import nothing from the repository being read. Every one the product starts begins here.

A repository is hostile: a folder `multiprocessing/` or a file `signal.py` in it would run in any Python process that
has the repository, the current folder or the caller's PYTHON* variables on its import path. `python -c` and
`python -m` put the current folder there, so multiprocessing, which uses them, is not safe before Python 3.11.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PACKAGE_ROOT = str(Path(__file__).resolve().parents[1])
"""The folder this very package was imported from."""
SAFE_FOLDER = Path(PACKAGE_ROOT).anchor
"""The working folder of a process that needs none."""

# Isolated mode (-I) leaves out the current folder, PYTHON* variables and the user's own packages. This package may lie
# in one of those (`pip install --user`, a checkout on PYTHONPATH): its folder is added behind the standard library.
_BOOTSTRAP = """\
import runpy, sys
root, module = sys.argv[1:3]
del sys.argv[1:3]
if root not in sys.path:
    sys.path.insert(next((n for n, p in enumerate(sys.path) if p.endswith("-packages")), len(sys.path)), root)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def command(module: str, *arguments: str) -> list[str]:
    """A command that runs `module` as `python -m` would, with nothing but installed code on its import path."""
    return [sys.executable, "-I", "-c", _BOOTSTRAP, PACKAGE_ROOT, module, *arguments]


def environment() -> dict[str, str]:
    """The caller's environment without PYTHON* variables, for a process and whatever that process starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def clean_import_path() -> None:
    """Take the current folder off this process's own import path, as far as it is not too late for that.

    `python -m repo_mhm` puts it there, and so does a PYTHONPATH that is meant for the user's project. What is installed
    stays, wherever it lies.
    """
    here = Path.cwd()
    listed = set(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    installed = [Path(folder).resolve() for folder in (PACKAGE_ROOT, sys.prefix, sys.base_prefix)]

    def is_wanted(entry: str) -> bool:
        folder = Path(entry).resolve()
        if not Path(entry).is_absolute():
            return False
        if any(folder.is_relative_to(place) for place in installed):
            return True
        return folder != here and not (entry in listed and folder.is_relative_to(here))

    sys.path[:] = [entry for entry in sys.path if is_wanted(entry)]
