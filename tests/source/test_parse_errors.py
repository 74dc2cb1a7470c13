"""The remark on a file with parse errors, as the store keeps it."""

from __future__ import annotations

from repo_mhm.commands.chunks import totals
from repo_mhm.source.parse_errors import PARSE_ERRORS, read_remark
from repo_mhm.source.scan import scan_bytes

BROKEN = b"class A {\n  void f() {\n    int = = 3 (;\n  }\n}\n"


def test_a_remark_counts_the_lines_unless_the_file_was_cut_as_text() -> None:
    assert read_remark("", ()) == ""
    assert read_remark("", (3, 9)) == f"{PARSE_ERRORS}2"
    assert read_remark("cut as text: why", (3,)) == "cut as text: why"


def test_the_totals_of_a_scan_name_the_files_with_parse_errors() -> None:
    files = [scan_bytes("A.java", BROKEN), scan_bytes("B.java", b"class B {}\n")]
    assert totals(files).damaged == {"A.java": 1}
