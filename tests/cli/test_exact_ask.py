"""`ask` answers what code alone can say at once, without a model and the rest of the program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MakeRepo, TestRepo

FILES = {
    "a.py": "def load():\n    return 1\n",
    "b.py": "from a import load\n\n\ndef run():\n" + "    load()\n" * 15,
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo(FILES)
    # The first question scans the source; the others find it.
    ask(repo, "who calls load?", "--no-model")
    return repo


def ask(repo: TestRepo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "repo_mhm", "ask", *arguments],
        cwd=repo.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_lines_are_the_answer(repo: TestRepo) -> None:
    done = ask(repo, "who", "calls", "load?")

    heading, *lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert heading == "15 callers of load, 12 shown; --all lists all"
    assert lines[0].split()[:2] == ["b.py:5", "load()"]
    assert len(lines) == 12


def test_all_lines_as_json(repo: TestRepo) -> None:
    done = ask(repo, "--json", "--all", "who calls load?")

    values = json.loads(done.stdout)
    assert (values["kind"], values["total"], len(values["locations"])) == ("callers", 15, 15)
    assert values["model"] == ""


def test_an_edit_that_no_index_has_read_counts(repo: TestRepo) -> None:
    repo.write({"c.py": "from a import load\n\nload()\n"})
    # A slow machine reads it in the background, and is done when this process ends.
    ask(repo, "who calls load?")

    assert ask(repo, "who calls load?").stdout.startswith("16 callers of load")


def test_neither_typer_nor_settings_nor_an_engine_are_loaded(repo: TestRepo) -> None:
    code = (
        "import sys\nfrom repo_mhm.cli import main\n"
        "sys.argv = ['repo-mhm', 'ask', 'where is load()?']\n"
        "main()\nloaded = {'typer', 'pydantic', 'llama_cpp', 'repo_mhm.config', 'tree_sitter'}\n"
        "print(sorted(loaded & sys.modules.keys()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[0] == "1 definition of load"
    assert done.stdout.splitlines()[-1] == "[]"


def test_settings_of_the_repository_still_count(repo: TestRepo) -> None:
    repo.write({".repo-mhm.toml": 'ignore = ["b.py"]\n'})
    ask(repo, "who calls load?")

    assert ask(repo, "who calls load?").stdout.startswith("No callers of load were found")


def test_a_repository_that_nobody_has_asked_about_is_scanned_first(make_repo: MakeRepo) -> None:
    done = ask(make_repo(FILES), "who calls load?")

    assert done.stdout.startswith("15 callers of load")


def test_a_folder_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "repo_mhm", "ask", "--repo", "missing", "who calls load?"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "missing" in done.stderr
    assert "hint" in done.stderr
