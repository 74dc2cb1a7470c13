"""The pages are true: links lead to files, commands and options exist, tables are current."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from repo_mhm.cli.program import app
from repo_mhm.config import load
from repo_mhm.config_files import REPOSITORY_FILE, user_file

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DESIGN = ROOT / "repo_mhm" / "DESIGN.md"
SETTINGS = ROOT / "repo_mhm" / "SETTINGS.md"
PAGES = [
    README,
    DESIGN,
    SETTINGS,
    ROOT / "repo_mhm" / "INSTALL.md",
    ROOT / "repo_mhm" / "LIBRARY.md",
    ROOT / "repo_mhm" / "review" / "HOOKS.md",
    ROOT / "repo_mhm" / "EDITORS.md",
    ROOT / "scripts" / "RESULTS.md",
]
README_LINES = 140
HELP_COLUMNS = 78
"""Of a terminal's 80 columns the help takes two to indent the examples."""
CITING = ("repo_mhm", "tui", "tests", "scripts")

OTHER_PROGRAMS = {
    "--force-reinstall": "pip",
    "--no-cache-dir": "pip",
    "--no-deps": "pip",
    "--no-verify": "git",
    "--read": "scripts/ask",
}
"""Options that stand without their command and are not repo-mhm's; and whose they are."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


# Links and sizes


@each_page
def test_links_and_pictures_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    missing = [target for target in local if target and not (page.parent / target).exists()]
    assert not missing


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= README_LINES


def test_cited_sections_of_the_design_exist() -> None:
    sections = set(re.findall(r"^## (\d+)\. ", DESIGN.read_text("utf-8"), re.MULTILINE))
    unknown = [
        f"{path.relative_to(ROOT)}: §{number}"
        for path in _sources()
        for number in re.findall(r"DESIGN §(\d+)", path.read_text("utf-8", errors="ignore"))
        if number not in sections
    ]
    assert not unknown


def _sources() -> Iterator[Path]:
    for folder in CITING:
        for path in sorted((ROOT / folder).rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts[:-1])
            if path.is_file() and not hidden:
                yield path


# Settings


def test_the_settings_table_is_current() -> None:
    script = ROOT / "scripts" / "docs"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_example_of_a_repositorys_settings_is_accepted(tmp_path: Path) -> None:
    example = re.search(
        r"^```toml\n(.*?)^```", SETTINGS.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert example
    (tmp_path / REPOSITORY_FILE).write_text(example[1])
    settings = load(tmp_path, environ={})
    assert (settings.heads, settings.first_token_seconds, len(settings.ignore)) == (16, 3.0, 2)


def test_the_example_of_templates_is_accepted() -> None:
    page = SETTINGS.read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (example,) = (block for block in blocks if "[templates." in block)
    user_file().parent.mkdir(parents=True)
    user_file().write_text(example)
    assert load(environ={}).templates["risk"].takes_question


# Commands and options

Command = Any
"""A command of Typer's, which brings a click of its own."""
PROGRAM: Command = typer.main.get_command(app)


FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}(.*)$", re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")
NAMED = re.compile(r"(?:^|[\s/])repo-mhm (.*)")


def _mentions(page: str) -> Iterator[list[str]]:
    """Command lines of repo-mhm on a page, without its name: `["ask", "--deep", "QUESTION"]`.

    A span of code may leave the name out: `ask --deep`.
    """
    prose = FENCE.sub("", page)
    lines = [line for block in FENCE.findall(page) for line in block.splitlines()]
    spans = [" ".join(span.split()) for span in SPAN.findall(prose)]

    for code in [*lines, *INDENTED.findall(prose), *spans]:
        if named := NAMED.search(code):
            yield _words(named[1])
    for span in spans:
        if span.partition(" ")[0] in PROGRAM.commands:
            yield _words(span)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # an apostrophe in a sentence
        return text.split()


def _unknown(words: list[str]) -> str:
    """The first word of a command line that means nothing to repo-mhm; empty if all do."""
    command = PROGRAM
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]

    if getattr(command, "commands", {}) and rest and not rest[0].startswith("-"):
        return rest[0]
    options = _options(command)
    given = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return next((option for option in given if option not in options), "")


def _options(command: Command) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts}
    return own | {option for one in command.params for option in one.secondary_opts} | {"--help"}


def _all_options(command: Command) -> set[str]:
    below: Mapping[str, Command] = getattr(command, "commands", {})
    return _options(command).union(*(_all_options(each) for each in below.values()))


@each_page
def test_commands_on_the_page_exist(page: Path) -> None:
    mentions = list(_mentions(page.read_text("utf-8")))
    assert mentions
    wrong = {" ".join(words): word for words in mentions if (word := _unknown(words))}
    assert not wrong


@each_page
def test_options_that_stand_alone_exist(page: Path) -> None:
    known = _all_options(PROGRAM) | set(OTHER_PROGRAMS)
    spans = re.findall(r"`(--[^`]+)`", page.read_text("utf-8"))
    given = {word for span in spans for word in span.split() if word.startswith("--")}
    assert given <= known


def test_a_wrong_command_would_be_noticed() -> None:
    page = "`repo-mhm asks` and `repo-mhm memory find`\n\n```sh\nrepo-mhm ask --deeper x\n```\n"
    assert [_unknown(words) for words in _mentions(page)] == ["--deeper", "asks", "find"]


# Help texts


def _named_commands(command: Command = PROGRAM, name: str = "") -> Iterator[tuple[str, Command]]:
    """The program and everything below it, by name: `repo-mhm`, `repo-mhm memory show`."""
    name = f"{name} {command.name}".strip()
    yield name, command
    for below in getattr(command, "commands", {}).values():
        yield from _named_commands(below, name)


each_command = pytest.mark.parametrize(("name", "command"), list(_named_commands()))


@each_command
def test_help_ends_with_examples_that_parse(name: str, command: Command) -> None:
    title, *lines = (command.epilog or "").removeprefix("\b\n").splitlines()
    assert title == "Examples:"
    assert lines
    for line in lines:
        assert len(line) <= HELP_COLUMNS
        command_line = line.rpartition(" | ")[2].strip()
        assert command_line.startswith(name)
        _parse(shlex.split(command_line)[1:])


def _parse(words: list[str]) -> None:
    """Raises a usage error, as the program would, for words that are no command line of it."""
    command = PROGRAM
    while getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


@each_command
def test_every_option_says_what_it_does(name: str, command: Command) -> None:
    silent = [each.name for each in command.params if not getattr(each, "help", "")]
    assert not silent, name


# The layout


def test_the_layout_of_the_design_names_every_module_of_the_stages() -> None:
    section = (ROOT / "repo_mhm" / "DESIGN.md").read_text().split("\n## ")[3]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    for package, row in rows.items():
        files = (ROOT / "repo_mhm" / package).glob("*.py")
        modules = {path.stem for path in files if not path.stem.startswith("_")}
        assert modules <= set(re.findall(r"`(\w+)`", row)), package
    assert set(rows) == {path.parent.name for path in (ROOT / "repo_mhm").glob("*/__init__.py")} - {
        "cli",
        "commands",
    }
