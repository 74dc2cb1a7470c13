"""No exit of the command line passes on what a repository says to a terminal, a browser or CI."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_mhm.cli import main, terminal
from repo_mhm.commands import workspace
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.formatting import safe
from tests.conftest import MakeRepo, TestRepo
from tests.hostile_text import CLOSING_MARKUP, HOSTILE_TEXTS, hostile_files

_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b\x07]*;(?:file://[!-~]*)?\x1b\\")
"""What rich writes itself: colours, moves of the cursor, links to files."""
_COMMANDS = re.compile(r"(?m)^\s*::|##\w*\[")
_OWN_COMMANDS = re.compile(r"(?m)^::(?:error|warning|notice) ")

Run = Callable[..., str]

TEXT_COMMANDS = (
    "chunks", "chunks --skipped", "chunks --stats", "plan", "status", "doctor", "memory show",
    "memory search load", "memory diff HEAD~1", "search load", "search load --vimgrep",
    "search load --files", "search load --explain", "ask where is load_3 defined?",
    "ask who changed load_3 last?", "ask what does load_7 do?", "ask --deep what is loaded?",
    "log", "log --count 2", "review", "review HEAD~1..HEAD", "hook status", "gc",
    "index --dry-run",
)  # fmt: skip
JSON_COMMANDS = (
    "chunks --json", "chunks --skipped --json", "plan --json", "status --json", "doctor --json",
    "memory show --json", "memory search load --json", "memory diff HEAD~1 --json",
    "search load --json", "ask where is load_3 defined? --json",
    "ask what does load_7 do? --json", "log --json", "review --json", "review --sarif",
    "hook status --json", "gc --json",
)  # fmt: skip
_PATH_COMMANDS = ("chunks", "plan", "status", "doctor", "index")
"""Commands whose repository is an argument."""


def _reply(prompt: Prompt) -> list[str]:
    """A model that repeats what the repository told it to."""
    text = "\n".join((*HOSTILE_TEXTS, CLOSING_MARKUP))
    return [text for _ in prompt.slots]


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"a.py": "def early(path):\n    return path\n"})
    repo.git("checkout", "--quiet", "-b", "\u202e<img>\u200b$(id)")
    message = "\n".join(HOSTILE_TEXTS).replace("\0", "")
    repo.commit(hostile_files(), message=f"{HOSTILE_TEXTS[0]} {CLOSING_MARKUP}\n\n{message}")
    return repo


@pytest.fixture
def run(repo: TestRepo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; return what it wrote to stdout and to stderr."""
    model = workspace.Model("scripted-1", "scripted", lambda: ScriptedEngine(_reply))
    # `workspace` last: a module imported while it is changed would keep the change for good.
    for module in ("ask", "index", "review", "deep", "workspace"):
        monkeypatch.setattr(
            f"repo_mhm.commands.{module}.choose_model", lambda *_, **__: model, raising=False
        )
    monkeypatch.chdir(repo.root)

    def run(command: str) -> str:
        name, _, rest = command.partition(" ")
        words = [name]
        if name == "ask":
            words += [word for word in rest.split() if word.startswith("--")]
            words.append(" ".join(word for word in rest.split() if not word.startswith("--")))
        else:
            words += rest.split()
        monkeypatch.setattr(sys, "argv", ["repo-mhm", *words])
        terminal._console.cache_clear()
        code: object = 0
        try:
            main()
        except SystemExit as exc:
            code = exc.code
        terminal._console.cache_clear()
        out, err = capfd.readouterr()
        assert code in (0, 1, 3, None), (command, err)
        assert "Traceback" not in err
        return out if "--json" in words or "--sarif" in words else out + err

    return run


def assert_harmless(command: str, written: str) -> None:
    """Nothing is left that acts, once rich's own sequences are taken away."""
    text = _STYLES.sub("", written).replace("\r", "")
    assert safe(text) == text, (command, [c for c in text if safe(f"a{c}b") != f"a{c}b"][:5])
    assert not _COMMANDS.search(_OWN_COMMANDS.sub("", text)), (command, _COMMANDS.search(text))


@pytest.mark.slow
@pytest.mark.parametrize("coloured", [False, True])
def test_no_command_passes_on_what_a_repository_says_to_a_terminal(
    run: Run, repo: TestRepo, monkeypatch: pytest.MonkeyPatch, coloured: bool
) -> None:
    if coloured:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
    assert_harmless("index", run("index"))
    _change_everything(repo)
    for command in TEXT_COMMANDS:
        assert_harmless(command, run(command))


@pytest.mark.slow
def test_json_and_exports_hold_no_raw_control(run: Run, repo: TestRepo, tmp_path: Path) -> None:
    run("index")
    repo.commit({"late.py": "def late(path):\n    return path\n"})
    run("index")  # so that the memory knows two commits
    run("ask what does load_7 do?")
    _change_everything(repo)
    for command in JSON_COMMANDS:
        written = run(command)
        assert_harmless(command, written)
        assert written.strip(), command
        for line in written.splitlines():
            json.loads(line)

    assert_harmless("github", run("review --format github"))
    exported = run("memory export")
    assert_harmless("memory export", exported)
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", exported)
    assert all(line.startswith("#") for line in outside.splitlines() if line.strip()), outside
    assert not (repo.root / "pwned").exists()


def _change_everything(repo: TestRepo) -> None:
    """Change a line of every hostile file, so that a review shows all of them."""
    for file in repo.root.rglob("*.py"):
        text = file.read_text("utf-8", "surrogateescape")
        file.write_text(text.replace("(path):", "():"), "utf-8", "surrogateescape")
