"""Unified diffs: what git writes is read back exactly, and damaged diffs are errors."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.errors import RepositoryError
from repo_mhm.source.diff_parsing import parse
from repo_mhm.source.unified_diff import patched

LINES = st.lists(
    st.sampled_from(["", "a", "b", "-- x", "++ y", "@@ z", "\ttab", "\x0cpage", "é\r"]), max_size=12
)


def unified(old: list[str], new: list[str]) -> str:
    return "".join(
        line + "\n" for line in difflib.unified_diff(old, new, "a/f", "b/f", lineterm="", n=2)
    )


@settings(deadline=None)
@given(LINES, LINES)
def test_a_diff_leads_from_either_side_to_the_other(old: list[str], new: list[str]) -> None:
    text = unified(old, new)
    hunks = parse(text)[0].hunks if text else ()
    assert patched("f", old, hunks) == new
    assert patched("f", new, hunks, reverse=True) == old


@given(LINES, LINES)
def test_lines_know_their_numbers(old: list[str], new: list[str]) -> None:
    text = unified(old, new)
    for hunk in parse(text)[0].hunks if text else ():
        for line in hunk.lines:
            assert line.kind == "+" or old[line.old - 1] == line.text
            assert line.kind == "-" or new[line.new - 1] == line.text


def test_renames_modes_and_kinds_are_read() -> None:
    text = (
        "diff --git a/old.py b/new.py\nsimilarity index 100%\n"
        "rename from old.py\nrename to new.py\n"
        "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n"
        "diff --git a/logo.png b/logo.png\nindex 1111111..2222222 100644\n"
        "Binary files a/logo.png and b/logo.png differ\n"
        "diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n"
        "-Subproject commit 1\n+Subproject commit 2\n"
        'diff --git "a/t\\tab.py" "b/t\\tab.py"\nnew file mode 100644\n--- /dev/null\n'
        '+++ "b/t\\tab.py"\n@@ -0,0 +1 @@\n+x\n'
    )
    files = [(file.path, file.old_path, file.status, file.note) for file in parse(text)]
    assert files == [
        ("new.py", "old.py", "renamed", ""),
        ("run", "run", "modified", "mode"),
        ("logo.png", "logo.png", "modified", "binary"),
        ("sub", "sub", "modified", "submodule"),
        ("t\\tab.py", "t\\tab.py", "added", ""),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing like a diff\n", "has no diff in it"),
        ("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n", "cannot be read"),
        ("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n+smuggled\n", "line 6 is outside its hunk"),
        ("@@ -1 +1 @@\n-a\n+b\n", "cannot be read"),
        ("diff --cc f\n--- a/f\n+++ b/f\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n", "combined"),
    ],
)
def test_text_that_is_no_diff_is_an_error_not_an_empty_diff(text: str, message: str) -> None:
    with pytest.raises(RepositoryError, match=message):
        parse(text)


def test_a_patch_from_a_mail_ends_at_its_signature() -> None:
    mail = "From: Ada\n\nSubject\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39.5\n"
    assert [line.text for line in parse(mail)[0].added()] == ["b"]


def test_hunks_that_do_not_apply_are_an_error() -> None:
    hunks = parse(unified(["a", "b"], ["a", "c"]))[0].hunks
    with pytest.raises(RepositoryError, match="f:2 is different"):
        patched("f", ["a", "x"], hunks)
    with pytest.raises(RepositoryError, match="does not apply"):
        patched("f", [], hunks)
