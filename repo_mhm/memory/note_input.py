"""Reading: what of a stored chunk is put before the model, which symbols get a note, and what the code says itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from repo_mhm.memory.consolidation import Reading
from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import StoredChunk, StoredSymbol

SYMBOLS = 3
"""Most symbols of a chunk that the model describes. With two, three, four on requests (47 questions): recall@5 .889,
.909, .895, any@1 .936, .915, .894."""
EXACT_NOTES = 16
"""Most symbols of a chunk that are noted as the code spells or documents them, which costs no model time."""
EXACT_LINES = 3
"""A function of no more lines says what it does better than a sentence could."""
EXACT_CHARACTERS = 60
"""Longer values are described by the model."""
DOCUMENTED_WORDS = 4
"""A documentation of fewer words says no more than the name."""
NOTED_KINDS = frozenset("class command constant function method module route table type".split())


def reading_of(stored: StoredChunk, symbols: Sequence[StoredSymbol], depth: str) -> Reading:
    """A chunk at a depth; `symbols` are those of its file.

    The model describes the most important symbols, where neither their code nor their authors do. Tests get no notes of
    their own, since their names say what they do, nor does what is defined inside one.
    """
    chunk = stored.chunk
    tests = [
        one.symbol for one in symbols if one.symbol.kind == "test" and _overlaps(chunk, one.symbol)
    ]
    noted = [
        one
        for one in symbols
        if chunk.start_byte <= one.symbol.start_byte < chunk.end_byte
        and one.symbol.kind in NOTED_KINDS
        and not any(_holds(test, one.symbol) for test in tests)
    ]
    ranked = sorted(noted, key=lambda one: (-one.rank, one.symbol.start_byte))
    names = list(dict.fromkeys(one.symbol.qualified for one in ranked))
    spelled_out = dict(_exact(stored, ranked))
    documented = {one.symbol.qualified: _documentation(one.symbol) for one in ranked[::-1]}
    known = {name: text for name in names if (text := spelled_out.get(name) or documented[name])}
    wanted = [name for name in names if name not in spelled_out][:SYMBOLS]
    values: dict[str, float] = defaultdict(float)
    for one in noted:
        values[one.symbol.qualified] += one.rank
    return Reading(
        chunk=chunk,
        text=stored.text if depth == "read" else stored.outline,
        depth=depth,
        anchors=tuple(name for name in wanted if name not in known),
        values=dict(values),
        value=stored.value,
        redacted=stored.redacted,
        exact=dict(islice(known.items(), EXACT_NOTES)),
        stand_ins={
            one.symbol.qualified: clean_note(one.symbol.doc or one.symbol.signature, "")
            for one in noted[::-1]
        },
    )


def _documentation(symbol: Symbol) -> str:
    """What its authors say a symbol does; empty where that is no sentence."""
    doc = clean_note(symbol.doc, "")
    return (
        doc
        if len(re.findall(r"[^\W\d_]{2,}", doc)) >= DOCUMENTED_WORDS and doc[0].isalnum()
        else ""
    )


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
    """The code behind a constant's or a small function's name; empty for what is longer than EXACT_LINES or
    EXACT_CHARACTERS, and for the beginning of a table."""
    value = clean_note(_behind_name(stored, one).rstrip(";, "), "")
    whole = value[-1:] not in _OPENING and any(map(str.isalnum, value))
    return value if whole and len(value) <= EXACT_CHARACTERS else ""


_OPENING = frozenset("[{(")


def _behind_name(stored: StoredChunk, one: StoredSymbol) -> str:
    symbol = one.symbol
    if symbol.kind == "constant":
        return symbol.signature.partition(symbol.name)[2].lstrip(":= ")
    if symbol.kind not in ("function", "method") or symbol.end - symbol.start >= EXACT_LINES:
        return ""
    first = symbol.start - stored.chunk.start
    lines = stored.text.split("\n")[first : symbol.end - stored.chunk.start + 1]
    return " ".join(" ".join(lines).partition(symbol.name)[2].split())
