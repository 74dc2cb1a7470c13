"""The value of a chunk: how much the rest of the repository refers to it. Pure.

It is the PageRank mass of the symbols that begin in it. Nothing refers by name to chunks without
symbols (prose, data), so their value is a multiple of the average. For the memory it is weighed by
what the file is worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_mhm.memory.values import Value
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.file_order import file_order

if TYPE_CHECKING:
    from repo_mhm.store import StoredChunk, StoredSymbol

ENTRY_VALUE = 4.0
"""Value of an entry document, in average chunks: it says what the repository is for."""
PROSE_VALUE = 0.5
"""Value of other chunks without symbols, in average chunks."""


def chunk_values(
    chunks: Sequence[StoredChunk], symbols: Sequence[StoredSymbol], ranks: Sequence[float]
) -> dict[int, float]:
    """Chunk row id to value; `ranks[i]` is the PageRank of `symbols[i]`."""
    ranks_by_path: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for stored_symbol, rank in zip(symbols, ranks, strict=True):
        symbol = stored_symbol.symbol
        ranks_by_path[symbol.path].append((symbol.start_byte, rank))

    masses = {stored.id: _mass(stored.chunk, ranks_by_path[stored.chunk.path]) for stored in chunks}
    average = sum(masses.values()) / max(1, len(masses))
    return {
        stored.id: masses[stored.id] or average * _value_without_symbols(stored.chunk)
        for stored in chunks
    }


def weighed(stored: StoredChunk, file_value: Value) -> StoredChunk:
    """The chunk with its value weighed by what its file is worth: source before tests.

    The factor is squared, since steps count the square root of a value.
    """
    return replace(stored, value=stored.value * file_value.total**2)


def _mass(chunk: Chunk, ranks: Sequence[tuple[int, float]]) -> float:
    """The sum of the ranks of the symbols that begin in the chunk.

    `ranks` holds the first byte and the rank of each symbol of the file.
    """
    return sum(rank for start, rank in ranks if chunk.start_byte <= start < chunk.end_byte)


def _value_without_symbols(chunk: Chunk) -> float:
    is_entry_document = file_order(chunk.path)[0] == 0
    return ENTRY_VALUE if is_entry_document else PROSE_VALUE
