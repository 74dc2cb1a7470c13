"""`status`, `doctor`, `memory` and `gc` on a memory that a scripted engine made."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from repo_mhm.cli import main
from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo

FILES: dict[str | bytes, str | bytes] = {
    f"part{number}.py": f"def weigh_{number}(parcel):\n    return parcel.mass * {number}\n"
    for number in range(4)
}
Run = Callable[..., tuple[int, str, str]]


def read(repo: TestRepo) -> None:
    with open_store(state_dir(repo.root, create=True)) as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo(FILES)
    read(repo)
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


def printed(run: Run, *args: object) -> dict[str, object]:
    code, out, _ = run(*args, "--json")
    assert code == 0
    result: dict[str, object] = json.loads(out)
    assert result["schema"] == 1
    return result


def test_status_says_what_was_read_and_what_changed_since(repo: TestRepo, run: Run) -> None:
    status = printed(run, "status", repo.root)
    assert (status["chunks"], status["read"], status["stale_chunks"]) == (4, 4, 0)
    assert status["commit"] == status["current_commit"] == repo.git("rev-parse", "HEAD")
    assert "up to date" in run("status", repo.root)[1]
    repo.write({"part0.py": "changed = True\n"})
    assert printed(run, "status", repo.root)["stale_chunks"] == 2
    assert "2 chunks differ from the working tree" in run("status", repo.root)[1]


def test_what_the_settings_ignore_is_never_stale(repo: TestRepo, run: Run) -> None:
    repo.commit({".repo-mhm.toml": 'ignore = ["part0.py"]\n'})
    with open_store(state_dir(repo.root)) as store:
        list(
            index(
                store,
                open_snapshot(repo.root),
                ScriptedEngine,
                "scripted-1",
                IndexOptions(ignore=("part0.py",)),
            )
        )
    repo.write({"part0.py": "changed = True\n"})
    assert printed(run, "status", repo.root)["stale_chunks"] == 0


def test_status_of_what_was_never_read(make_repo: MakeRepo, run: Run) -> None:
    repo = make_repo(FILES)
    assert printed(run, "status", repo.root)["chunks"] == 0
    assert "nothing indexed yet" in run("status", repo.root)[1]


def test_the_memory_is_shown_by_head(repo: TestRepo, run: Run) -> None:
    heads = printed(run, "memory", "show", "--repo", repo.root)["heads"]
    assert isinstance(heads, list)
    assert [head["head"] for head in heads] == list(range(8))
    notes = [note for head in heads for note in head["notes"]]
    assert {note["anchor"] for note in notes} >= {"part0.py", "part3.py"}
    assert all(span["path"] in FILES for note in notes for span in note["citations"])
    _, shown, _ = run("memory", "show", "--repo", repo.root, "--head", "1")
    assert shown.startswith("head 1: ")
    assert "head 0: " not in shown


def test_notes_are_found_and_exported(repo: TestRepo, run: Run, tmp_path: Path) -> None:
    notes = printed(run, "memory", "search", "weigh_2", "--repo", repo.root)["notes"]
    assert isinstance(notes, list)
    assert notes[0]["path"] == "part2.py"
    code, text, _ = run("memory", "export", "--repo", repo.root)
    assert code == 0
    assert "weigh_2" in text
    assert run("memory", "export", "--repo", repo.root, "-o", tmp_path / "memory.md")[0] == 0
    assert (tmp_path / "memory.md").read_text("utf-8") == text
    code, _, error = run(
        "memory", "export", "--repo", repo.root, "-o", tmp_path / "no" / "memory.md"
    )
    assert code == 2
    assert "cannot be written" in error


def test_a_search_reads_stdin_only_where_it_has_no_words(
    repo: TestRepo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"weigh_3\n")
    os.close(writer)
    search = ("memory", "search", "--repo", repo.root)
    with os.fdopen(reader, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert "part2.py" in run(*search, "weigh_2")[1], "a loop may read the rest of stdin"
        assert "part3.py" in run(*search)[1]
        assert "the query is empty" in run(*search)[2]


def test_where_no_note_matches_the_search_says_so(repo: TestRepo, run: Run) -> None:
    search = ("memory", "search", "sourdough bread", "--repo", repo.root)
    code, out, error = run(*search)
    assert (code, out) == (1, "")
    assert "no note matches" in error and "repo-mhm search" in error
    code, out, error = run(*search, "--json")
    assert (code, json.loads(out)["notes"], error) == (1, [], "")


def test_a_diff_of_two_commits(repo: TestRepo, run: Run) -> None:
    before = repo.git("rev-parse", "HEAD")
    repo.commit({"part9.py": "def ninth(parcel):\n    return parcel\n"})
    read(repo)
    changes = printed(run, "memory", "diff", before, "--repo", repo.root)["changes"]
    assert isinstance(changes, list)
    assert {change["kind"] for change in changes} == {"came"}
    assert "ninth" in {change["note"]["anchor"] for change in changes}
    assert "no difference" in run("memory", "diff", "HEAD", "HEAD", "--repo", repo.root)[1]


def test_gc_removes_what_a_killed_ask_left_in_the_cache(repo: TestRepo, run: Run) -> None:
    cache = platformdirs.user_cache_path("repo-mhm", appauthor=False)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished, other = cache / ".prefill.json.0123abcd", cache / ".other"
    for path in (unfinished, other):
        path.touch()
    printed(run, "gc", "--repo", repo.root)
    assert (unfinished.exists(), other.exists()) == (False, True)


def test_gc_drops_nothing_young(repo: TestRepo, run: Run) -> None:
    assert printed(run, "gc", "--repo", repo.root)["notes"] == 0
    assert "0 notes dropped" in run("gc", "--repo", repo.root)[1]


def test_without_a_memory_every_command_says_what_to_do(make_repo: MakeRepo, run: Run) -> None:
    repo = make_repo(FILES)
    for command in (["memory", "show"], ["memory", "search", "x"], ["memory", "export"], ["gc"]):
        code, _, error = run(*command, "--repo", repo.root)
        assert code == 1
        assert "has no memory yet" in error
        assert "repo-mhm index" in error


def test_doctor_names_a_fix_for_what_is_not_right(repo: TestRepo, run: Run) -> None:
    code, out, _ = run("doctor", repo.root, "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert {"git", "sqlite", "llama.cpp"} <= checks.keys()
    assert checks["git"]["state"] == checks["sqlite"]["state"] == "ok"
    wrong = [check for check in checks.values() if check["state"] != "ok"]
    assert all(check["fix"] for check in wrong)
    assert code == int(any(check["state"] == "failed" for check in wrong))


def test_damage_is_reported_and_repaired_and_nothing_is_thrown_away(
    repo: TestRepo, run: Run
) -> None:
    directory = state_dir(repo.root)
    with open_store(directory) as store:
        kept = {note.id: note.text for note in store.notes()}
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'note_chunk_content'"
        root = store._fetch_first(query)[0]  # type: ignore[index]
    raw = bytearray((directory / "memory.db").read_bytes())
    raw[(root - 1) * 4096 : root * 4096] = bytes(4096)
    (directory / "memory.db").write_bytes(raw)
    code, out, _ = run("doctor", repo.root)
    assert code == 1
    assert "is damaged" in out
    assert "doctor --repair" in out
    _, _, error = run("doctor", repo.root, "--repair")
    (aside,) = directory.glob("memory.damaged-*.db")
    assert aside.name in error.replace("\n", "")
    assert aside.read_bytes() == raw
    with open_store(directory) as store:
        assert {note.id: note.text for note in store.notes()} == kept
    read(repo)
    assert printed(run, "status", repo.root)["stale_chunks"] == 0
    assert printed(run, "gc", "--repo", repo.root)["notes"] == 0
    assert aside.read_bytes() == raw


def test_paths_of_notes_open_from_the_current_folder(
    make_repo: MakeRepo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"src/lib.py": "def frank(parcel):\n    return parcel\n", "b.py": "x = 1\n"})
    read(repo)
    monkeypatch.chdir(repo.root / "src")
    assert "symbol, read  lib.py:1-2" in run("memory", "search", "frank")[1]
    assert "symbol, read  lib.py:1-2" in run("memory", "show")[1]
    assert {line.split()[0] for line in run("chunks")[1].splitlines()} == {
        "lib.py:1-2",
        "../b.py:1",
    }
