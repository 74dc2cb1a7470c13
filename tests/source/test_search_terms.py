"""How text is split for full-text search."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.search_terms import identifier_parts, match_any, searchable_text, words


@pytest.mark.parametrize(
    ("identifier", "split"),
    [
        ("build_header", ["build", "header"]),
        ("HTTPDigestAuth", ["http", "digest", "auth"]),
        ("numTimeouts2", ["num", "timeouts", "2"]),
        ("__init__", ["init"]),
        ("größe", ["größe"]),
        ("_", []),
    ],
)
def test_identifiers_are_split(identifier: str, split: list[str]) -> None:
    assert identifier_parts(identifier) == split


def test_identifiers_are_found_whole_and_in_parts() -> None:
    assert words("HTTPDigestAuth.build_header()") == [
        "httpdigestauth", "http", "digest", "auth", "build_header", "build", "header",
    ]  # fmt: skip


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=5))
def test_no_text_breaks_the_index_or_the_query(text: str, terms: list[str]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE w USING fts5 (words, tokenize = 'porter unicode61')")
    db.execute("INSERT INTO w VALUES (?)", (searchable_text(text),))
    query = match_any([term for found in terms for term in words(found)])
    if query:
        db.execute("SELECT rowid FROM w WHERE words MATCH ?", (query,)).fetchall()
    own = match_any(words(text)[:3])
    if own:
        db.execute("SELECT rowid FROM w WHERE words MATCH ?", (own,)).fetchall()
    db.close()
