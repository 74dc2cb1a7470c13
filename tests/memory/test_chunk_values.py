"""The value of a chunk: the sum of its symbols' ranks, else a multiple of the average."""

from __future__ import annotations

import pytest

from repo_mhm.memory.chunk_values import (
    ENTRY_VALUE,
    PROSE_VALUE,
    chunk_masses,
    with_average,
)
from repo_mhm.store import ChunkSpan


def span(number: int, path: str, start: int, end: int) -> ChunkSpan:
    return ChunkSpan(number, path, start, end, 40, 0, 0.0)


def test_a_chunk_is_worth_what_the_symbols_that_begin_in_it_are() -> None:
    chunks = [span(1, "a.py", 0, 50), span(2, "a.py", 50, 90), span(3, "a.py", 95, 99)]
    masses = chunk_masses(chunks, [(0, 0.1), (49, 0.2), (50, 0.4), (92, 0.8)])
    assert masses == pytest.approx({1: 0.3, 2: 0.4, 3: 0})
    assert with_average(chunks[0], masses[1], 0.2) == masses[1]


def test_prose_is_worth_a_share_of_the_average_and_an_entry_document_more() -> None:
    assert with_average(span(2, "README.md", 0, 50), 0, 0.1) == pytest.approx(0.1 * ENTRY_VALUE)
    assert with_average(span(3, "x.md", 0, 50), 0, 0.1) == pytest.approx(0.1 * PROSE_VALUE)
