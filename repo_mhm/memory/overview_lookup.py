"""What the overview says of the code in a store: its entries by head, and the lines on symbols."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from repo_mhm.memory.chunk_values import weighed
from repo_mhm.memory.note_input import documentation_of
from repo_mhm.memory.note_novelty import newly_said
from repo_mhm.memory.note_worth import SENTENCE, SubjectValues
from repo_mhm.memory.notes import FILE
from repo_mhm.memory.overview import HeadOverview
from repo_mhm.memory.overview_detail_lookup import DetailLookup
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_pieces import Detail, Purpose
from repo_mhm.memory.overview_tokens import estimated_tokens
from repo_mhm.memory.purposes import PurposeSubject, main_words, purpose_subjects, top_files
from repo_mhm.memory.spelled_values import NOTHING, Spelled, Surprise, spelled
from repo_mhm.memory.values import Value, file_values, is_public, is_worth_noting, symbol_value
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredChunk, StoredSymbol

LEAST_SURPRISE = 0.5
"""Defaults and results that surprise less, such as `False`, are left out."""
SPELLED = 1.0
"""What a token of a value that nobody could guess is worth at least, in average symbols."""
WITHOUT_SYMBOL = 0.2
"""What code is worth in which no symbol is named, as a part of an average symbol."""
ROOT = "."
"""The directory that is the whole repository."""
MOST_NAMESAKES = 3
"""A name that more files define does not tell which of them is used."""
_ENTRY_KINDS = frozenset({"route", "command"})


@dataclass(frozen=True, slots=True)
class ValuedSymbol:
    """A symbol that the overview may name, with its chunk and its value."""

    symbol: Symbol
    chunk: StoredChunk
    value: Value
    parents: tuple[str, ...]
    is_entry: bool
    is_local: bool
    spelled: Spelled


class OverviewLookup:
    """The overview of every head, as the store is within one `Store.view`."""

    def __init__(
        self,
        store: Store,
        paths: Collection[str] | None = None,
        first: Collection[str] | None = None,
    ) -> None:
        """With `paths` only these files are looked at, and said.

        `first` are the files whose purposes come before all else, where not the most valuable of
        those that are looked at.
        """
        self._details = DetailLookup(store)
        self._first = first
        chunks, symbols = _chunks_and_symbols(store, paths)
        self._valued, self._file_values = _valued_symbols(store, chunks, symbols)
        self.chunks = [weighed(stored, self._file_values[stored.chunk.path]) for stored in chunks]
        """All chunks, valued by their files as well."""
        self.subjects = purpose_subjects(self.chunks, symbols)
        """The files and directories that have a purpose, most valuable first."""
        self._purposes_said = {subject.words for subject in self.subjects if subject.words}
        self._by_name: dict[tuple[str, str], ValuedSymbol] = {}
        self._name_values: dict[str, float] = {}
        for item in self._valued:
            symbol, value = item.symbol, item.value.total
            self._by_name[symbol.path, symbol.qualified] = item
            self._name_values[symbol.name] = max(value, self._name_values.get(symbol.name, 0.0))
        self._surprise = Surprise(value for item in self._valued for value in item.spelled.values)
        total = sum(item.value.total for item in self._valued)
        self._average = total / max(1, len(self._valued))
        self._subject_values = self._values_of_subjects()

    @property
    def first(self) -> frozenset[str]:
        """The files whose purposes come before all else."""
        return top_files(self.subjects) if self._first is None else frozenset(self._first)

    def values_by_head(self) -> dict[int, float]:
        """What the symbols of each head are worth together."""
        values: dict[int, float] = defaultdict(float)
        for item in self._valued:
            values[item.chunk.head] += item.value.total
        return values

    @property
    def subject_values(self) -> SubjectValues:
        """The values of what notes may be about."""
        return self._subject_values

    def _values_of_subjects(self) -> SubjectValues:
        """A chunk without a symbol to name is worth a part of an average symbol in its file."""
        plain = WITHOUT_SYMBOL * self._average
        plain_values = {path: plain * value.total for path, value in self._file_values.items()}
        return SubjectValues(map(self._entry, self._valued), plain_values)

    def head(self, number: int, most_tokens: int) -> HeadOverview:
        """What one head can say of its symbols, for rooms of at most `most_tokens`."""
        entries = [self._entry(item) for item in self._valued if item.chunk.head == number]
        expanded: set[tuple[str, str]] = set()

        def detail_of(entry: Entry) -> Detail | None:
            item = self._by_name[entry.path, entry.qualified]
            return self._details.detail(item.symbol, expanded, is_entry=item.is_entry)

        purposes = self._purposes(number)
        return HeadOverview(entries, self._name_values, detail_of, most_tokens, purposes)

    def _purposes(self, head: int) -> list[Purpose]:
        """What the authors say that files and directories are for, which the head has."""
        first = {ROOT, *self.first}
        return [
            Purpose(
                level=subject.level,
                path=subject.anchor,
                text=subject.words,
                content=subject.lead,
                value=subject.value,
                worth=self._sentence_worth(
                    subject.words, self._value_of(subject), (subject.anchor,)
                ),
                comes_first=subject.anchor in first,
            )
            for subject in self.subjects
            if subject.head == head and subject.words
        ]

    def _value_of(self, subject: PurposeSubject) -> float:
        is_file = subject.level == FILE
        values = self._subject_values
        return (values.by_path if is_file else values.by_directory)[subject.anchor]

    def _sentence_worth(self, text: str, value: float, beside: Iterable[str]) -> float:
        """What a sentence on something of this value says beside these names."""
        return SENTENCE * value * newly_said(text, beside) * estimated_tokens(text)

    def _entry(self, item: ValuedSymbol) -> Entry:
        symbol, value = item.symbol, item.value.total
        surprise = self._surprise.of(item.spelled)
        is_said = symbol.kind == "constant" or surprise >= LEAST_SURPRISE
        is_setting = any(reason == "configuration" for reason, _ in item.value.factors)
        has_least = not (item.is_local or is_setting)
        least = SPELLED * self._average if has_least else 0.0
        words = documentation_of(symbol) if symbol.kind != "test" else ""
        if main_words(symbol) in self._purposes_said:
            words = ""
        return Entry(
            path=symbol.path,
            name=" ".join(symbol.name.split()),
            qualified=symbol.qualified,
            parents=item.parents,
            content=item.chunk.chunk.content_id,
            value=value,
            spelled=item.spelled.text if is_said else "",
            spelled_value=surprise * max(value, least),
            documentation=words,
            documentation_worth=self._sentence_worth(words, value, (symbol.path, symbol.qualified)),
        )


# Values of all symbols ----------------------------------------------------------------------------


def _valued_symbols(
    store: Store, stored_chunks: Iterable[StoredChunk], stored_symbols: Iterable[StoredSymbol]
) -> tuple[list[ValuedSymbol], dict[str, Value]]:
    """The symbols worth a note, by path and position, and the values of the files by path.

    Each qualified name of a file comes once.
    """
    chunks_by_path: dict[str, list[StoredChunk]] = defaultdict(list)
    for stored_chunk in stored_chunks:
        chunks_by_path[stored_chunk.chunk.path].append(stored_chunk)
    symbols_by_path: dict[str, list[StoredSymbol]] = defaultdict(list)
    for stored in stored_symbols:
        symbols_by_path[stored.symbol.path].append(stored)

    simple_names = {stored.symbol.name for own in symbols_by_path.values() for stored in own}
    called, users = _called_and_users(store, simple_names)
    by_file = file_values(chunks_by_path, users, store.change_weights())
    names = store.symbol_names()
    valued: list[ValuedSymbol] = []
    for path in sorted(symbols_by_path):
        chunks = sorted(chunks_by_path[path], key=lambda stored: stored.chunk.start_byte)
        valued += _valued_in(symbols_by_path[path], chunks, by_file.get(path), called, names)
    return valued, by_file


def _valued_in(
    stored_symbols: Sequence[StoredSymbol],
    chunks: Sequence[StoredChunk],
    file_value: Value | None,
    called: set[str],
    names: set[str],
) -> list[ValuedSymbol]:
    """The symbols of one file that are worth a note."""
    if file_value is None:
        return []
    starts = [stored.chunk.start_byte for stored in chunks]
    by_qualified = {stored.symbol.qualified: stored.symbol for stored in stored_symbols}
    valued: dict[str, ValuedSymbol] = {}
    for stored in sorted(stored_symbols, key=lambda stored: stored.symbol.start_byte):
        symbol = stored.symbol
        position = bisect_right(starts, symbol.start_byte) - 1
        if position < 0 or not is_worth_noting(symbol):
            continue
        parents, is_local = _parents(symbol, by_qualified)
        is_entry = not is_local and _is_entry(symbol, called)
        value = symbol_value(symbol, stored.rank, file_value, is_entry=is_entry, is_local=is_local)
        chunk = chunks[position]
        text = spelled(symbol, _code(symbol, chunk), names) if symbol.kind != "test" else NOTHING
        item = ValuedSymbol(symbol, chunk, value, parents, is_entry, is_local, text)
        first = valued.setdefault(symbol.qualified, item)
        if symbol.kind == "constant":
            # The last assignment of several is the one that counts.
            valued[symbol.qualified] = first = item
        elif first.spelled != item.spelled:
            # It depends on more than the name which of several definitions is called.
            valued[symbol.qualified] = first = replace(first, spelled=NOTHING)
        # Overloads are one symbol, as valuable as the most valuable of them.
        if first.value.total < value.total:
            valued[symbol.qualified] = replace(first, value=value)
    return list(valued.values())


def _code(symbol: Symbol, stored: StoredChunk) -> str:
    """The lines of a symbol; empty where its chunk does not hold them all."""
    chunk = stored.chunk
    if symbol.end > chunk.end:
        return ""
    lines = stored.text.split("\n")
    return "\n".join(lines[symbol.start - chunk.start : symbol.end - chunk.start + 1])


def _is_entry(symbol: Symbol, called: set[str]) -> bool:
    """Whether calls enter the code here: nothing of the source itself calls it."""
    if symbol.kind in _ENTRY_KINDS or symbol.name == "main":
        return True
    return symbol.kind in CALLABLE_KINDS and symbol.name not in called and is_public(symbol)


def _parents(symbol: Symbol, by_qualified: Mapping[str, Symbol]) -> tuple[tuple[str, ...], bool]:
    """The names of the classes around a symbol, outermost first; and whether a function is too.

    What is inside a function is listed beside it.
    """
    names: list[str] = []
    container, depth = symbol.container, 0
    while container and depth < 8:
        depth += 1
        parent = by_qualified.get(container)
        if parent is None:
            # Its class is in another file (Go), or is none that the parser takes for a symbol.
            return (container, *reversed(names)), False
        if parent.kind in CALLABLE_KINDS:
            return (), True
        if parent.kind in CLASS_KINDS:
            names.append(parent.name)
        container = parent.container if parent.container != container else ""
    return tuple(reversed(names)), False


def _called_and_users(store: Store, names: Collection[str]) -> tuple[set[str], dict[str, int]]:
    """Of these names, those that source calls; and how many other files of source use each file.

    The latter by path, as far as names tell: a name that a file defines itself means that
    definition, and one with many definitions none.
    """
    defining_paths = store.defining_paths(names)
    called: set[str] = set()
    users: dict[str, set[str]] = defaultdict(set)
    for name, path, is_call in store.uses_by_name(names):
        if is_test(path):
            continue
        if is_call:
            called.add(name)
        defining = defining_paths.get(name, ())
        if len(defining) <= MOST_NAMESAKES and path not in defining:
            for target in defining:
                users[target].add(path)
    return called, {path: len(paths) for path, paths in users.items()}


def _chunks_and_symbols(
    store: Store, paths: Collection[str] | None
) -> tuple[list[StoredChunk], list[StoredSymbol]]:
    """All chunks and symbols, or those of these files, in the order they were stored."""
    if paths is None:
        return store.chunks(), store.symbols()
    chunks = [stored for path in paths for stored in store.chunks_in(path)]
    symbols = [stored for path in paths for stored in store.symbols_in(path)]
    return sorted(chunks, key=lambda stored: stored.id), sorted(symbols, key=lambda it: it.id)
