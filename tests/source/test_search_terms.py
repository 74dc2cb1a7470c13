"""Search terms: identifiers are split, and no text breaks the full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.search_terms import identifier_parts, match_any, searchable_text, words

Search = Callable[[str, str], bool]


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


@pytest.fixture(scope="module")
def search() -> Iterator[Search]:
    """Whether a text indexed as the store does it matches a query."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE w USING fts5 (words, tokenize = 'porter unicode61')")

    def matches(text: str, query: str) -> bool:
        db.execute("DELETE FROM w")
        db.execute("INSERT INTO w VALUES (?)", (searchable_text(text),))
        rows = db.execute("SELECT rowid FROM w WHERE words MATCH ?", (query,)) if query else []
        return len(list(rows)) == 1

    yield matches
    db.close()


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=5))
def test_no_text_breaks_the_index_or_the_query(search: Search, text: str, terms: list[str]) -> None:
    search(text, match_any([word for term in terms for word in words(term)]))
    search(text, match_any(words(text)[:3]))


@given(st.from_regex(r"[A-Za-z]+(_[A-Za-z]+)?", fullmatch=True))
def test_an_identifier_is_found_by_itself_and_by_each_part(search: Search, name: str) -> None:
    text = f"return {name}(0)"
    assert search(text, match_any([name.lower()]))
    assert all(search(text, match_any([part])) for part in identifier_parts(name))


def test_no_terms_make_no_query() -> None:
    assert match_any([]) == ""
