"""What holds for every command and subcommand: help, common options, errors in usage."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

from repo_mhm.cli import fast_path, hook, mcp, options, run_options
from repo_mhm.cli.command_line import typed_flags
from repo_mhm.cli.program import app
from repo_mhm.config import Settings
from repo_mhm.errors import ConfigError, UsageError
from repo_mhm.git.hook_scripts import REVIEWS, STAGES
from repo_mhm.mcp.clients import CLIENTS
from repo_mhm.review.findings import SEVERITIES
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

PROGRAM: Any = typer.main.get_command(app)
COMMON = {"-C", "--color", "--quiet", "-q", "--verbose", "-v"}
WITHOUT_JSON = {"chat", "mcp"}
"""Commands that print no data: a terminal UI and a server."""
GROUPS = {"", "hook", "memory", "model", "config", "bench"}
LONGEST_SHORT_HELP = 68
"""Columns of 80 that the description of a command has."""


def commands(command: Any = PROGRAM, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command and group, by the words that name it."""
    yield " ".join(path), command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = list(commands())


def option_names(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


@pytest.fixture(autouse=True)
def default_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run sets in its process is as it was, after the test."""
    monkeypatch.setattr(run_options, "_output", type(run_options._output)())
    logger = logging.getLogger("repo_mhm")
    for name, value in (("handlers", []), ("level", logger.level), ("propagate", True)):
        monkeypatch.setattr(logger, name, value)


def refused(*words: str) -> UsageError | ConfigError:
    """What the program says to wrong usage."""
    with pytest.raises((UsageError, ConfigError)) as caught:
        PROGRAM.main(list(words), "repo-mhm", standalone_mode=False)
    assert caught.value.exit_code == 2
    return caught.value


def printed(*words: str) -> str:
    """What the program prints on stdout, in this process."""
    with redirect_stdout(io.StringIO()) as out:
        assert not PROGRAM.main(list(words), "repo-mhm", standalone_mode=False), words
    return out.getvalue()


# The whole tree -----------------------------------------------------------------------------------


def test_help_has_examples_and_the_common_options() -> None:
    for words, _ in COMMANDS:
        shown = printed(*words.split(), "-h")
        assert shown == printed(*words.split(), "--help")
        assert "\n  Examples:\n    repo-mhm" in shown, words
        for name in ("-C DIR", "--color auto|always|never", "-q, --quiet", "-v, --verbose"):
            assert name in shown, words
        assert max(map(len, shown.splitlines())) <= 80, words
        assert "default: (" not in shown, words
        assert "<str>" not in shown, words
        assert "<list" not in shown, words
        assert "..." not in shown.partition("Commands:")[2], words


def test_choices_that_are_spelled_to_start_sooner_are_all_there_are() -> None:
    fields = Settings.model_fields
    assert get_args(hook.Stage) == STAGES
    assert get_args(options.ReviewStage) == REVIEWS
    assert get_args(options.Severity) == fast_path.SEVERITIES == SEVERITIES
    assert options.Selector == fields["selector"].annotation
    assert options.Depth == fields["depth"].annotation
    assert get_args(mcp.ClientName) == tuple(CLIENTS)


def test_common_options_stand_before_and_behind_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ["-C", str(tmp_path), "--color", "never", "-q", "-v"]
    for words, command in COMMANDS:
        assert option_names(command) >= COMMON, words
        assert "--json" in option_names(command) or words in WITHOUT_JSON | GROUPS
        assert printed(*common, *words.split(), "-h"), words
        assert printed(*words.split(), *common, "-h"), words


def test_wrong_usage_is_one_error_with_a_hint() -> None:
    for words, _ in COMMANDS:
        unknown = refused(*words.split(), "--no-such-option")
        assert unknown.message == "there is no option '--no-such-option'"
        assert f"See {' '.join(['repo-mhm', *words.split()])} --help." in unknown.hint

        color = refused(*words.split(), "--color", "sometimes")
        assert color.message == "--color: 'sometimes' is not one of 'auto', 'always', 'never'"


def test_a_group_without_a_command_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in GROUPS:
        with pytest.raises(SystemExit) as ended:
            PROGRAM.main(words.split(), "repo-mhm")
        shown = capsys.readouterr()
        assert (ended.value.code, shown.out) == (2, ""), words
        assert "Usage: repo-mhm" in shown.err and "Commands:" in shown.err, words


def test_choices_are_completed_and_an_unknown_one_names_the_option() -> None:
    for words, command in COMMANDS:
        context = command.make_context("x", [], resilient_parsing=True)
        for parameter in command.params:
            choices = parameter.type_descriptor.choices
            if choices and parameter.param_type_name == "option":
                name = max(parameter.opts, key=len)
                error = refused(*words.split(), name, "nonsense")
                assert error.message.startswith(f"{name}: 'nonsense' is not one of")
                offered = {item.value for item in parameter.shell_complete(context, "")}
                assert offered >= set(choices), (words, name)


def test_a_folder_is_named_by_an_argument_or_by_repo() -> None:
    for words, command in COMMANDS:
        if "path" in option_names(command):
            error = refused(*words.split(), "here", "--repo", "there")
            assert error.message == "two folders are named: 'here' and --repo 'there'"


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["aks", "x"], "there is no command 'aks'", "Did you mean repo-mhm ask?"),
        (["memory", "shwo"], "there is no command 'shwo'", "Did you mean repo-mhm memory show?"),
        (["who", "calls", "get"], "there is no command 'who'", "To ask a question: repo-mhm ask"),
        (["who calls get?"], "there is no command", "To ask a question: repo-mhm ask QUESTION"),
        (["zzz"], "there is no command 'zzz'", "See repo-mhm --help."),
        (["ask", "--modle", "x"], "there is no option '--modle'", "Did you mean --model? See"),
        (["memory", "diff"], "missing argument 'BEFORE'", "See repo-mhm memory diff --help."),
        (["index", "a", "b"], "got unexpected extra argument(s) (b)", "See repo-mhm index"),
        (["index", "--heads", "0"], "--heads: 0 is less than 1", "Give a whole number from 1"),
        (["index", "--heads", "abc"], "--heads: 'abc' is no whole number", "See repo-mhm index"),
        (["search", "--limit", "1.5", "x"], "--limit: '1.5' is no whole number", "See"),
        (["--json", "status"], "--json goes behind the command", "repo-mhm status --json"),
        (["log", "-n", "-1"], "-n: ", "See repo-mhm log --help."),
        (["log", "--count", "-1"], "--count: ", "See repo-mhm log --help."),
        (["search", "-m", "x", "word"], "-m is for --rerank only", "or leave -m out"),
        (["search", "--model=x", "word"], "--model is for --rerank only", "leave --model out"),
        (["review", "-m", "x", "--no-model"], "-m cannot be combined with --no-model", ""),
    ],
)
def test_an_error_names_what_was_typed(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str, hint: str
) -> None:
    monkeypatch.chdir(repo.root)
    error = refused(*words)
    assert message in error.message
    assert hint in error.hint


def test_spellings_are_read_up_to_two_dashes() -> None:
    typed = ["-qm", "x", "--file=a", "word", "-", "--", "--json", "-c"]
    assert typed_flags(typed) == {"-q", "-m", "--file"}


# As processes -------------------------------------------------------------------------------------


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"src/lib.py": "def load():\n    return 1\n", "main.py": "import lib\n"})


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "repo_mhm", *words],
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.slow
def test_a_run_in_another_folder_is_as_if_it_had_been_started_there(repo: TestRepo) -> None:
    parent, name = repo.root.parent, repo.root.name
    here = run(repo.root / "src", "search", "load")
    assert here.stdout.startswith("lib.py:1")
    for words in (
        ["-C", f"{name}/src", "search", "load"],
        ["search", "load", "-C", f"{name}/src"],
        ["-C", name, "search", "-C", "src", "load"],
        ["search", "-C", name, "-C", "src", "load"],
    ):
        assert run(parent, *words).stdout == here.stdout
    missing = run(parent, "-C", "missing", "status")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "'missing' cannot be entered" in missing.stderr


@pytest.mark.slow
def test_colours_are_as_chosen_and_the_layout_stays(repo: TestRepo) -> None:
    plain = run(repo.root, "search", "load")
    assert "\x1b" not in plain.stdout
    for words, variables in (
        (["--color", "always"], {}),
        (["--color=always"], {"NO_COLOR": "1"}),
        ([], {"FORCE_COLOR": "1"}),
    ):
        coloured = run(repo.root, "search", "load", *words, **variables)
        assert "\x1b[36m" in coloured.stdout
        assert "lib.py:1" in coloured.stdout
    for words, variables in (
        (["--color", "never"], {"FORCE_COLOR": "1"}),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}),
        ([], {"FORCE_COLOR": "0"}),
    ):
        assert run(repo.root, "search", "load", *words, **variables).stdout == plain.stdout


@pytest.mark.slow
def test_quiet_leaves_remarks_out_and_verbose_says_what_is_done(repo: TestRepo) -> None:
    assert run(repo.root, "search", "zebra").stderr
    quiet = run(repo.root, "search", "-q", "zebra")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, "", "")
    verbose = run(repo.root, "-v", "search", "load").stderr
    assert "git " in verbose
    assert str(repo.root) in verbose
    wrong = run(repo.root, "-q", "status", "--nope")
    assert (wrong.returncode, "error: " in wrong.stderr) == (2, True)


def test_a_variable_that_sets_nothing_is_a_warning(repo: TestRepo) -> None:
    done = run(repo.root, "config", "show", "heads", REPO_MHM_HAEDS="3", REPO_MHM_HEADS="5")
    assert (done.returncode, done.stdout) == (0, "5\n")
    assert "REPO_MHM_HAEDS sets nothing; did you mean REPO_MHM_HEADS?" in done.stderr


def test_the_version_for_people_and_for_scripts() -> None:
    for words in (["-V"], ["--version"]):
        assert printed(*words).startswith("repo-mhm ")
    for words in (["-V", "--json"], ["--json", "--version"]):
        values = json.loads(printed(*words))
        assert values.keys() == {"schema", "version", "python", "system"}
