"""Scan: every file in order, in bounded time, and the same in one process as in several."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.errors import ConfigError
from repo_mhm.git import open_snapshot
from repo_mhm.source import parsing
from repo_mhm.source.chunking import LIMIT_TOKENS, SMALL_TOKENS
from repo_mhm.source.ignore_file import ignore_rules
from repo_mhm.source.ignore_patterns import MOST_PATTERNS
from repo_mhm.source.scan import ScannedFile, scan, scan_bytes
from repo_mhm.source.text_encoding import to_utf8
from tests.conftest import MakeRepo
from tests.patience import HANG_SECONDS
from tests.source.worker_calls import DeadlyReader


def assert_covers(file: ScannedFile, raw: bytes) -> None:
    """Every byte that is not blank lies in exactly one chunk."""
    data, position = to_utf8(raw), 0
    for chunk in file.chunks:
        assert not data[position : chunk.start_byte].strip()
        assert chunk.tokens <= LIMIT_TOKENS + SMALL_TOKENS + 3
        position = chunk.end_byte
    assert not data[position:].strip()


def test_files_come_in_order_and_what_is_left_out_has_a_reason(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            "src/b.py": "def b(): pass\n",
            "src/a.py": "def a(): pass\n",
            "README.md": "# Hello\n\nWorld.\n",
            "zeta.txt": "words\n",
            "vendor/x.js": "x()\n",
            "vendor/autoload.php": "<?php\n",
            "data.bin": b"\0\1\2",
            "empty.py": "",
            "private/notes.txt": "mine\n",
            ".repo-mhm-ignore": "private/\n# remark\n*.tmp\n",
            "deep/left.tmp": "no\n",
        }
    )
    (repo.root / "link.py").symlink_to("src/a.py")
    files = {file.path: file for file in scan(open_snapshot(repo.root))}
    kept = [path for path, file in files.items() if not file.skipped]
    assert kept == ["README.md", ".repo-mhm-ignore", "zeta.txt", "src/a.py", "src/b.py"]
    assert {path: file.skipped for path, file in files.items() if file.skipped} == {
        "link.py": "symlink",
        "vendor/autoload.php": "vendored (vendor/: autoload.php)",
        "vendor/x.js": "vendored (vendor/: autoload.php)",
        "data.bin": "binary",
        "empty.py": "empty",
        "private/notes.txt": ".repo-mhm-ignore",
        "deep/left.tmp": ".repo-mhm-ignore",
    }
    assert files["src/a.py"].language == "python"
    assert [symbol.name for symbol in files["src/a.py"].symbols] == ["a"]


def test_more_patterns_can_be_ignored(make_repo: MakeRepo) -> None:
    snapshot = open_snapshot(make_repo({"a.py": "x = 1\n", "b.py": "y = 1\n"}).root)
    rules = ignore_rules(snapshot, ["b.*"])
    assert [file.skipped for file in scan(snapshot, rules=rules)] == ["", ".repo-mhm-ignore"]


def test_a_pattern_of_many_stars_ends_on_a_long_name(make_repo: MakeRepo) -> None:
    name = "a" * 200
    patterns = "*a" * 10 + "*b\n" + "a*" * 10 + "c\n"
    repo = make_repo({name: "text\n", f"{name}b": "text\n", ".repo-mhm-ignore": patterns})
    skipped = {file.path: file.skipped for file in scan(open_snapshot(repo.root))}
    assert skipped[name] == ""
    assert skipped[f"{name}b"] == ".repo-mhm-ignore"


def test_an_ignore_file_of_too_many_patterns_is_said_and_not_heeded_in_part(
    make_repo: MakeRepo,
) -> None:
    lines = "".join(f"name{number}\n" for number in range(MOST_PATTERNS + 1))
    snapshot = open_snapshot(make_repo({"a.py": "x = 1\n", ".repo-mhm-ignore": lines}).root)
    with pytest.raises(ConfigError, match="has more than 2,000 patterns"):
        list(scan(snapshot))


@pytest.mark.slow
def test_two_workers_find_what_one_finds(make_repo: MakeRepo) -> None:
    files = {f"m{n % 7}/f{n}.py": f"def f{n}():\n    return g{n}()\n\n" * 400 for n in range(60)}
    snapshot = open_snapshot(make_repo(files).root)
    serial = list(scan(snapshot, workers=1))
    assert len(serial) == 60
    assert list(scan(snapshot, workers=2)) == serial


@pytest.mark.slow
def test_a_parallel_scan_can_be_left_early(make_repo: MakeRepo) -> None:
    files = {f"f{n}.py": "x = 1\n" * 9_000 for n in range(12)}
    scans = scan(open_snapshot(make_repo(files).root), workers=2)
    assert next(scans).path == "f0.py"
    assert isinstance(scans, Iterator)
    scans.close()  # type: ignore[attr-defined]


def test_a_file_that_kills_its_worker_is_recorded_and_the_rest_is_read(make_repo: MakeRepo) -> None:
    snapshot = open_snapshot(make_repo({f"f{n}.py": f"x = {n}\n" for n in range(5)}).root)
    deadly = replace(
        snapshot,
        reader=DeadlyReader(snapshot.reader.root, snapshot.reader.kind, snapshot.reader.commit),
    )
    files = {file.path: file for file in scan(deadly, workers=2)}
    assert files.pop("f3.py").skipped == "unreadable: parsing it ended the process"
    others = [file for file in scan(snapshot, workers=1) if file.path != "f3.py"]
    assert list(files.values()) == others


def test_a_file_that_vanishes_is_recorded(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    repo.write({"a.py": "changed = 1\n"})
    snapshot = open_snapshot(repo.root)
    (repo.root / "a.py").unlink()
    vanished, intact = scan(snapshot)
    assert vanished.skipped.startswith("unreadable: ")
    assert not intact.skipped


def test_a_parse_that_takes_too_long_falls_back_to_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "PARSE_SECONDS", 0.0)
    raw = b"def f():\n    return 1\n\n" * 20_000
    file = scan_bytes("a.py", raw)
    assert file.fallback == "cut as text: parsing took over 0 s"
    assert file.chunks[0].kind == "text"
    assert_covers(file, raw)
    monkeypatch.undo()
    again = scan_bytes("a.py", raw)
    assert not again.fallback
    assert len(again.symbols) == 20_000


FUNCTIONS = b"def f(a):\n    return g(a)\n\n"
HOSTILE = {
    "random bytes": ("a.py", random.Random(1).randbytes(200_000).replace(b"\0", b"a")),
    "random ascii": ("a.c", bytes(random.Random(2).choices(range(32, 127), k=200_000))),
    "truncated": ("a.py", (FUNCTIONS * 3000)[:-17]),
    "parentheses": ("a.js", b"(" * 1_000_000),
    "parentheses on lines": ("a.py", b"(\n" * 200_000),
    "nested calls": ("a.py", b"f(" * 10_000 + b")" * 10_000),
    "nested blocks in c": ("a.c", b"void f(){" + b"if(x){\n" * 10_000 + b"}\n" * 10_000 + b"}"),
    "nested functions in javascript": ("a.js", b"function f(){\n" * 10_000 + b"}\n" * 10_000),
    "nested json": ("a.json", b"[\n" * 10_000 + b"1" + b"]\n" * 10_000),
    "nested quotes in markdown": ("a.md", b"> " * 10_000 + b"x\n"),
    "array": ("a.py", b"x = [\n" + b"1, 2, 3, 4, 5,\n" * 60_000 + b"]\n"),
    "only comments": ("a.py", b"# a comment\n" * 50_000),
    "error in the middle": ("a.py", FUNCTIONS * 2000 + b"def (((: ]]\n" + FUNCTIONS * 2000),
    "crlf": ("a.py", b"def f():\r\n    return 1\r\n" * 5000),
    "cr": ("a.py", b"def f():\r    return 1\r" * 5000),
    "tabs": ("a.c", b"int f(void)\n{\n\t\treturn\t1;\n}\n" * 5000),
    "utf-16": ("a.py", ("x = 'é'\n" * 5000).encode("utf-16")),
    "byte order mark": ("a.py", b"\xef\xbb\xbf" + FUNCTIONS * 200),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_lose_nothing_in_bounded_time(case: str) -> None:
    path, raw = HOSTILE[case]
    begun = time.process_time()
    file = scan_bytes(path, raw)
    assert time.process_time() - begun < HANG_SECONDS
    if not file.skipped:
        assert_covers(file, raw)
    assert file.skipped in ("", "binary", "minified")


def test_an_error_in_the_middle_hides_little() -> None:
    file = scan_bytes(*HOSTILE["error in the middle"])
    assert len(file.symbols) > 3900


def test_line_ends_and_marks_do_not_hide_definitions() -> None:
    assert len(scan_bytes(*HOSTILE["crlf"]).symbols) == 5000
    assert scan_bytes(*HOSTILE["byte order mark"]).symbols[0].start_byte == 0
    assert len(scan_bytes(*HOSTILE["utf-16"]).symbols) == 5000


@pytest.mark.slow
def test_thirty_thousand_small_functions() -> None:
    raw = b"".join(b"def f%d(a):\n    return g(a)\n" % number for number in range(30_000))
    begun = time.process_time()
    file = scan_bytes("a.py", raw)
    assert time.process_time() - begun < HANG_SECONDS
    assert len(file.symbols) == 30_000
    assert sum(len(chunk.symbols) for chunk in file.chunks) == 30_000


def test_fifty_megabytes_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "huge.json").write_bytes(b"[" + b"1," * 25_000_000 + b"1]")
    (tmp_path / "a.py").write_text("x = 1\n")
    assert [(file.path, file.skipped) for file in scan(open_snapshot(tmp_path))] == [
        ("a.py", ""),
        ("huge.json", "larger than 4 MiB"),
    ]
    assert (
        scan_bytes("huge.json", (tmp_path / "huge.json").read_bytes()).skipped
        == "larger than 4 MiB"
    )


def test_the_memory_of_a_parsed_file_is_freed(make_repo: MakeRepo) -> None:
    source = b'TEXT = """' + b"what it says\n" * 40_000 + b'"""\n'
    scan_bytes("warm.py", source)
    before = resident()
    for _ in range(10):
        scan_bytes("a.py", source)
    assert resident() - before < 2, "the sources alone are 5 MiB"


def resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
