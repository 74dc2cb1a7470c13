"""Replies: cut at whole entries, and no text of the repository gets out of its marked lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.errors import UsageError
from repo_mhm.mcp.replies import LONGEST_LINE, MARK, Entry, Page, page, quoted
from repo_mhm.source.token_estimates import estimate_tokens


def entries(number: int) -> list[Entry]:
    return [Entry(f"src/m{at}.py:1-9  def m{at}():", {"at": at}, "matches") for at in range(number)]


def pages(number: int, max_tokens: int) -> list[Page]:
    result = [page(entries(number), max_tokens=max_tokens)]
    while result[-1].next_cursor:
        cursor = result[-1].next_cursor
        result.append(page(entries(number), max_tokens=max_tokens, cursor=cursor))
    return result


@given(st.integers(0, 60), st.integers(100, 600))
def test_pages_hold_each_entry_once_within_their_budget(number: int, max_tokens: int) -> None:
    shown = pages(number, max_tokens)
    assert [entry["at"] for part in shown for entry in part.entries] == list(range(number))
    assert all(part.total == number for part in shown)
    assert [part.has_more for part in shown] == [True] * (len(shown) - 1) + [False]
    assert all(estimate_tokens(part.text.encode()) <= max_tokens for part in shown)


def test_what_is_left_is_said() -> None:
    first = page(entries(60), max_tokens=200)
    assert first.text.endswith(f'of 60; the next with cursor="{first.next_cursor}")')
    without = page(entries(60), max_tokens=200, cursor=None)
    assert without.has_more and without.next_cursor is None
    assert without.text.endswith("more with a larger max_tokens)")


def test_a_label_stands_above_its_entries_on_each_page() -> None:
    assert all(part.text.startswith("matches:\n") for part in pages(40, 200))


def test_one_entry_at_least_and_no_endless_line() -> None:
    long = page([Entry("x" * 10_000, {"code": "x" * 10_000})], max_tokens=100)
    assert long.total == 1 and not long.has_more
    assert len(long.text) < LONGEST_LINE + 60 and "9,600 more characters" in long.text
    assert len(str(long.entries)) < LONGEST_LINE + 100


@pytest.mark.parametrize("cursor", ["-1", "x", "1" * 20, "１"])
def test_what_is_no_cursor_is_an_error(cursor: str) -> None:
    with pytest.raises(UsageError):
        page(entries(3), max_tokens=100, cursor=cursor)


@given(st.text())
def test_quoted_text_stays_in_marked_lines(text: str) -> None:
    assert all(line.startswith(MARK) for line in quoted(text).splitlines())
    shown = page([Entry(text, {"text": text})], max_tokens=500, remarks=[text])
    assert all(line.startswith(MARK) for line in shown.text.splitlines())
