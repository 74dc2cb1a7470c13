"""Safe Python: processes that import nothing from the repository that is read.

A repository is hostile: its folder `multiprocessing/` or its file `signal.py` would run in any
Python process that has the repository, the current folder or the caller's PYTHON* variables on its
import path. `python -c` and `python -m` put the current folder there, and multiprocessing starts
its processes so.

Owns how the product starts Python, and what it removes from its own import path. Every Python
process that it starts uses `command` and `environment`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from site import getsitepackages

PACKAGE_ROOT = str(Path(__file__).resolve().parents[1])
"""The folder this package was imported from."""
SAFE_FOLDER = Path(PACKAGE_ROOT).anchor
"""The working folder of a process that needs none."""
_STANDARD_LIBRARY = Path(os.__file__).parent

# Isolated mode (-I) leaves out the current folder, PYTHON* variables and the user's own packages.
# This package may lie in one of those (`pip install --user`, a checkout on PYTHONPATH), so its
# folder is added again, behind the standard library.
_BOOTSTRAP = """\
import runpy, sys
root, module = sys.argv[1:3]
del sys.argv[1:3]
if root not in sys.path:
    packages = (n for n, folder in enumerate(sys.path) if folder.endswith("-packages"))
    sys.path.insert(next(packages, len(sys.path)), root)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def command(module: str, *arguments: str) -> list[str]:
    """A command that runs `module` as `python -m` would, with only installed code to import."""
    return [sys.executable, "-I", "-c", _BOOTSTRAP, PACKAGE_ROOT, module, *arguments]


def environment() -> dict[str, str]:
    """The caller's environment without PYTHON* variables.

    `command` ignores them; a process that it starts in turn might not.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def clean_import_path() -> None:
    """Remove what belongs to the user's project from this process's import path.

    `python -m repo_mhm` puts the current folder there, and a PYTHONPATH that is meant for the
    project lists folders of the repository, or around it. Installed code stays, wherever it lies.
    What this process imported before cannot be undone.
    """
    sys.path[:] = [entry for entry in sys.path if Path(entry).is_absolute()]
    try:
        here = Path.cwd().resolve()
    except FileNotFoundError:  # deleted: nothing can be imported from it
        return
    project = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    # Python makes the folders that the variable lists absolute before it uses them.
    python_path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    listed = {Path(entry).resolve() for entry in python_path if entry}

    def may_stay(folder: Path) -> bool:
        if _is_installed(folder):
            return True
        if folder in listed:
            return not (folder.is_relative_to(project) or project.is_relative_to(folder))
        return folder != here

    sys.path[:] = [entry for entry in sys.path if may_stay(Path(entry).resolve())]


def _is_installed(folder: Path) -> bool:
    """Whether it is this package's folder, or one of Python's own for installed code.

    Those are named one by one: below `sys.prefix`, which may be /usr, lie projects as well.
    """
    libraries = (_STANDARD_LIBRARY, *map(Path, getsitepackages()))
    is_library = any(folder.is_relative_to(library.resolve()) for library in libraries)
    return is_library or str(folder) == PACKAGE_ROOT
