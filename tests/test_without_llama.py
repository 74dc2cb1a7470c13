"""What works where llama.cpp is not installed: all but a model's words, and one line says why."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from repo_mhm.commands.workspace import choose_model
from repo_mhm.config import Settings
from repo_mhm.errors import LlamaMissing
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

FILES = {
    "door.py": (
        "MAX_KNOCKS = 3\n\n\n"
        "def open_door(door):\n"
        '    """Open a door that is shut."""\n'
        "    door.shut = False\n\n\n"
        "def knock(door):\n"
        "    for _ in range(MAX_KNOCKS):\n"
        "        open_door(door)\n"
    )
}
PROGRAM = """
import sys
sys.modules["llama_cpp"] = None  # to import it raises ImportError
from repo_mhm.cli import main
main()
"""


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


def run(repo: TestRepo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=repo.root,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


@pytest.mark.slow
def test_all_that_needs_no_model_needs_no_llama_cpp(repo: TestRepo) -> None:
    for arguments in (
        "chunks",
        "search shut",
        "ask who calls open_door",
        "status",
        "memory show",
        "memory search door",
        "index --dry-run",
        "review --no-model",
        "model list",
    ):
        done = run(repo, *arguments.split())
        assert (done.returncode, "llama" in done.stderr) == (0, False), done.stderr


@pytest.mark.slow
def test_a_question_gets_its_locations_and_how_to_get_an_answer(repo: TestRepo) -> None:
    done = run(repo, "ask", "how does a door open?")
    assert done.returncode == 0
    assert "door.py:" in done.stdout
    warnings = [line for line in done.stderr.splitlines() if "llama.cpp is not installed" in line]
    assert len(warnings) == 1
    assert "-m pip install llama-cpp-python" in warnings[0]


@pytest.mark.slow
def test_an_index_says_what_it_lacks(repo: TestRepo) -> None:
    done = run(repo, "index")
    assert done.returncode == 1
    assert "llama.cpp is not installed" in done.stderr
    assert "pip install llama-cpp-python" in done.stderr


@pytest.mark.slow
def test_doctor_says_how_to_get_it(repo: TestRepo) -> None:
    done = run(repo, "doctor", "--json")
    checks = json.loads(done.stdout)["checks"]
    assert done.returncode == 0, "nothing is broken"
    check = next(check for check in checks if check["name"] == "llama.cpp")
    assert check["state"] == "warning"
    assert "pip install llama-cpp-python" in check["fix"]


def test_a_server_needs_no_llama_cpp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(LlamaMissing):
        choose_model(Settings(models_dir=tmp_path), "answers")
    served = Settings(server="http://localhost:1/v1", server_model="some", models_dir=tmp_path)
    assert choose_model(served, "answers").name == "some"
