"""Nothing that lies in a repository runs, whatever the command and whatever PYTHONPATH says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from repo_mhm import safe_python
from repo_mhm.cli.program import app
from repo_mhm.git import open_snapshot
from repo_mhm.models.manifest import Part
from repo_mhm.models.sources import download_wheel
from repo_mhm.source.scan import scan
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

# Standard modules that Python, multiprocessing, pip and git hooks import, and packages that the
# product imports.
NAMES = (
    "multiprocessing", "signal", "pickle", "runpy", "threading", "subprocess", "socket", "json",
    "typing", "random", "logging", "encodings", "sitecustomize", "usercustomize", "concurrent",
    "tempfile", "sqlite3", "pip", "git", "typer", "rich", "click", "pydantic", "tree_sitter",
    "textual", "llama_cpp", "filelock", "platformdirs", "rustworkx",
    "humanize", "psutil", "repo_mhm", "tui",
)  # fmt: skip
COMMANDS = {
    "ask": ["ask", "--from", "source", "what does f do?"],
    "bench report": ["bench", "report", "log.jsonl"],
    "bench retention": ("bench retention log.jsonl --repo . --arms bm25 --lengths 1000".split()),
    "chat": ["chat"],
    "chunks": ["chunks"],
    "doctor": ["doctor"],
    "gc": ["gc"],
    "hook install": ["hook", "install"],
    "hook status": ["hook", "status"],
    "hook uninstall": ["hook", "uninstall"],
    "index": ["index", "--budget", "1s"],
    "log": ["log"],
    "map": ["map"],
    "mcp install": ["mcp", "install", "zed", "--print"],
    "mcp uninstall": ["mcp", "uninstall", "zed"],
    "memory diff": ["memory", "diff"],
    "memory export": ["memory", "export"],
    "memory search": ["memory", "search", "f"],
    "memory show": ["memory", "show"],
    "model add": ["model", "add", "none.gguf"],
    "model list": ["model", "list"],
    "model pull": ["model", "pull", "none"],
    "model remove": ["model", "remove", "none"],
    "model use": ["model", "use", "none"],
    "model verify": ["model", "verify"],
    "plan": ["plan"],
    "review": ["review"],
    "config path": ["config", "path"],
    "config set": ["config", "set", "heads", "8"],
    "config show": ["config", "show"],
    "config unset": ["config", "unset", "heads"],
    "search": ["search", "f"],
    "status": ["status"],
    "watch": ["watch", "--once"],
}
"""Each command with arguments that make it look at the repository around it."""


def plant(folder: Path, marker: Path) -> None:
    """Modules that write their name to `marker` when anything imports them."""
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(
            f"open({str(marker)!r}, 'a').write({name + ' '!r})\n"
        )


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "executed"


@pytest.fixture
def hostile(make_repo: MakeRepo, marker: Path) -> TestRepo:
    """A repository large enough for worker processes, with modules that must not run."""
    repo = make_repo({f"f{number}.txt": "some words in a line\n" * 25_000 for number in range(9)})
    plant(repo.root, marker)
    repo.commit({"a.py": "def f():\n    return 1\n"})
    repo.write({"a.py": "def f(a):\n    return a\n"})
    return repo


def names_of(command: Any, prefix: str = "") -> set[str]:
    """The names of a command's commands, at any depth."""
    children = getattr(command, "commands", {})
    if not children:
        return {prefix.strip()}
    return {name for key, child in children.items() for name in names_of(child, f"{prefix} {key}")}


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == names_of(typer.main.get_command(app))


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_runs_nothing_of_the_repository(
    hostile: TestRepo, marker: Path, name: str
) -> None:
    program = [sys.executable, "-I", str(Path(__file__).with_name("scripted_cli.py"))]
    done = subprocess.run(
        [*program, *COMMANDS[name]],
        cwd=hostile.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    assert not marker.exists(), marker.read_text()


def test_worker_processes_have_nothing_of_the_caller_on_their_path(
    hostile: TestRepo, marker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile.root)
    monkeypatch.setenv("PYTHONPATH", str(hostile.root))
    assert len(list(scan(open_snapshot(hostile.root), workers=2))) > len(NAMES)
    assert not marker.exists(), marker.read_text()


@pytest.mark.slow
def test_pip_has_nothing_of_the_caller_on_its_path(
    hostile: TestRepo, tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile.root)
    monkeypatch.setenv("PYTHONPATH", str(hostile.root))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(Exception, match="no such-a-package"):
        download_wheel(
            Part(requirement="such-a-package==1", member="m", size=1, sha256="0" * 64),
            folder,
            lambda done: None,
        )
    assert not marker.exists(), marker.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["pre-commit", "post-commit"])
def test_a_hook_has_nothing_of_the_caller_on_its_path(
    hostile: TestRepo, marker: Path, stage: str
) -> None:
    options = [] if stage == "pre-commit" else ["--refresh"]
    if options:
        # Only what was indexed once is refreshed.
        scripted = Path(__file__).with_name("scripted_cli.py")
        index = [sys.executable, "-I", str(scripted), "index"]
        subprocess.run(index, cwd=hostile.root, check=True, capture_output=True)
    program = safe_python.command("repo_mhm", "hook", "install", *options)
    subprocess.run(program, cwd=hostile.root, check=True, capture_output=True)
    done = subprocess.run(
        ["git", "commit", "--all", "--message", "change"],
        cwd=hostile.root,
        env={**os.environ, "PYTHONPATH": str(hostile.root)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    assert not marker.exists(), marker.read_text()


SCRIPT = """
import sys
from repo_mhm import safe_python
safe_python.clean_import_path()
sys.stdout.write("\\n".join(sys.path))
"""


@pytest.mark.parametrize("folder", ["", "src"])
@pytest.mark.parametrize(
    "python_path", ["", ".", "src", "../lib", "{root}", "{root}/lib", "{root}/.."]
)
def test_the_current_folder_and_what_python_path_lists_around_it_are_removed(
    tmp_path: Path, folder: str, python_path: str
) -> None:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / folder / "script.py").write_text(SCRIPT)  # Python adds the folder of a script
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=root / folder,
        env={**os.environ, "PYTHONPATH": python_path.format(root=root)},
        check=True,
        capture_output=True,
        text=True,
    )
    entries = done.stdout.splitlines()
    assert not [entry for entry in entries if Path(entry).is_relative_to(root)]
    assert not [entry for entry in entries if root.is_relative_to(entry)]
    assert safe_python.PACKAGE_ROOT in entries


def test_a_python_path_that_has_nothing_to_do_with_the_project_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "library"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "library"), *sys.path])
    safe_python.clean_import_path()
    assert str(tmp_path / "library") in sys.path


def test_a_project_below_the_folder_python_is_installed_in_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path.parent))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    safe_python.clean_import_path()
    assert str(tmp_path) not in sys.path
    assert safe_python.PACKAGE_ROOT in sys.path


def test_a_current_folder_that_was_deleted_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "deleted"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    folder.rmdir()
    safe_python.clean_import_path()
    assert safe_python.PACKAGE_ROOT in sys.path
    assert "" not in sys.path
