"""What citations need from the store: lines of source, definitions, and what claims rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from repo_mhm.answer.attached import names_in
from repo_mhm.answer.citations import Citation, SnapshotLookup
from repo_mhm.answer.cited_lines import NOTHING, Enclosing, Passage
from repo_mhm.answer.claim_checks import check
from repo_mhm.location import Location
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.retrieval.search import symbols_for_name
from repo_mhm.store import Store

MAX_DEFINITIONS = 4
"""Most definitions of one name that a sentence may be attributed to."""
MAX_LINES = 300
"""Longer definitions are searched in so many lines of their beginning."""
MAX_MATCHES = 6
"""Most chunks that a search gives for one sentence."""
_ENCLOSING = frozenset(
    {"class", "type", "module", "function", "method", "test", "route", "command"}
)
"""Kinds of definitions that have a body."""


def snapshot_lookup(store: Store, attached: str = "") -> SnapshotLookup:
    """What the sentences of one answer are checked against. Call it inside of `store.view()`.

    An answer may also name what the text that came with the question names.
    """
    attached_names = frozenset(names_in(attached))

    def has_name(name: str) -> bool:
        is_in_source = store.source_has_word(name) or bool(store.symbols_named([name]))
        return is_in_source or name in attached_names

    lines = _SourceLines(store)
    relations = Relations(StoreRepository(store))
    return SnapshotLookup(
        chunk_count=max(1, store.chunk_count()),
        frequency=cache(lambda word: store.frequencies([word]).get(word, 0)),
        definitions=cache(lines.definitions),
        passages_with=partial(_chunks_with, store),
        source=cache(lines.passage),
        enclosing=lines.enclosing,
        has_name=cache(has_name),
        resolve=partial(_resolve, store),
        check=cache(lambda claim: check(claim, relations)),
    )


@dataclass(frozen=True, slots=True)
class _SourceLines:
    """Lines of source and the definitions around them; keeps what it has read of each file."""

    store: Store
    _lines_by_path: dict[str, list[str]] = field(default_factory=dict)
    _enclosing_by_path: dict[str, list[Enclosing]] = field(default_factory=dict)

    def passage(self, location: Location) -> Passage | None:
        """The lines at a location, as far as the file has them; None where it has none."""
        path = location.path
        if path not in self._lines_by_path:
            self._lines_by_path[path] = self.store.text_of(path).split("\n")
        lines = self._lines_by_path[path][location.start - 1 : location.end]
        if not any(lines):
            return None
        end = location.start + len(lines) - 1
        return Passage(Location(path, location.start, end), "\n".join(lines))

    def definitions(self, name: str) -> list[Passage]:
        """The lines of the first definitions of a name; of long ones the beginning."""
        symbols = [stored.symbol for stored in symbols_for_name(self.store, name)]
        passages = (
            self.passage(replace(symbol.location, end=min(symbol.end, symbol.start + MAX_LINES)))
            for symbol in symbols[:MAX_DEFINITIONS]
        )
        return [passage for passage in passages if passage is not None]

    def enclosing(self, path: str, line: int) -> Enclosing:
        """The definitions around a line."""
        if path not in self._enclosing_by_path:
            self._enclosing_by_path[path] = self._enclosing_by_line(path)
        by_line = self._enclosing_by_path[path]
        return by_line[line] if line < len(by_line) else NOTHING

    def _enclosing_by_line(self, path: str) -> list[Enclosing]:
        """For each line of a file, from 0, the definitions around it."""
        enclosing: list[Enclosing] = []
        for stored in self.store.symbols_in(path):  # outermost first
            symbol = stored.symbol
            if symbol.kind not in _ENCLOSING:
                continue
            enclosing.extend([NOTHING] * (symbol.end + 1 - len(enclosing)))
            outer = enclosing[symbol.start]
            names = f"{outer.names} {symbol.qualified}".lstrip()
            inner = Enclosing(names, (*outer.starts, symbol.start))
            enclosing[symbol.start : symbol.end + 1] = [inner] * (symbol.end + 1 - symbol.start)
        return enclosing


def _chunks_with(store: Store, terms: Sequence[str]) -> list[Passage]:
    """The lines of the chunks that hold most of some words."""
    ids = [row for row, _ in store.search("source", terms, MAX_MATCHES)]
    return [Passage(stored.chunk.location, stored.text) for stored in store.chunks(ids)]


def _resolve(store: Store, written: Location) -> Citation | None:
    """The lines at a location that the model wrote, if the snapshot has them.

    Leading folders may be missing where only one path ends with what was written. Lines beyond the
    chunk of the first one are left out.
    """
    path = written.path.removeprefix("./")
    stored = store.chunk_at(path, written.start)
    if stored is None:
        matches = store.paths_named([path])
        if len(matches) != 1:
            return None
        (path,) = matches
        stored = store.chunk_at(path, written.start)

    if stored is None or written.end < written.start:
        return None
    return Citation(Location(path, written.start, min(written.end, stored.chunk.end)))
