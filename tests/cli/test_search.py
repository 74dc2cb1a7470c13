"""`repo-mhm search` as a process of its own: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

FILES = {
    "courier/link.py": (
        "def deliver(parcel):\n    return attempt_once(parcel)\n\n\n"
        "def attempt_once(parcel):\n    return parcel.mass > 3\n"
    ),
    "courier/stamp.py": "def frank(parcel, postage):\n    return parcel, postage\n",
    "web/odd\x1b[31m.ts": "export function stampOf(postage: number) {\n  return postage\n}\n",
}
pytestmark = pytest.mark.slow

Search = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    return make_repo(FILES)


@pytest.fixture
def search(repo: TestRepo) -> Search:
    def search(
        *arguments: str, text: str | None = None, folder: str = "."
    ) -> subprocess.CompletedProcess[str]:
        stdin = subprocess.DEVNULL if text is None else None
        done = subprocess.run(
            [sys.executable, "-m", "repo_mhm", "search", *arguments],
            cwd=repo.root / folder,
            stdin=stdin,
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert "Traceback" not in done.stderr
        return done

    return search


def test_results_are_rows_that_lead_to_lines(search: Search) -> None:
    done = search("mass", "of", "a", "parcel", folder="courier")
    assert done.returncode == 0
    first = done.stdout.splitlines()[0].split()
    assert first[0].endswith("link.py:6")
    assert "parcel.mass" in done.stdout


def test_files_are_only_paths(search: Search) -> None:
    done = search("--files", "postage")
    lines = done.stdout.splitlines()
    assert lines[0] == "courier/stamp.py"
    assert sorted(lines) == sorted(set(lines))
    assert all(":" not in line for line in lines)


def test_editors_get_path_line_column_and_code(search: Search) -> None:
    done = search("--vimgrep", "--path", "courier", "postage")
    assert "courier/stamp.py:1:19:def frank(parcel, postage):" in done.stdout.splitlines()


def test_editors_get_tabs_as_they_are_and_no_carriage_returns(
    search: Search, repo: TestRepo
) -> None:
    repo.write({"my dir/odd file.py": "def weigh_letters(a):\r\n\treturn weigh(a)\r\n"})
    lines = search("--vimgrep", "weigh").stdout.splitlines()
    assert "my dir/odd file.py:1:5:def weigh_letters(a):" in lines
    assert all("\\x0d" not in line and "  return weigh" not in line for line in lines)


def test_json_is_one_object(search: Search) -> None:
    found = json.loads(search("--json", "postage", "--lang", "py").stdout)
    assert found["question"] == "postage"
    assert {result["path"] for result in found["results"]} == {"courier/stamp.py"}
    assert {"start", "end", "symbols", "score", "found_by", "line", "code"} <= set(
        found["results"][0]
    )


def test_an_explanation_stands_below_each_result(search: Search) -> None:
    lines = search("--explain", "--path", "courier/stamp.py", "postage").stdout.splitlines()
    assert "found by" in lines[1]


def test_control_characters_of_a_path_are_made_visible(search: Search) -> None:
    for options in (["--files"], ["--vimgrep"], []):
        done = search(*options, "stampOf")
        assert "\x1b" not in done.stdout
        assert "web/odd" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["zeppelin"], 1, "nothing matches"),
        (["--path", "web", "deliver"], 1, "nothing matches"),
        (["--json", "zeppelin"], 1, ""),
        (["--path", "nowhere", "parcel"], 2, "no file or folder 'nowhere'"),
        (["--lang", "cobol", "parcel"], 2, "no language is called 'cobol'"),
        (["--lang", "pyhton", "parcel"], 2, "Did you mean python?"),
        (["--files", "--symbols", "parcel"], 2, "exclude each other"),
        (["--vimgrep", "--json", "parcel"], 2, "exclude each other"),
        ([], 2, "the query is empty"),
    ],
)
def test_a_search_without_results_fails(
    search: Search, arguments: list[str], code: int, message: str
) -> None:
    done = search(*arguments)
    assert done.returncode == code
    assert message in done.stderr


def test_the_query_comes_on_stdin(search: Search) -> None:
    assert search("--files", text="mass of a parcel\n").stdout.startswith("courier/link.py")
    trace = 'File "courier/stamp.py", line 1, in frank\n'
    assert search("--files", "what fails", text=trace).stdout.startswith("courier/stamp.py")


def test_an_edit_counts_at_once(search: Search, repo: TestRepo) -> None:
    search("parcel")
    repo.write({"courier/new.py": "def weigh_letters():\n    return 1\n"})
    assert search("--files", "weigh letters").stdout.splitlines()[0] == "courier/new.py"


def test_a_model_judges_files_only_where_the_user_wants_it(repo: TestRepo) -> None:
    def search(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(Path(scripted_cli.__file__)), "search", *arguments],
            cwd=repo.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    query = ["--json", "parcel", "postage"]
    results = json.loads(search(*query).stdout)["results"]
    reranked = json.loads(search("--rerank", *query).stdout)["results"]
    assert {hit["path"] for hit in reranked} == {hit["path"] for hit in results}
    assert not any("model" in hit["found_by"] for hit in results)
    assert all("model" in hit["found_by"] for hit in reranked)

    refused = search("--model", "other", *query)
    assert refused.returncode == 2
    assert "--model is for --rerank only" in refused.stderr
