"""What the overview says of the code in a store: its entries by head, and the lines on symbols."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from repo_mhm.memory.chunk_values import weighed
from repo_mhm.memory.note_input import documentation_of
from repo_mhm.memory.note_novelty import newly_said
from repo_mhm.memory.note_worth import SENTENCE, NotedSubject, SubjectValues
from repo_mhm.memory.notes import FILE, Note
from repo_mhm.memory.overview import HeadCounts, HeadOverview
from repo_mhm.memory.overview_detail_lookup import DetailLookup
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_pieces import Detail, Purpose
from repo_mhm.memory.overview_scale import OverviewScale
from repo_mhm.memory.overview_tokens import estimated_tokens
from repo_mhm.memory.purposes import PurposeSubject, named_words, purpose_subjects, top_files
from repo_mhm.memory.spelled_values import Surprise
from repo_mhm.memory.symbol_values_lookup import SymbolValues, ValuedSymbol, symbol_values
from repo_mhm.memory.values import NAMED_KINDS
from repo_mhm.store import Store, StoredChunk, StoredSymbol

LEAST_SURPRISE = 0.5
"""Defaults and results that surprise less, such as `False`, are left out."""
SPELLED = 1.0
"""What a token of a value that nobody could guess is worth at least, in average symbols."""
WITHOUT_SYMBOL = 0.2
"""What code is worth in which no symbol is named, as a part of an average symbol."""
ROOT = "."
"""The directory that is the whole repository."""


@dataclass(frozen=True, slots=True)
class OverviewPart:
    """The files that an overview is looked up of, where not of all."""

    paths: Collection[str]
    scale: OverviewScale
    """What their values are measured by."""
    first: Collection[str]
    """The files whose purposes come before all else."""
    whole_directories: Collection[str]
    """Those of whose files none is left out."""
    directory_purposes: Sequence[Note]
    """What the authors say that other directories are for, as the memory has it."""


class OverviewLookup:
    """The overview of every head, as the store is within one `Store.view`."""

    def __init__(self, store: Store, part: OverviewPart | None = None) -> None:
        """With `part` only its files are looked at, and said."""
        self._store = store
        self._part = part
        self._details = DetailLookup(store)
        chunks, symbols = _chunks_and_symbols(store, part.paths if part else None)
        values = symbol_values(store, chunks, symbols, part.scale if part else None)
        self._valued, self._file_values = values.symbols, values.by_file
        self.scale = part.scale if part else _scale(values)
        """What the values are measured by."""
        self.chunks = [weighed(stored, self._file_values[stored.chunk.path]) for stored in chunks]
        """All chunks, valued by their files as well."""
        self.subjects = self._subjects(symbols)
        """The files and directories that have a purpose, most valuable first."""
        self._purposes_said = {subject.words for subject in self.subjects if subject.words}
        self._name_values: dict[str, float] = {}
        for item in self._valued:
            name = item.symbol.name
            self._name_values[name] = max(item.worth, self._name_values.get(name, 0.0))
        self._surprise = Surprise(self.scale.value_counts, self.scale.value_total)
        self._subject_values = self._values_of_subjects()

    def _subjects(self, symbols: Iterable[StoredSymbol]) -> list[PurposeSubject]:
        """Those of a part without the directories of which files are missing."""
        subjects = purpose_subjects(self.chunks, symbols)
        if self._part is None:
            return subjects
        whole = self._part.whole_directories
        return [item for item in subjects if item.level == FILE or item.anchor in whole]

    @property
    def first(self) -> frozenset[str]:
        """The files whose purposes come before all else."""
        return frozenset(self._part.first) if self._part else top_files(self.subjects)

    def values_by_head(self) -> dict[int, float]:
        """What the symbols of each head are worth together."""
        values: dict[int, float] = defaultdict(float)
        for item in self._valued:
            values[item.chunk.head] += item.worth
        return values

    @property
    def subject_values(self) -> SubjectValues:
        """The values of what notes may be about."""
        return self._subject_values

    def _values_of_subjects(self) -> SubjectValues:
        """A chunk without a symbol to name is worth a part of an average symbol in its file."""
        plain = WITHOUT_SYMBOL * self.scale.average
        plain_values = {path: plain * value.total for path, value in self._file_values.items()}
        return SubjectValues(map(self._subject, self._valued), plain_values)

    def _subject(self, item: ValuedSymbol) -> NotedSubject:
        symbol, text = item.symbol, self._spelled_text(item)
        is_spelled = text.startswith(("=", "()"))
        content = item.chunk.chunk.content_id
        return NotedSubject(symbol.path, symbol.qualified, content, item.worth, is_spelled)

    def head(self, number: int, most_tokens: int) -> HeadOverview:
        """What one head can say of its symbols, for rooms of at most `most_tokens`."""
        own = [item for item in self._valued if item.chunk.head == number]
        counts = HeadCounts.of(item.symbol.path for item in own)
        if self._part:
            counts = counts._replace(files=lru_cache(partial(self._file_count, number)))
        by_name = {(item.symbol.path, item.symbol.qualified): item for item in own}
        expanded: set[tuple[str, str]] = set()

        def detail_of(entry: Entry) -> Detail | None:
            item = by_name[entry.path, entry.qualified]
            return self._details.detail(item.symbol, expanded, is_entry=item.is_entry)

        return HeadOverview(
            [self._entry(item) for item in own],
            self._name_values,
            detail_of,
            most_tokens,
            self._purposes(number),
            counts,
        )

    def _file_count(self, head: int, directory: str) -> int:
        """How many files a directory has in a head, where not all of them are looked at."""
        return self._store.files_with_symbols(directory, head, NAMED_KINDS)

    def _purposes(self, head: int) -> list[Purpose]:
        """What the authors say that files and directories are for, which the head has."""
        purposes = [
            self._purpose(subject.level, subject.anchor, subject.words, subject.lead, subject.value)
            for subject in self.subjects
            if subject.head == head and subject.words
        ]
        kept = self._part.directory_purposes if self._part else ()
        purposes += [
            self._purpose(note.level, note.path, note.text, note.chunks[0], note.value)
            for note in kept
            if note.head == head
        ]
        return purposes

    def _purpose(self, level: int, path: str, words: str, content: str, value: float) -> Purpose:
        is_file = level == FILE
        values = self._subject_values
        subject_value = (values.by_path if is_file else values.by_directory)[path]
        return Purpose(
            level=level,
            path=path,
            text=words,
            content=content,
            value=value,
            worth=self._sentence_worth(words, subject_value, (path,)),
            comes_first=path == ROOT or path in self.first,
        )

    def _sentence_worth(self, text: str, value: float, beside: Iterable[str]) -> float:
        """What a sentence on something of this value says beside these names."""
        return SENTENCE * value * newly_said(text, beside) * estimated_tokens(text)

    def _spelled_text(self, item: ValuedSymbol) -> str:
        """What is said behind a symbol's name."""
        is_said = (
            item.symbol.kind == "constant" or self._surprise.of(item.spelled) >= LEAST_SURPRISE
        )
        return item.spelled.text if is_said else ""

    def _spelled_value(self, item: ValuedSymbol) -> float:
        """What a token is worth of what is spelled behind a symbol's name."""
        if not item.spelled.values:
            return 0.0
        is_setting = any(reason == "configuration" for reason, _ in item.value.factors)
        has_least = not (item.is_local or is_setting)
        least = SPELLED * self.scale.average if has_least else 0.0
        return self._surprise.of(item.spelled) * max(item.worth, least)

    def _entry(self, item: ValuedSymbol) -> Entry:
        symbol, value = item.symbol, item.worth
        words = documentation_of(symbol) if symbol.kind != "test" else ""
        if named_words(symbol, words) in self._purposes_said:
            words = ""
        return Entry(
            path=symbol.path,
            name=" ".join(symbol.name.split()),
            qualified=symbol.qualified,
            parents=item.parents,
            content=item.chunk.chunk.content_id,
            value=value,
            spelled=self._spelled_text(item),
            spelled_value=self._spelled_value(item),
            documentation=words,
            documentation_worth=self._sentence_worth(words, value, (symbol.path, symbol.qualified)),
        )


def _scale(values: SymbolValues) -> OverviewScale:
    """The figures of the whole repository, whose values these are."""
    total = sum(item.worth for item in values.symbols)
    spelled_values = (value for item in values.symbols for value in item.spelled.values)
    average = total / max(1, len(values.symbols))
    return OverviewScale.of(values.most_users, average, spelled_values)


def _chunks_and_symbols(
    store: Store, paths: Collection[str] | None
) -> tuple[list[StoredChunk], list[StoredSymbol]]:
    """All chunks and symbols, or those of these files, in the order they were stored."""
    if paths is None:
        return store.chunks(), store.symbols()
    chunks = [stored for path in paths for stored in store.chunks_in(path)]
    symbols = [stored for path in paths for stored in store.symbols_in(path)]
    return sorted(chunks, key=lambda stored: stored.id), sorted(symbols, key=lambda it: it.id)
