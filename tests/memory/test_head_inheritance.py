"""New chunks get the heads of the code that was there before them."""

from __future__ import annotations

from repo_mhm.memory.head_inheritance import (
    UNASSIGNED,
    FormerChunks,
    inherited_heads,
)
from repo_mhm.memory.notes import FormerChunk
from repo_mhm.source.chunks import Chunk
from repo_mhm.store import StoredChunk

HEADS = 4


def stored(
    number: int, path: str, content: str, head: int = UNASSIGNED, start: int = 1, symbols: str = ""
) -> StoredChunk:
    names = tuple(symbols.split())
    chunk = Chunk(path, start, start + 9, 0, 90, "code", "", names, 40, content, "")
    return StoredChunk(number, chunk, head, 0.0, "", 0)


def former(*chunks: StoredChunk) -> FormerChunks:
    by_path: dict[str, list[FormerChunk]] = {}
    for entry in chunks:
        chunk = entry.chunk
        kept = FormerChunk(chunk.start, chunk.content_id, chunk.symbols, entry.head)
        by_path.setdefault(chunk.path, []).append(kept)
    return FormerChunks(by_path)


def test_the_same_content_stays_in_its_head_and_of_copies_the_nearest_counts() -> None:
    before = former(stored(1, "a.py", "c", 1), stored(2, "a.py", "c", 2, start=50))
    new = [stored(3, "a.py", "c", start=44)]
    assert inherited_heads(new, before, {}, HEADS) == {3: 2}


def test_moved_content_keeps_its_head_even_if_only_the_ledger_knows_it() -> None:
    before = former(stored(1, "a.py", "moved", 3))
    new = [stored(2, "b.py", "moved"), stored(3, "b.py", "returned")]
    assert inherited_heads(new, before, {"returned": 2}, HEADS) == {2: 3, 3: 2}


def test_changed_code_takes_the_head_of_the_chunk_with_the_same_symbols() -> None:
    before = former(
        stored(1, "a.py", "c1", 1, start=1, symbols="f"),
        stored(2, "a.py", "c2", 2, start=90, symbols="g h"),
    )
    new = [stored(3, "a.py", "c3", start=1, symbols="g"), stored(4, "a.py", "c4", start=2)]
    assert inherited_heads(new, before, {}, HEADS) == {3: 2, 4: 1}


def test_a_head_that_no_longer_exists_is_not_inherited() -> None:
    before = former(stored(1, "a.py", "c", HEADS))
    new = [stored(3, "a.py", "c", start=50)]
    assert inherited_heads(new, before, {}, HEADS) == {}


def test_a_chunk_of_a_new_file_inherits_no_head() -> None:
    assert inherited_heads([stored(1, "new.py", "c")], former(), {}, HEADS) == {}
