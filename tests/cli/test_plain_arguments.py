"""What is read without typer means what typer would read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from repo_mhm.cli import chat_start, fast_path, run_options
from repo_mhm.cli.exact_ask import plain_question
from repo_mhm.cli.plain_arguments import PlainArguments
from repo_mhm.cli.program import app
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

PROGRAM: Any = typer.main.get_command(app)
WORDS = [
    "ask",
    "review",
    "chat",
    "who",
    "-",
    "",
    "--",
    "x=y",
    "always",
    "pre-commit",
    "error",
    "-x",
]
OPTIONS = sorted(
    {
        name
        for command in (PROGRAM, *(PROGRAM.commands[name] for name in ("ask", "review", "chat")))
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("-")
    }
    - {"-h", "--help", "--version", "-V", "--install-completion", "--show-completion"}
)
ATTACHED = [f"{name}={value}" for name in OPTIONS for value in ("x", "always", "")]
CLUSTERS = ["-qm", "-qv", "-C.", "-mx", "-q-"]
arguments = st.lists(st.sampled_from([*WORDS, *OPTIONS, *ATTACHED, *CLUSTERS]), max_size=6)


class Recorder:
    """What typer reads of a command line; nothing is run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.values: dict[str, Any] | None = None
        self.folders: list[str] = []
        self.color = "auto"
        self.is_quiet = False
        for name in ("ask", "review", "chat"):
            monkeypatch.setattr(PROGRAM.commands[name], "callback", self._keep)
        monkeypatch.setattr(run_options, "enter", lambda folder: self.folders.append(str(folder)))
        monkeypatch.setattr(run_options, "set_color", lambda color: setattr(self, "color", color))
        monkeypatch.setattr(run_options, "set_quiet", lambda: setattr(self, "is_quiet", True))

    def _keep(self, **values: Any) -> None:
        self.values = values

    def read(self, command_line: list[str]) -> dict[str, Any] | None:
        """The options of the command, by name; None where typer refuses them."""
        self.values, self.folders, self.color, self.is_quiet = None, [], "auto", False
        try:
            PROGRAM.main(command_line, standalone_mode=False)
        except Exception:  # noqa: BLE001  whatever it says, it was no plain command line
            return None
        return self.values


def differing(values: dict[str, Any], command: str) -> dict[str, Any]:
    """The options that are not what they are by default."""
    defaults = {each.name: each.default for each in PROGRAM.commands[command].params}
    return {
        name: value
        for name, value in values.items()
        if value != defaults[name] and (value or defaults[name])
    }


def check_common_options(recorder: Recorder, plain: PlainArguments) -> None:
    assert recorder.folders == [str(Path(folder)) for folder in plain.folders]
    assert recorder.color == plain.values.get("--color", "auto")
    assert recorder.is_quiet == plain.is_quiet


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


generated = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@generated
@given(rest=arguments)
@example(rest=["who", "--repo", "x", "-q", "--color=never", "-C", "a", "-C", "b"])
@example(rest=["--all", "who", "--json", "--no-source", "--no-model", "--repo=x"])
@example(rest=["--all", "who", "--repo=x", "--repo", "y"])
def test_a_question_is_read_as_typer_reads_it(recorder: Recorder, rest: list[str]) -> None:
    for command_line in (["ask", *rest], ["-C", "z", "-q", "ask", *rest], rest):
        plain = plain_question(command_line)
        if plain is None:
            continue
        values = recorder.read(command_line)
        assert values is not None, command_line
        read = differing(values, "ask")
        read.pop("quiet", None)  # the answer is quiet wherever the option stands
        assert read.pop("question") == plain.words
        repos = [Path(plain.values["--repo"])] if "--repo" in plain.values else None
        assert read.pop("repo", None) == repos
        flags = {"show_all": "--all"}
        names = {flags.get(name, f"--{name.replace('_', '-')}") for name in read}
        assert names == plain.flags - {"-q", "--quiet"}
        check_common_options(recorder, plain)


@generated
@given(rest=arguments)
@example(rest=["--hook", "pre-commit", "--fail-on", "error", "--timeout", "60s", "-m", "x"])
def test_a_review_is_skipped_only_where_typer_reads_the_same_hook(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, rest: list[str]
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(fast_path, "nothing_staged", lambda repo: not looked_at.append(repo))
    for command_line in (["review", *rest], ["review", "--hook=pre-commit", *rest]):
        looked_at.clear()
        if fast_path.nothing_to_review(command_line):
            values = recorder.read(command_line)
            assert values is not None, command_line
            assert values["hook"] == "pre-commit"
            assert str(values["repo"]) == str(Path(looked_at[0]))


@generated
@given(rest=arguments)
@example(rest=["x", "-m", "y", "-C", "a", "-q"])
@example(rest=["--repo=x", "--model", "y"])
@example(rest=["x", "--repo", "x"])
def test_the_chat_is_opened_only_as_typer_reads_it(recorder: Recorder, rest: list[str]) -> None:
    for command_line in (["chat", *rest], ["-C", "z", "-q", "chat", *rest]):
        plain = chat_start.plain_chat(command_line)
        if plain is None:
            continue
        values = recorder.read(command_line)
        assert values is not None, command_line
        assert values == {"path": chat_start.folder_of(plain), "model": chat_start.model_of(plain)}
        check_common_options(recorder, plain)


@pytest.mark.parametrize(
    "command_line",
    [
        ["ask", "--", "who calls load"],
        ["ask", "-qm", "x", "who"],
        ["ask", "--thorough", "who"],
        ["ask", "--all"],
        ["ask", "--repo"],
        ["ask", "--repo", "--all", "who"],
        ["ask", "-"],
        ["-v", "ask", "who"],
        ["search", "who"],
        ["--color", "ask", "who"],
        [],
    ],
)
def test_what_is_not_plain_is_left_to_typer(command_line: list[str]) -> None:
    plain = plain_question(command_line)
    assert plain is None or plain.words == ["-"]


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"src/a.py": "def load():\n    return 1\n\n\nload()\n"})


WITHOUT_FAST_PATHS = """
import sys
from repo_mhm.cli import exact_ask, fast_path, main
fast_path.nothing_to_review = exact_ask.answered_exactly = lambda arguments: False
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "command_line",
    [
        ["ask", "who", "calls", "load"],
        ["-C", "src", "ask", "-q", "--color", "never", "where is load"],
        ["ask", "--repo", "missing", "who calls load"],
        ["-C", "missing", "ask", "who calls load"],
        ["review", "--hook", "pre-commit", "--fail-on", "error"],
        ["review", "--hook", "pre-commit", "--fail-on", "nothing"],
        ["-C", "src", "review", "--hook", "pre-commit"],
    ],
)
def test_both_ways_print_the_same(repo: TestRepo, command_line: list[str]) -> None:
    def run(*program: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, *program, *command_line],
            cwd=repo.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        remarks = [
            line
            for line in done.stderr.splitlines()
            if not line.startswith("hint: See") and " s, without" not in line
        ]
        return done.returncode, done.stdout, "\n".join(remarks)

    run("-m", "repo_mhm")  # the first question of all scans
    assert run("-m", "repo_mhm") == run("-c", WITHOUT_FAST_PATHS)


def test_a_hook_with_nothing_to_do_loads_no_slow_module(repo: TestRepo) -> None:
    code = (
        "import sys\nfrom repo_mhm.cli import main\n"
        "sys.argv = ['repo-mhm', '-q', 'review', '--hook', 'pre-commit']\n"
        "main()\nprint(sorted({'dataclasses', 'inspect', 'typer', 'git'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "[]\n"
