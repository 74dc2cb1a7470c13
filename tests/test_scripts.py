"""The scripts: they parse, explain themselves and refuse nonsense; the lock pins everything."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import MakeRepo
from tests.patience import PATIENCE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [
    *sorted(path for path in (ROOT / "scripts").iterdir() if path.suffix == ""),
    ROOT / ".ci" / "run",
]


def is_bash(path: Path) -> bool:
    return path.is_file() and b"bash" in path.read_bytes()[:400]


def is_python(path: Path) -> bool:
    return path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env python3")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that has no environment yet."""
    shutil.copytree(ROOT / "scripts", tmp_path / "checkout" / "scripts")
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / "checkout")
    return tmp_path / "checkout"


def run(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if is_bash(path)], ids=lambda path: path.name
)
def test_script_parses_and_can_be_run(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)
    assert script.name.startswith("_") or os.access(script, os.X_OK)


@pytest.mark.slow
@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if is_python(path)], ids=lambda path: path.name
)
def test_python_script_explains_itself(script: Path) -> None:
    """It imports what it needs from the package, which moves."""
    done = subprocess.run(
        [sys.executable, script, "--help"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")


def test_every_python_script_is_type_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    checked = {name for name in project["tool"]["mypy"]["files"] if name.startswith("scripts/")}
    scripts = {f"scripts/{path.name}" for path in SCRIPTS if is_python(path)}
    scripts |= {f"scripts/{path.name}" for path in (ROOT / "scripts").glob("*.py")}
    assert checked == scripts


@pytest.mark.parametrize(
    "arguments",
    [(), ("--repo",), ("why?", "--read"), ("why?", "--repo", "/nonexistent"), ("--deep",)],
)
def test_ask_refuses_nonsense_before_making_anything(
    checkout: Path, arguments: tuple[str, ...]
) -> None:
    done = run(checkout / "scripts" / "ask", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: " in done.stderr
    assert not (checkout / ".venv").exists()


def test_ask_explains_itself(checkout: Path) -> None:
    done = run(checkout / "scripts" / "ask", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--repo PATH" in done.stdout
    assert not (checkout / ".venv").exists()


@pytest.fixture
def calls(checkout: Path) -> Path:
    """Where a checkout's `repo-mhm` and pip note how they are called; the first answers on stdout.

    All but llama.cpp is installed. KIND is what code makes of the question.
    """
    commands = checkout / ".venv" / "bin"
    commands.mkdir(parents=True)
    log = checkout / "calls"
    pip = f'case "$*" in "-m pip"*) echo "pip: $*" >>{log}; exit ${{FAILING_PIP:-0}};; esac'
    load = 'case "$*" in *llama_library*) exit ${FAILING_LOAD:-0};; esac'
    kind = 'echo "{\\"kind\\": \\"${KIND:-free}\\"}"'
    answer = f'case "$*" in *--json*) {kind};; *) echo "said by $1";; esac'
    programs = {
        "python": f'{pip}\n{load}\nexec {sys.executable} "$@"',
        "repo-mhm": f'echo "$PWD: $*" >>{log}\n{answer}\n[ "$1" != "${{FAILING:-}}" ]',
    }
    for name, line in programs.items():
        (commands / name).write_text(f"#!/bin/sh\n{line}\n")
        (commands / name).chmod(0o755)
    mark_installed(checkout, "runtime")
    return log


def mark_installed(checkout: Path, name: str) -> None:
    code = f"source {checkout / 'scripts' / '_environment'}; mark_current {name}"
    subprocess.run(["bash", "-c", code], check=True)


def steps(calls: Path) -> list[str]:
    """What was called, without the folder it was called in."""
    return [line.partition(": ")[2] for line in calls.read_text().splitlines()]


def test_ask_answers_first_and_reads_only_if_asked(
    checkout: Path, calls: Path, tmp_path: Path
) -> None:
    mark_installed(checkout, "llama")
    done = run(checkout / "scripts" / "ask", "why?", "--repo", str(tmp_path), "--quiet")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    assert calls.read_text() == f"{tmp_path}: model pull\n{tmp_path}: ask why? --quiet\n"

    calls.unlink()
    done = run(checkout / "scripts" / "ask", "why?", "--repo", str(tmp_path), "--read", "5m")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    assert steps(calls) == ["model pull", "ask why?", "index --budget 5m"]


def test_ask_ends_as_the_answer_ends(checkout: Path, calls: Path) -> None:
    mark_installed(checkout, "llama")
    done = run(checkout / "scripts" / "ask", "why?", "--read=5m", FAILING="ask")
    assert done.returncode == 1
    assert "index" not in calls.read_text()


def test_ask_answers_by_code_before_llama_cpp_is_installed(checkout: Path, calls: Path) -> None:
    done = run(checkout / "scripts" / "ask", "who calls f", "--quiet", KIND="callers")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    assert steps(calls) == ["search --json --limit 1 -- who calls f", "ask who calls f --quiet"]


def test_ask_shows_locations_while_llama_cpp_is_installed(checkout: Path, calls: Path) -> None:
    done = run(checkout / "scripts" / "ask", "why?")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    assert "said by search" in done.stderr
    taken = steps(calls)
    assert taken[:2] == ["search --json --limit 1 -- why?", "search --limit 5 -- why?"]
    assert taken[-2:] == ["model pull", "ask why?"]
    assert any("--only-binary llama-cpp-python" in step for step in taken)

    calls.unlink()
    done = run(checkout / "scripts" / "ask", "why?")
    assert steps(calls) == ["model pull", "ask why?"], "installed once"


def test_a_wheel_that_does_not_run_here_gives_way_to_a_build(checkout: Path, calls: Path) -> None:
    done = run(checkout / "scripts" / "ask", "why?", FAILING_LOAD="1")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    pips = [step.removeprefix("-m pip ") for step in steps(calls) if step.startswith("-m pip")]
    assert "--only-binary" in pips[0]
    assert pips[1] == "uninstall --yes llama-cpp-python"
    assert "--no-binary llama-cpp-python" in pips[2]
    assert "requirements.lock" in pips[2], "the locked version"


def test_ask_does_without_llama_cpp_where_it_cannot_be_compiled(
    checkout: Path, calls: Path
) -> None:
    done = run(checkout / "scripts" / "ask", "why?", "--read=5m", FAILING_PIP="1")
    assert (done.returncode, done.stdout) == (0, "said by ask\n")
    assert "error: llama.cpp could not be installed" in done.stderr
    assert "index" not in calls.read_text()


def test_ask_compiles_nothing_for_a_server(checkout: Path, calls: Path) -> None:
    server = {"REPO_MHM_SERVER": "http://localhost:1", "REPO_MHM_SERVER_MODEL": "a"}
    done = run(checkout / "scripts" / "ask", "why?", **server)
    assert (done.returncode, steps(calls)) == (0, ["ask why?"])


@pytest.mark.parametrize("name", ["ask", "test", "check"])
def test_without_python_the_script_says_what_is_missing(
    checkout: Path, tmp_path: Path, name: str
) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    for command in ("bash", "dirname", "cat", "env"):
        found = shutil.which(command)
        assert found
        (commands / command).symlink_to(found)
    done = run(checkout / "scripts" / name, "why?", PATH=str(commands))
    assert done.returncode == 1
    assert "no Python 3.10 or newer" in done.stderr
    assert "PYTHON=" in done.stderr


@pytest.mark.slow
def test_failed_installation_is_explained_and_tried_again(checkout: Path) -> None:
    for _ in range(2):
        done = run(
            checkout / "scripts" / "check",
            PIP_NO_INDEX="1",
            PIP_CONFIG_FILE=os.devnull,
            PIP_FIND_LINKS="",
        )
        assert done.returncode == 1
        assert "error: installing failed" in done.stderr
        assert "run this again" in done.stderr
    assert not list((checkout / ".venv").glob(".installed-*"))


def locked() -> dict[str, list[str]]:
    """Pins by normalised name."""
    pins: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if not line.startswith("#"):
            name, _, version = line.partition("==")
            pins.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(version.split(" ")[0])
    return pins


def test_lock_pins_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    declared += project["project"]["optional-dependencies"]["llama"]
    for requirement in declared:
        name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
        assert re.sub(r"[-_.]+", "-", name).lower() in locked(), (
            f"{name} is not locked: run scripts/lock"
        )


def test_lock_holds_versions_and_nothing_of_the_machine_it_was_made_on() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [^/@]+)?", line), (
            line
        )
    assert not re.search(
        r"https?:|file:|/(home|root|work|opt|tmp)/", (ROOT / "requirements.lock").read_text()
    )


def test_lock_has_what_runs_these_tests() -> None:
    assert metadata.version("pytest") in locked()["pytest"]


@pytest.mark.slow
def test_bench_ask_times_exact_and_free_questions(make_repo: MakeRepo, tmp_path: Path) -> None:
    code = "def feed_okapi():\n    return 1\n\n\ndef zoo():\n    return feed_okapi()\n"
    repo = make_repo({"zoo.py": code})
    questions = tmp_path / "questions"
    questions.write_text('where is `feed_okapi` defined?\n{"question": "why feed an okapi?"}\n')
    ask = [sys.executable, "-m", "repo_mhm", "ask", "--no-model", "okapi", "--repo", repo.root]
    subprocess.run(ask, check=True, capture_output=True, timeout=PATIENCE)

    script = [sys.executable, ROOT / "scripts" / "bench_ask", "--repo", repo.root, "--no-model"]
    command = [*script, "--questions", questions]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert [timing["kind"] for timing in figures["questions"]] == ["definition", "free"]
    assert all(0 < timing["locations"] <= timing["total"] for timing in figures["questions"])
    assert figures["exact"]["questions"] == figures["free"]["questions"] == 1

    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.startswith("locations    first    target     total  met")
    assert "exact questions: 1" in done.stdout
    assert "locations: median" in done.stdout
