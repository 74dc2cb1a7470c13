"""What a chunk's notes are made from: a text for the model, and what the code says itself. Pure.

A chunk gets one note of its own and notes on its symbols. The model describes the chunk and its
most used symbols. Where the code says in a few characters what a symbol is, that is the note, which
costs no model time. What its authors say of a symbol is in the overview.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from repo_mhm.memory.note_cleanup import clean_note
from repo_mhm.memory.values import is_noted_file, is_worth_noting
from repo_mhm.source.chunks import Chunk
from repo_mhm.source.outline import outline
from repo_mhm.source.symbols import Symbol

if TYPE_CHECKING:
    from repo_mhm.store import StoredChunk, StoredSymbol

DESCRIBED_SYMBOLS = 3
"""Most symbols of a chunk that the model describes.

Two, three and four were compared on the repository `requests` (47 questions): recall@5 is .889,
.909 and .895, any@1 is .936, .915 and .894.
"""
EXACT_NOTES = 16
"""Most symbols of a chunk that are noted as the code spells them."""
EXACT_LINES = 3
"""A function of at most so many lines is noted as the code spells it."""
EXACT_CHARACTERS = 60
"""Longer code is described by the model."""
DOCUMENTED_WORDS = 4
"""Documentation of fewer words says no more than the name."""
_RST_LINK = re.compile(r"`([^`<>]{1,200}) <[^<>\s]{0,300}>`_{0,2}")
_MARKUP = re.compile(r"\*\*|``")
_NAME = re.compile(r"[^\W\d_A-Z][A-Z]")
"""An inner capital: a text of which most words are names is a list of them."""
_OPENING_BRACKETS = frozenset("[{(")


@dataclass(frozen=True, slots=True)
class NoteInput:
    """One chunk to take notes on: its text, secrets redacted, and the symbols worth a note each."""

    chunk: Chunk
    head: int
    text: str
    depth: str
    """`skim` when `text` is an outline, else `read`."""
    anchors: tuple[str, ...]
    """Qualified names of the symbols the model describes, most important first."""
    symbol_values: Mapping[str, float]
    """PageRank mass of symbols, by qualified name."""
    value: float
    """PageRank mass of the whole chunk."""
    main_symbols: tuple[Symbol, ...] = ()
    """The most important ones, whether the model describes them or their authors do."""
    links: tuple[str, ...] = ()
    """Who calls the main symbols and what they call, a line for each."""
    redacted: int = 0
    """Secrets masked in the text."""
    exact: Mapping[str, str] = field(default_factory=dict)
    """By qualified name, short code in a chunk that is read whole: noted without the model."""
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """By qualified name, what the code says of a symbol, for when the model says nothing."""

    @property
    def is_worth_noting(self) -> bool:
        """Whether a model is asked at all: not about ignore, lock and editors' files."""
        return is_noted_file(self.chunk.path)


def note_input(stored: StoredChunk, file_symbols: Sequence[StoredSymbol], depth: str) -> NoteInput:
    """What goes into the notes on a chunk at a depth; `file_symbols` are those of its file."""
    symbols = _noted_symbols(stored.chunk, file_symbols)
    by_rank = [stored_symbol.symbol for stored_symbol in sorted(symbols, key=_importance)]
    names = list(dict.fromkeys(symbol.qualified for symbol in by_rank))

    spelled_out = _spelled_out(stored, by_rank)
    exact = {name: spelled_out[name] for name in names if name in spelled_out}
    documented = {symbol.qualified for symbol in by_rank if documentation(symbol.doc)}

    # A documented symbol counts among the most important ones, although the model skips it.
    candidates = [name for name in names if name not in spelled_out][:DESCRIBED_SYMBOLS]
    first_by_name = {symbol.qualified: symbol for symbol in reversed(by_rank)}
    return NoteInput(
        chunk=stored.chunk,
        head=stored.head,
        text=stored.text if depth == "read" else _outline(stored, file_symbols),
        depth=depth,
        anchors=tuple(name for name in candidates if name not in documented),
        symbol_values=_values(symbols),
        value=stored.value,
        main_symbols=tuple(first_by_name[name] for name in candidates),
        redacted=stored.redacted,
        exact=dict(islice(exact.items(), EXACT_NOTES if depth == "read" else 0)),
        fallbacks=_fallbacks(symbols),
    )


def _outline(stored: StoredChunk, file_symbols: Iterable[StoredSymbol]) -> str:
    return outline(stored.text, stored.chunk, [symbol.symbol for symbol in file_symbols])


def _importance(stored: StoredSymbol) -> tuple[float, int]:
    """Sorts the highest rank first, then by position."""
    return -stored.rank, stored.symbol.start_byte


def _noted_symbols(chunk: Chunk, file_symbols: Sequence[StoredSymbol]) -> list[StoredSymbol]:
    """The symbols that begin in the chunk and get notes.

    Tests get none, since their names say what they do, nor does what is defined inside a test.
    """
    tests = [
        stored.symbol
        for stored in file_symbols
        if stored.symbol.kind == "test" and _overlaps(chunk, stored.symbol)
    ]

    def is_noted(symbol: Symbol) -> bool:
        return (
            chunk.start_byte <= symbol.start_byte < chunk.end_byte
            and is_worth_noting(symbol)
            and not any(_encloses(test, symbol) for test in tests)
        )

    return [stored for stored in file_symbols if is_noted(stored.symbol)]


def _overlaps(chunk: Chunk, symbol: Symbol) -> bool:
    return symbol.start_byte < chunk.end_byte and chunk.start_byte < symbol.end_byte


def _encloses(outer: Symbol, inner: Symbol) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _values(symbols: Iterable[StoredSymbol]) -> dict[str, float]:
    values: dict[str, float] = defaultdict(float)
    for stored in symbols:
        values[stored.symbol.qualified] += stored.rank
    return dict(values)


def _fallbacks(symbols: Sequence[StoredSymbol]) -> dict[str, str]:
    """By name, the documentation or signature of the first symbol with that name."""
    return {
        stored.symbol.qualified: clean_note(stored.symbol.doc or stored.symbol.signature, "")
        for stored in reversed(symbols)
    }


def documentation(text: str) -> str:
    """What authors say of their code, as a note; empty where that is no sentence."""
    doc = clean_note(_MARKUP.sub("", _RST_LINK.sub(r"\1", text)), "")
    words = re.findall(r"[^\W\d_]{2,}", doc)
    names = sum(_NAME.search(word) is not None for word in words)
    has_words = len(words) >= DOCUMENTED_WORDS and 2 * names <= len(words)
    return doc if has_words and doc[0].isalnum() else ""


def documentation_of(symbol: Symbol) -> str:
    """What authors say of a symbol, without its name in front, since the anchor says that."""
    text = symbol.doc.strip()
    rest = text.removeprefix(symbol.name)
    is_subject = len(rest) < len(text) and rest[:1] == " " and rest[1:2].islower()
    return documentation(rest if is_subject else text)


def _spelled_out(stored: StoredChunk, by_rank: Iterable[Symbol]) -> dict[str, str]:
    """By name, code short enough to be a note; of a constant defined again, the last value."""
    last: dict[str, tuple[int, str]] = {}
    for symbol in by_rank:
        text = exact_text(stored, symbol)
        name, start = symbol.qualified, symbol.start_byte
        if text and (name not in last or last[name][0] < start):
            last[name] = start, text
    return {name: text for name, (_, text) in last.items()}


def exact_text(stored: StoredChunk, symbol: Symbol) -> str:
    """The code that follows the name of a constant or of a small function, on one line.

    Empty for code longer than EXACT_LINES or EXACT_CHARACTERS, and for the beginning of a table.
    """
    text = clean_note(_code_after_name(stored, symbol).rstrip(";, "), "")
    is_whole = text[-1:] not in _OPENING_BRACKETS and any(map(str.isalnum, text))
    return text if is_whole and len(text) <= EXACT_CHARACTERS else ""


def _code_after_name(stored: StoredChunk, symbol: Symbol) -> str:
    if symbol.kind == "constant":
        return symbol.signature.partition(symbol.name)[2].lstrip(":= ")
    if symbol.kind not in ("function", "method") or symbol.end - symbol.start >= EXACT_LINES:
        return ""

    first, last = symbol.start - stored.chunk.start, symbol.end - stored.chunk.start
    lines = stored.text.split("\n")[first : last + 1]
    return " ".join(" ".join(lines).partition(symbol.name)[2].split())
