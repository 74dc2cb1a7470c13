"""Formats that other tools read: their names, and the lines that editors and CI servers expect.

`vimgrep` is what grep prints for editors, and `quickfix` what compilers print: with a severity, it
fits Vim's default `errorformat` and a problem matcher of VS Code. `github` is a command that GitHub
turns into an annotation. `sarif` has its own module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.errors import UsageError
from repo_mhm.formatting import safe, single_line

if TYPE_CHECKING:
    from repo_mhm.cli.file_links import FileLinks
    from repo_mhm.review.findings import Severity

LOCATION_FORMATS = ("vimgrep", "quickfix", "github", "sarif")
"""Formats of locations, whatever command found them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the repository and what is to be said of it."""

    path: str
    """Relative to the repository's root."""
    line: int
    message: str
    column: int = 1
    severity: Severity = "info"
    category: str = ""
    title: str = ""


def chosen_format(name: str | None, flags: Mapping[str, bool], default: str = "text") -> str:
    """The format of `--format`, or of the option that stands for one; else the default.

    `flags` has by format whether its own option is given. Raises UsageError where two differ.
    """
    named = [form for form, is_given in flags.items() if is_given]
    if name is not None:
        named.insert(0, name)
    if len(set(named)) > 1:
        first, second = dict.fromkeys(named)
        raise UsageError(
            f"the formats {first} and {second} exclude each other", hint="Name one of them."
        )
    return named[0] if named else default


def print_problems(problems: Iterable[Problem], form: str, links: FileLinks) -> None:
    """Write each problem to stdout, on one line; `links` says how its path is shown."""
    from repo_mhm.cli.terminal import print_line

    for problem in problems:
        if form == "github":
            sys.stdout.write(f"{github(problem)}\n")
        else:
            line = vimgrep if form == "vimgrep" else quickfix
            print_line(line(problem, links.for_editors(problem.path)))


def print_locations(problems: Sequence[Problem], form: str, links: FileLinks) -> None:
    """Write locations that a question found to stdout, in one of LOCATION_FORMATS."""
    if form != "sarif":
        print_problems(problems, form, links)
        return
    from json import dumps

    from repo_mhm.cli.sarif import located_sarif
    from repo_mhm.formatting import escaped_json

    document = dumps(located_sarif(problems), ensure_ascii=False)
    sys.stdout.write(f"{escaped_json(document)}\n")


def vimgrep(problem: Problem, shown_path: str) -> str:
    """`path:line:column:text`, tabs as they are in the file."""
    text = safe(problem.message.removesuffix("\r")).replace("\n", " ")
    return f"{shown_path}:{problem.line}:{problem.column}:{text}"


_QUICKFIX_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def quickfix(problem: Problem, shown_path: str) -> str:
    """`path:line:column: severity: text [category]`, as compilers print it."""
    category = f" [{problem.category}]" if problem.category else ""
    place = f"{shown_path}:{problem.line}:{problem.column}"
    return (
        f"{place}: {_QUICKFIX_LEVELS[problem.severity]}: {single_line(problem.message)}{category}"
    )


def github(problem: Problem) -> str:
    """A command of GitHub's workflows."""
    level = _GITHUB_LEVELS[problem.severity]
    title = _escaped(problem.title, "%\r\n:,")
    if not problem.path:
        return f"::{level} title={title}::{_escaped(problem.message, _TEXT)}"
    place = f"file={_escaped(problem.path, _PROPERTY)},line={problem.line}"
    return f"::{level} {place},title={title}::{_escaped(problem.message, _TEXT)}"


_TEXT = "%\r\n"
_PROPERTY = "%\r\n:,"


def _escaped(text: str, characters: str) -> str:
    """The text with these characters escaped, so that it can neither end nor begin a command."""
    for char in characters:
        text = text.replace(char, f"%{ord(char):02X}")
    return safe(text)
