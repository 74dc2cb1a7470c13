"""Whatever one file holds costs that file at most: fuzz with fixed seeds, and faults by kind.

TEST_FUZZ_FILES is how many files (scripts/fuzz_files: 100,000), TEST_FUZZ_SEED the first seed.
"""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.source import languages, scan
from repo_mhm.source.scan import ScannedFile, scan_bytes
from repo_mhm.source.text_encoding import to_utf8
from tests.conftest import MakeRepo

FILES = int(os.environ.get("TEST_FUZZ_FILES", "2000"))
SEED = int(os.environ.get("TEST_FUZZ_SEED", "20261126"))
MOST_SECONDS = 2.0
"""Of the processor, for one small file; a usual one takes some thousandths."""
MOST_BYTES = 400_000_000
"""How much the process may grow over all files: grammars are loaded when a language first comes."""

LATIN_1 = {
    "a.js": b"const x = 'caf\xe9';\nfunction f() { return x; }\n",
    "a.ts": b"const x: string = 'caf\xe9';\nfunction f() { return x; }\n",
    "a.go": b'package a\n\nconst X = "caf\xe9"\n\nfunc F() int { return 1 }\n',
    "a.rb": b"X = 'caf\xe9'\n\ndef f\n  X\nend\n",
    "a.ex": b"defmodule A do\n  @x 'caf\xe9'\n  def f, do: @x\nend\n",
    "a.py": b"X = 'caf\xe9'\n\n\ndef f():\n    return X\n",
    "a.java": b'class A { String x = "caf\xe9"; }\n',
}
PIECES = [
    b"def f(a):\n    return a\n", b"class A:\n", b"function f() {", b"}", b"{", b"(", b")", b"<",
    b">", b'"', b"'", b"`", b'"""', b"/*", b"*/", b"//", b"#", b"\n", b"\r\n", b"\t", b"    ",
    b"=>", b"::", b"@", b"$", b"\\", b"\xe9", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", "é".encode(),
    "日本".encode(), b"\0", b"\x1b[31m", b"password = ", b"key: ", b"-----BEGIN PRIVATE KEY-----\n",
    b"0" * 40, b"a" * 300, b"import x\n", b"<div>", b"</div>", b"<?php ", b"---\n", b"- ", b"| ",
    b": ", b"&", b"if a {", b"end\n", b"do |x|\n", b"case .b(let c):", b"fn f() -> A<B> {", b"[",
    b"]", b",", b";",
]  # fmt: skip


def fuzzed(seed: int, count: int) -> Iterator[tuple[int, str, bytes]]:
    """Seeds, each with a path in some language and a content that no grammar was made for."""
    every = map(languages.by_name, languages.NAMES)
    endings = [ending for language in every for ending in language.suffixes]
    samples = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("languages/*.py"))]
    for number in range(seed, seed + count):
        source = random.Random(number)
        path = f"f{number}{source.choice([*endings, '.txt'])}"
        if source.random() < 0.3:
            data = bytearray(source.choice(samples)[:4000])
            for _ in range(source.randint(1, 30)):
                start = source.randrange(len(data))
                data[start : start + source.randint(0, 9)] = source.choice(PIECES)
            yield number, path, bytes(data)
        else:
            yield number, path, b"".join(source.choices(PIECES, k=source.randint(1, 200)))


def check(path: str, data: bytes, scanned: ScannedFile) -> None:
    """Chunks are in order and in bounds, and cover every line that is not blank."""
    if scanned.skipped:
        return
    data = to_utf8(data)
    assert len(scanned.texts) == len(scanned.chunks)
    end = 0
    for chunk in scanned.chunks:
        assert end <= chunk.start_byte < chunk.end_byte <= len(data), path
        end = chunk.end_byte
    for symbol in scanned.symbols:
        assert 0 <= symbol.start_byte <= symbol.end_byte <= len(data), path


def test_no_file_ends_a_scan_or_takes_long() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed, path, data in fuzzed(SEED, FILES):
        begun = time.process_time()
        scanned = scan_bytes(path, data, texts=True)
        seconds = time.process_time() - begun
        assert seconds < MOST_SECONDS, f"seed {seed} ({path}) took {seconds:.1f} s"
        check(path, data, scanned)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MOST_BYTES


@pytest.mark.parametrize("path", LATIN_1)
def test_a_latin_1_file_is_parsed_and_keeps_its_lines(path: str) -> None:
    scanned = scan_bytes(path, LATIN_1[path], texts=True)
    assert (scanned.skipped, scanned.fallback) == ("", "")
    assert scanned.symbols
    assert "caf" in scanned.texts[0].text


def test_latin_1_files_are_read_beside_others(make_repo: MakeRepo) -> None:
    repo = make_repo({**LATIN_1, "b.py": "def g():\n    return 1\n"})
    scans = {file.path: file for file in scan.scan(open_snapshot(repo.root), texts=True)}
    assert scans.keys() == {*LATIN_1, "b.py"}
    assert all(file.symbols and not file.skipped for file in scans.values())


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.scala", b"object A { def f = 1 }\n/* never closed\nx\n"),
        ("a.scala", b"/*"),
        ("a.scala", b"object A {\n  /** doc\n"),
        ("a.py", b'def f():\n    """never closed\n'),
        ("a.md", b"# a\n\n```\nnever closed\n"),
        ("a.yaml", b"a: |\n"),
        ("a.html", b"<!-- never closed\n<div id='a'>\n"),
    ],
)
def test_what_is_never_closed_costs_nothing(path: str, data: bytes) -> None:
    scanned = scan_bytes(path, data, texts=True)
    assert scanned.skipped == "" and scanned.chunks
    check(path, data, scanned)


def test_a_defect_costs_the_tree_of_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(scan, "read_syntax", fail)
    scanned = scan_bytes("a.py", b"x = 1\n", texts=True)
    assert scanned.fallback == "cut as text: its syntax tree is malformed (IndexError)"
    assert scanned.texts[0].text == "x = 1\n"


def test_a_defect_of_masking_leaves_the_file_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(scan, "mask", fail)
    scanned = scan_bytes("a.py", b"x = 1\n", texts=True)
    assert scanned.skipped.startswith("unreadable") and not scanned.texts
