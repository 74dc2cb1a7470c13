"""The value of a chunk: the sum of its symbols' ranks, else a multiple of the average."""

from __future__ import annotations

import pytest

from repo_mhm.memory.chunk_values import ENTRY_VALUE, PROSE_VALUE, chunk_values
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import StoredChunk, StoredSymbol


def stored(number: int, path: str, start: int, end: int) -> StoredChunk:
    chunk = Chunk(path, 1, 9, start, end, "code", "", (), 40, f"content{number}", "")
    return StoredChunk(number, chunk, 0, 0.0, "", "", 0)


def symbol(path: str, start: int) -> StoredSymbol:
    return StoredSymbol(
        0, Symbol(path, "f", "f", "function", 1, 2, start, start + 9, "def f()", "", ""), 0.0
    )


def test_a_chunk_is_worth_what_the_symbols_that_begin_in_it_are() -> None:
    chunks = [stored(1, "a.py", 0, 50), stored(2, "a.py", 50, 90), stored(3, "b.py", 0, 50)]
    symbols = [symbol("a.py", 0), symbol("a.py", 49), symbol("a.py", 50), symbol("b.py", 10)]
    values = chunk_values(chunks, symbols, [0.1, 0.2, 0.4, 0.05])
    assert values == pytest.approx({1: 0.3, 2: 0.4, 3: 0.05})


def test_prose_is_worth_a_share_of_the_average_and_an_entry_document_more() -> None:
    chunks = [stored(1, "a.py", 0, 50), stored(2, "README.md", 0, 50), stored(3, "x.md", 0, 50)]
    values = chunk_values(chunks, [symbol("a.py", 0)], [0.3])
    assert values == pytest.approx({1: 0.3, 2: 0.1 * ENTRY_VALUE, 3: 0.1 * PROSE_VALUE})
