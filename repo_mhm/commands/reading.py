"""Reading: what of a stored chunk is put before the model, which symbols get a note, and what the code says itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from repo_mhm.chunks import Chunk
from repo_mhm.consolidate import Reading
from repo_mhm.replies import clean_note
from repo_mhm.store import StoredChunk, StoredSymbol
from repo_mhm.symbols import Symbol

SYMBOLS = 3
"""Most symbols of a chunk that get a note of their own, written by the model. With two, three, four on requests (47
questions): recall@5 .889, .909, .895, any@1 .936, .915, .894."""
SYMBOL_TOKENS = 400
"""One symbol more for each so many tokens of a chunk: of a small one the note of the whole says nearly all."""
EXACT_NOTES = 16
"""Constants and small functions of one chunk that are noted as they are, which costs no model time."""
EXACT_LINES = 3
"""A function of no more lines says what it does better than a sentence could."""
EXACT_CHARACTERS = 60
"""Longer values are described by the model."""
NOTED_KINDS = frozenset("class command constant function method module route table test type".split())


def reading_of(stored: StoredChunk, symbols: Sequence[StoredSymbol], depth: str) -> Reading:
    """A chunk at a depth; `symbols` are those of its file.

    The model is not asked about tests, whose names say what they do, nor about what is defined inside one.
    """
    chunk = stored.chunk
    inside = [one for one in symbols if chunk.start_byte <= one.symbol.start_byte < chunk.end_byte]
    noted = [one for one in inside if one.symbol.kind in NOTED_KINDS]
    ranked = sorted(noted, key=lambda one: (-one.rank, one.symbol.start_byte))
    spelled_out = dict(_exact(stored, ranked))
    names = dict.fromkeys(one.symbol.qualified for one in ranked)
    tested = [one.symbol for one in symbols if one.symbol.kind == "test" and _overlaps(chunk, one.symbol)]
    within = {one.symbol.qualified for one in noted if any(_holds(test, one.symbol) for test in tested)}
    anchors = [name for name in names if name not in spelled_out and name not in within]
    anchors = anchors[: min(SYMBOLS, 1 + chunk.tokens // SYMBOL_TOKENS)]
    values: dict[str, float] = defaultdict(float)
    for one in noted:
        values[one.symbol.qualified] += one.rank
    stand_ins = {one.symbol.qualified: clean_note(one.symbol.doc or one.symbol.signature, "") for one in noted[::-1]}
    text = stored.text if depth == "read" else stored.outline
    exact = dict(islice(spelled_out.items(), EXACT_NOTES))
    return Reading(chunk, text, depth, tuple(anchors), dict(values), stored.value, stored.redacted, exact, stand_ins)


def _overlaps(chunk: Chunk, symbol: Symbol) -> bool:
    return symbol.start_byte < chunk.end_byte and chunk.start_byte < symbol.end_byte


def _holds(outer: Symbol, inner: Symbol) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _exact(stored: StoredChunk, ranked: Iterable[StoredSymbol]) -> Iterator[tuple[str, str]]:
    """What is short enough to be noted as the code spells it; of a constant defined again, the last value."""
    values: dict[str, tuple[int, str]] = {}
    for one in ranked:
        symbol = one.symbol
        if value := spelled(stored, one):
            before = values.get(symbol.qualified)
            if before is None or before[0] < symbol.start_byte:
                values[symbol.qualified] = symbol.start_byte, value
    return ((name, value) for name, (_, value) in values.items())


def spelled(stored: StoredChunk, one: StoredSymbol) -> str:
    """The code behind a constant's or a small function's name; empty for what is longer than EXACT_LINES, or than
    EXACT_CHARACTERS."""
    value = clean_note(_behind_name(stored, one).rstrip(";, "), "")
    return value if len(value) <= EXACT_CHARACTERS else ""


def _behind_name(stored: StoredChunk, one: StoredSymbol) -> str:
    symbol = one.symbol
    if symbol.kind == "constant":
        return symbol.signature.partition(symbol.name)[2].lstrip(":= ")
    if symbol.kind not in ("function", "method") or symbol.end - symbol.start >= EXACT_LINES:
        return ""
    first = symbol.start - stored.chunk.start
    lines = stored.text.split("\n")[first : symbol.end - stored.chunk.start + 1]
    return " ".join(" ".join(lines).partition(symbol.name)[2].split())
