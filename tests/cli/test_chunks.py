"""`repo-mhm chunks` and `plan` as scripts and people meet them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from repo_mhm.cli import app
from tests.conftest import MakeRepo

FILES = {
    "README.md": "# Hello\n\nWorld.\n",
    "src/a.py": "class A:\n    def m(self): pass\n",
    "uv.lock": "x\n",
}


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from repo_mhm.cli import main; main()", *args],
        capture_output=True,
        text=True,
    )


def test_help_imports_nothing_heavy() -> None:
    heavy = "tree_sitter llama_cpp.llama_cpp textual git pydantic rich"
    code = (
        "import sys\nfrom repo_mhm.cli import app\nsys.argv = ['repo-mhm', '--help']\n"
        "try:\n    app()\nexcept SystemExit as exc:\n    assert not exc.code\n"
        f"sys.exit(' '.join(name for name in {heavy.split()!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""
    assert "chunks" in done.stdout


def test_json_lines(make_repo: MakeRepo) -> None:
    done = CliRunner().invoke(app, ["chunks", "--json", str(make_repo(FILES).root)])
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["path"] for line in lines] == ["README.md", "src/a.py"]
    assert {"schema", "path", "start", "end", "kind", "module", "symbols", "tokens"} <= lines[
        0
    ].keys()
    assert (lines[1]["schema"], lines[1]["start"], lines[1]["end"]) == (1, 1, 2)
    assert lines[1]["symbols"] == ["A", "A.m"]


def test_skipped_and_stats(make_repo: MakeRepo) -> None:
    root = str(make_repo(FILES).root)
    skipped = CliRunner().invoke(app, ["chunks", "--json", "--skipped", root])
    assert json.loads(skipped.stdout) == {"schema": 1, "path": "uv.lock", "reason": "lock file"}
    stats = json.loads(CliRunner().invoke(app, ["chunks", "--json", "--stats", root]).stdout)
    assert (stats["files"], stats["chunks"], stats["symbols"]) == (2, 2, 3)
    assert stats["skipped"] == {"lock file": 1}


def test_plan_shares_add_up(make_repo: MakeRepo) -> None:
    root = str(make_repo(FILES).root)
    plan = json.loads(CliRunner().invoke(app, ["plan", "--json", "--heads", "2", root]).stdout)
    assert (plan["heads"], plan["selector"]) == (2, "module")
    assert sum(share["share"] for share in plan["modules"]) == 2
    assert "of the head" in CliRunner().invoke(app, ["plan", root]).stdout


@pytest.mark.slow
def test_failures_say_what_to_do_next(make_repo: MakeRepo) -> None:
    root = str(make_repo(FILES).root)
    none = run("plan", "--heads", "0", root)
    assert (none.returncode, none.stdout) == (2, "")
    assert "--heads" in none.stderr
    assert run("chunks", "--commit", "nowhere", root).returncode == 1
    assert run("chunks", "--unknown").returncode == 2


def test_hostile_names_do_no_harm(make_repo: MakeRepo) -> None:
    root = str(
        make_repo(
            {b"a\x1b[31m\nb.py": "x = 1\n", b"\xff.py": "y = 1\n", "[bold]c.py": "z = 1\n"}
        ).root
    )
    done = run("chunks", root)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 3
    assert "[bold]c.py:1 " in done.stdout
    assert all(
        json.loads(line)["path"] for line in run("chunks", "--json", root).stdout.splitlines()
    )


def test_a_reader_that_goes_away_is_no_failure(make_repo: MakeRepo) -> None:
    root = str(make_repo({f"f{number}.py": "x = 1\n" for number in range(3000)}).root)
    process = subprocess.Popen(
        [sys.executable, "-c", "from repo_mhm.cli import main; main()", "chunks", "--json", root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 1)  # click ends a command whose reader has gone with 1
    assert complaints == b""
