"""Commands that a repository itself gives: in its packages' metadata, make files and CI. Pure.

Each reader takes the text of one file and returns commands with the lines that give them. Files are
read by lines, not by parsers of YAML or make: the line is wanted anyway, and text that no parser
would take still shows its commands. Nothing is run, and a command is shown as it is written.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from repo_mhm.formatting import single_line
from repo_mhm.location import Location
from repo_mhm.pages.map_page import SeenCommand

TASKS = ("install", "build", "test", "check", "run", "docs", "release")
"""What commands are for, in the order in which a newcomer wants them."""
LONGEST_COMMAND = 160
"""Characters; a longer command is a script of its own."""
MOST_OF_TASK = 3
"""Commands for one task; those of the package come before those of CI."""
MOST_LINES = 20_000
"""How many lines of a file are read."""

_TASK_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("release", re.compile(r"\b(release|publish|deploy|upload|goreleaser|twine)\b")),
    ("docs", re.compile(r"\b(docs?|mkdocs|sphinx-build|typedoc|javadoc|rustdoc)\b")),
    (
        "check",
        re.compile(
            r"\b(lint|linter|format|fmt|ruff|flake8|mypy|pyright|eslint|prettier|biome|black"
            r"|clippy|vet|golangci-lint|staticcheck|typecheck|type-check|tsc|check|checks|pre-commit"
            r"|typing|spotless)\b"
        ),
    ),
    (
        "test",
        re.compile(
            r"\b(tests?|pytest|tox|nox|vitest|jest|mocha|nextest|coverage|cov|spec|ctest|surefire"
            r"|verify|bench|benchmark|unit|e2e|it)\b"
        ),
    ),
    (
        "install",
        re.compile(
            r"\b(install|npm ci|sync|bootstrap|setup|init|deps|dependencies|restore|vendor|venv)\b"
        ),
    ),
    ("build", re.compile(r"\b(build|compile|make|cmake|package|bundle|dist|generate|all)\b")),
    ("run", re.compile(r"\b(run|start|serve|dev|watch)\b")),
)
"""The first task whose words a command has is what it is for."""
_TOOL = re.compile(
    r"(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run |npx |bundle exec )?"
    r"(?:pytest|tox|nox|hatch|poetry|pdm|uv|ruff|mypy|pyright|pre-commit|sphinx-build|mkdocs"
    r"|python3? -m \w+|pip3? install|npm|pnpm|yarn|bun|deno|vitest|jest|eslint|tsc|cargo|go|gofmt"
    r"|golangci-lint|make|just|cmake|ctest|ninja|meson|bazel|mvn|\./mvnw|gradle|\./gradlew|sbt"
    r"|dotnet|rake|rspec|rubocop|composer|phpunit|vendor/bin/\w+|swift|mix|zig"
    r"|\./[\w./-]{1,80}|(?:sh|bash) [\w./-]{1,80})(?=\s|$)"
)
"""What a line of CI begins with that is a command of a project, and not of the machine."""
_TOOL_INSTALL = re.compile(
    r"\b(?:pip3?|pipx|npm|pnpm|yarn|gem|cargo|go|rustup|uv tool|uv pip) (?:install|add|i)\b"
    r"(?!.*\s(?:-r|-e|-c|\.))(?!\s*$)"
)
"""The installation of a tool, not of the project."""
_LEFT_OUT = re.compile(r"\$|`|[<>|;]|\\$|&&$|\($|\{$")
"""What a server of CI or a shell puts in, and parts of scripts: no command to repeat."""


def task_of(command: str, name: str = "") -> str:
    """What a command is for, by its name if it has one, else by its words; empty if neither tells.

    >>> task_of("npm run lint"), task_of("cargo test"), task_of("x", "build")
    ('check', 'test', 'build')
    """
    for text in (name, command):
        lower = text.lower().replace("_", "-")
        for task, words in _TASK_WORDS:
            if text and words.search(lower):
                return task
    return ""


def seen_commands(paths: Iterable[str], read: Callable[[str], str]) -> tuple[SeenCommand, ...]:
    """The commands of a repository with these files, by task; each command once."""
    by_command: dict[str, SeenCommand] = {}
    for reader, path in _files(paths):
        for seen in reader(path, read(path)):
            by_command.setdefault(seen.command, seen)
    # What nothing tells the purpose of is of no use to a newcomer.
    return tuple(
        seen
        for task in TASKS
        for seen in [item for item in by_command.values() if item.task == task][:MOST_OF_TASK]
    )


_Reader = Callable[[str, str], Iterator[SeenCommand]]


def _files(paths: Iterable[str]) -> list[tuple[_Reader, str]]:
    """The files that give commands, metadata of the root first, CI last."""
    chosen: list[tuple[int, str, _Reader]] = []
    for path in paths:
        name = posixpath.basename(path)
        is_root = "/" not in path
        if is_root and name in _ROOT_READERS:
            order = list(_ROOT_READERS).index(name)
            chosen.append((order, path, _ROOT_READERS[name]))
        elif path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml")):
            chosen.append((len(_ROOT_READERS), path, _workflow))
        elif path in (".gitlab-ci.yml", ".travis.yml", ".circleci/config.yml"):
            chosen.append((len(_ROOT_READERS), path, _scripts_of_ci))
    return [(reader, path) for _, path, reader in sorted(chosen, key=lambda item: item[:2])]


def _seen(path: str, line: int, command: str, name: str = "") -> Iterator[SeenCommand]:
    command = single_line(command)
    if command and len(command) <= LONGEST_COMMAND:
        yield SeenCommand(task_of(command, name), command, Location(path, line, line))


def _lines(text: str) -> list[str]:
    return text.splitlines()[:MOST_LINES]


# Metadata of packages -----------------------------------------------------------------------------


def _package_json(path: str, text: str) -> Iterator[SeenCommand]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return
    scripts = values.get("scripts") if isinstance(values, dict) else None
    if not isinstance(scripts, dict):
        return
    program = "npm"
    manager = values.get("packageManager")
    if isinstance(manager, str) and manager.partition("@")[0] in ("pnpm", "yarn", "bun"):
        program = manager.partition("@")[0]

    lines = _lines(text)
    for name in scripts:
        is_plain = isinstance(scripts[name], str) and re.fullmatch(r"[\w:.-]{1,60}", name)
        if is_plain and not name.startswith(("pre", "post")):
            line = _line_with(lines, f'"{name}"', after=_line_with(lines, '"scripts"'))
            yield from _seen(path, line, f"{program} run {name}", name.replace(":", " "))


def _line_with(lines: Sequence[str], text: str, after: int = 0) -> int:
    """The first line behind `after` that has a text; 1 where none has."""
    for number, line in enumerate(lines, 1):
        if number > after and text in line:
            return number
    return 1


_TABLE = re.compile(r"^\s*\[+([^\[\]]+)\]+\s*(?:#.*)?$")
_STRING_VALUE = re.compile(
    r"""^\s*["']?([\w.:-]{1,60})["']?\s*=\s*(["'])(.{1,400}?)\2\s*(?:#.*)?$"""
)
_SCRIPT_TABLES = re.compile(
    r"^tool\.(hatch\.envs\.(?P<env>[\w-]+)\.scripts|pdm\.scripts|poe\.tasks|taskipy\.tasks)$"
)


def _pyproject(path: str, text: str) -> Iterator[SeenCommand]:
    """The scripts of hatch, pdm, poe and taskipy; and pytest, where it is set up."""
    table = ""
    for number, line in enumerate(_lines(text), 1):
        header = _TABLE.match(line)
        if header:
            table = header[1].strip().replace('"', "")
            if table in ("tool.pytest.ini_options", "tool.pytest"):
                yield from _seen(path, number, "pytest")
            continue
        scripts = _SCRIPT_TABLES.match(table)
        value = _STRING_VALUE.match(line) if scripts else None
        if scripts and value:
            yield from _seen(path, number, _runner(table, scripts["env"], value[1]), value[1])


def _runner(table: str, environment: str | None, name: str) -> str:
    if environment:
        prefix = "" if environment == "default" else f"{environment}:"
        return f"hatch run {prefix}{name}"
    return f"{ {'pdm': 'pdm run', 'poe': 'poe', 'taskipy': 'task'}[table.split('.')[1]] } {name}"


def _tox(path: str, text: str) -> Iterator[SeenCommand]:
    for number, line in enumerate(_lines(text), 1):
        if line.startswith(("[tox]", "[testenv]")):
            yield from _seen(path, number, "tox", "test")
            return


_NOX_SESSION = re.compile(r"^def\s+(\w{1,60})\(session\b")


def _noxfile(path: str, text: str) -> Iterator[SeenCommand]:
    for number, line in enumerate(_lines(text), 1):
        if session := _NOX_SESSION.match(line):
            yield from _seen(path, number, f"nox -s {session[1]}", session[1])


def _by_convention(*commands: str) -> _Reader:
    """A reader of a file whose presence says how its tool is used."""

    def read(path: str, text: str) -> Iterator[SeenCommand]:
        for command in commands:
            yield from _seen(path, 1, command)

    return read


# Make files ---------------------------------------------------------------------------------------

_TARGET = re.compile(r"^([A-Za-z][\w.-]{0,60})\s*:(?![=:])")
_RECIPE = re.compile(r"^@?([a-z][\w-]{0,60})(?:\s+[^:=]{0,200})?:(?!=)")
_FILE_TARGET = re.compile(r"\.(o|a|so|c|h|d|exe|dylib|in|am|ac|y|l|txt|md|html|js|css|pc)$")


def _makefile(path: str, text: str) -> Iterator[SeenCommand]:
    for number, line in enumerate(_lines(text), 1):
        target = _TARGET.match(line)
        if target and not _FILE_TARGET.search(target[1]):
            yield from _seen(path, number, f"make {target[1]}", target[1].replace("-", " "))


def _justfile(path: str, text: str) -> Iterator[SeenCommand]:
    for number, line in enumerate(_lines(text), 1):
        if recipe := _RECIPE.match(line):
            yield from _seen(path, number, f"just {recipe[1]}", recipe[1].replace("-", " "))


# CI -----------------------------------------------------------------------------------------------

_RUN = re.compile(r"^(\s*)(?:-\s+)?run:\s*(.*)$")
_BLOCK = re.compile(r"^[|>][+-]?\d?\s*(?:#.*)?$")
_ITEM = re.compile(r"^\s*-\s+(.+)$")
_SCRIPT_KEY = re.compile(r"^\s*(?:before_script|script|after_script|install|run):\s*(.*)$")


def _workflow(path: str, text: str) -> Iterator[SeenCommand]:
    """The `run` lines of a workflow of GitHub, blocks line by line."""
    lines = _lines(text)
    for number, line in enumerate(lines, 1):
        run = _RUN.match(line)
        if not run:
            continue
        if not _BLOCK.match(run[2]):
            yield from _shell_line(path, number, run[2].strip("\"' "))
            continue
        depth = len(run[1])
        for inner, script in enumerate(lines[number:], number + 1):
            if script.strip() and len(script) - len(script.lstrip()) <= depth:
                break
            yield from _shell_line(path, inner, script)


def _scripts_of_ci(path: str, text: str) -> Iterator[SeenCommand]:
    """The items below `script` and the like, and what stands beside it."""
    is_script = False
    for number, line in enumerate(_lines(text), 1):
        key, item = _SCRIPT_KEY.match(line), _ITEM.match(line)
        if key:
            is_script = True
            yield from _shell_line(path, number, key[1].strip("\"' |>-"))
        elif item and is_script:
            yield from _shell_line(path, number, item[1].strip("\"' "))
        elif line.strip():
            is_script = False


def _shell_line(path: str, number: int, line: str) -> Iterator[SeenCommand]:
    """The command of a line, unless it prepares the machine or CI puts something in."""
    command = line.strip()
    is_plain = _TOOL.match(command) and not _LEFT_OUT.search(command)
    if is_plain and not _TOOL_INSTALL.search(command) and task_of(command):
        yield from _seen(path, number, command)


_ROOT_READERS: dict[str, _Reader] = {
    "Makefile": _makefile,
    "makefile": _makefile,
    "GNUmakefile": _makefile,
    "justfile": _justfile,
    "Justfile": _justfile,
    "package.json": _package_json,
    "pyproject.toml": _pyproject,
    "tox.ini": _tox,
    "noxfile.py": _noxfile,
    "go.mod": _by_convention("go build ./...", "go test ./..."),
    "Cargo.toml": _by_convention("cargo build", "cargo test"),
    "pom.xml": _by_convention("mvn verify"),
    "gradlew": _by_convention("./gradlew build"),
    "CMakeLists.txt": _by_convention("cmake -B build", "cmake --build build"),
}
"""By name, the readers of files at the root, those that say most first."""
