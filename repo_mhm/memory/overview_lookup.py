"""What the overview says of the code in a store: its entries by head, and the lines on symbols."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from heapq import nlargest

from repo_mhm.memory.chunk_values import weighed
from repo_mhm.memory.file_overview import FileOverview
from repo_mhm.memory.note_input import documentation_of
from repo_mhm.memory.note_novelty import newly_said
from repo_mhm.memory.note_worth import SENTENCE, NotedSubject, SubjectValues
from repo_mhm.memory.notes import FILE, Note
from repo_mhm.memory.overview import HeadCounts, HeadOverview
from repo_mhm.memory.overview_detail_lookup import DetailLookup
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_pieces import Detail, Purpose, directory_of
from repo_mhm.memory.overview_scale import OverviewScale
from repo_mhm.memory.overview_tokens import estimated_tokens
from repo_mhm.memory.purposes import (
    PurposeSubject,
    file_overview,
    named_words,
    purpose_subjects,
    top_files,
)
from repo_mhm.memory.spelled_values import Surprise
from repo_mhm.memory.symbol_values_lookup import SymbolValues, ValuedFile, ValuedSymbol
from repo_mhm.memory.values import NAMED_KINDS
from repo_mhm.store import Store

LEAST_SURPRISE = 0.5
"""Defaults and results that surprise less, such as `False`, are left out."""
SPELLED = 1.0
"""What a token of a value that nobody could guess is worth at least, in average symbols."""
WITHOUT_SYMBOL = 0.2
"""What code is worth in which no symbol is named, as a part of an average symbol."""
KEPT_PER_TOKEN = 2
"""So many symbols of each head may be said for each token of the whole memory, the most valuable
ones. A name takes two tokens or more, so no head says a quarter of them."""
DOCUMENTED_PER_TOKEN = 4
"""Of so many symbols for each token of a room the authors' words are looked at, which takes longer
than all else: a sentence is worth a tenth of a name."""
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

    def __init__(
        self, store: Store, part: OverviewPart | None = None, most_tokens: int = sys.maxsize
    ) -> None:
        """With `part` only its files are looked at, and said; no room is above `most_tokens`."""
        self._store = store
        self._part = part
        self._details = DetailLookup(store)
        self._heads: dict[int, _HeadSymbols] = defaultdict(
            partial(_HeadSymbols, KEPT_PER_TOKEN * most_tokens)
        )
        self._name_values: dict[str, float] = {}
        self.files: list[FileOverview] = []
        """What was found of each file."""
        values = SymbolValues(store, part.paths, part.scale) if part else SymbolValues(store)
        self.scale = self._look(values)
        """What the values are measured by."""
        self.subjects = self._subjects()
        """The files and directories that have a purpose, most valuable first."""
        self._purposes_said = {subject.words for subject in self.subjects if subject.words}
        self._surprise = Surprise(self.scale.value_counts, self.scale.value_total)
        self._worth_by_path = {file.path: file.worth for file in self.files}
        self._worth_by_directory = {} if part else _worth_by_directory(self._worth_by_path)

    def _look(self, values: SymbolValues) -> OverviewScale:
        """Look at each file in turn; of the symbols only those stay that may be said."""
        spelled_counts: Counter[str] = Counter()
        total, count = 0.0, 0
        for file in values:
            for item in file.valued:
                self._heads[item.head].add(item, total / max(1, count))
                name, worth = item.symbol.name, item.worth
                self._name_values[name] = max(worth, self._name_values.get(name, 0.0))
                spelled_counts.update(item.spelled.values)
                total += worth
            count += len(file.valued)
            self.files.append(_file_overview(file))
        if self._part:
            scale = self._part.scale
        else:
            scale = OverviewScale.of(values.most_users, total / max(1, count), spelled_counts)
        # A file without a symbol to name is worth a part of an average symbol in it.
        plain = WITHOUT_SYMBOL * scale.average
        self.files = [
            file._replace(worth=max(file.worth, plain * file.factor)) for file in self.files
        ]
        return scale

    def _subjects(self) -> list[PurposeSubject]:
        """Those of a part without the directories of which files are missing."""
        subjects = purpose_subjects(self.files, self._store.symbols_in)
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
        return {head: symbols.value for head, symbols in self._heads.items()}

    def subject_values(self) -> SubjectValues:
        """The values of what notes on the symbols and chunks of these files may be about."""
        plain = WITHOUT_SYMBOL * self.scale.average
        plain_values = {file.path: plain * file.factor for file in self.files}
        symbols = (item for head in self._heads.values() for item in head.items())
        return SubjectValues(map(self._subject, symbols), plain_values)

    def _subject(self, item: ValuedSymbol) -> NotedSubject:
        symbol, text = item.symbol, self._spelled_text(item)
        is_spelled = text.startswith(("=", "()"))
        return NotedSubject(symbol.path, symbol.qualified, item.content, item.worth, is_spelled)

    def head(self, number: int, most_tokens: int) -> HeadOverview:
        """What one head can say of its symbols, for rooms of at most `most_tokens`."""
        symbols = self._heads[number]
        own = symbols.best()
        documented = _documented(own, most_tokens)
        counts = HeadCounts.of_names(symbols.names)
        if self._part:
            counts = counts._replace(files=lru_cache(partial(self._file_count, number)))
        by_name = {(item.symbol.path, item.symbol.qualified): item for item in own}
        expanded: set[tuple[str, str]] = set()

        def detail_of(entry: Entry) -> Detail | None:
            item = by_name[entry.path, entry.qualified]
            return self._details.detail(item.symbol, expanded, is_entry=item.is_entry)

        return HeadOverview.of(
            [self._entry(item, is_documented=item.worth >= documented) for item in own],
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
        worth = self._worth_by_path[path] if level == FILE else self._worth_of_directory(path)
        return Purpose(
            level=level,
            path=path,
            text=words,
            content=content,
            value=value,
            worth=self._sentence_worth(words, worth, (path,)),
            comes_first=path == ROOT or path in self.first,
        )

    def _worth_of_directory(self, path: str) -> float:
        """What the most valuable symbol below a directory is worth."""
        if self._part is None:
            return self._worth_by_directory[path]
        return self._store.most_worth_below(path)

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
        has_least = not (item.is_local or item.is_setting)
        least = SPELLED * self.scale.average if has_least else 0.0
        return self._surprise.of(item.spelled) * max(item.worth, least)

    def _entry(self, item: ValuedSymbol, *, is_documented: bool) -> Entry:
        symbol, value = item.symbol, item.worth
        is_documented = is_documented and symbol.kind != "test"
        words = documentation_of(symbol) if is_documented else ""
        if named_words(symbol, words) in self._purposes_said:
            words = ""
        return Entry(
            path=symbol.path,
            name=" ".join(symbol.name.split()),
            qualified=symbol.qualified,
            parents=item.parents,
            content=item.content,
            value=value,
            spelled=self._spelled_text(item),
            spelled_value=self._spelled_value(item),
            documentation=words,
            documentation_worth=self._sentence_worth(words, value, (symbol.path, symbol.qualified)),
        )


class _HeadSymbols:
    """The symbols of one head: the most valuable ones, and figures of all."""

    def __init__(self, most: int) -> None:
        self.value = 0.0
        """What they are worth together."""
        self.names: Counter[str] = Counter()
        """How many each file has."""
        self._most = most
        self._count = 0
        self._best: list[tuple[float, int, ValuedSymbol]] = []
        self._least = -1.0 if most else math.inf
        """The least value of the most valuable ones so far: of equals the first is kept."""

    def add(self, item: ValuedSymbol, average: float) -> None:
        """Add the next symbol, by path and position.

        What the code spells behind a name is worth as much as an `average` symbol, about.
        """
        self.names[item.symbol.path] += 1
        self.value += item.worth
        self._count += 1
        value = max(item.worth, average) if item.spelled.values else item.worth
        if value <= self._least:
            return
        self._best.append((value, -self._count, item))
        if len(self._best) >= 1.25 * self._most:
            self._best = nlargest(self._most, self._best)
            self._least = self._best[-1][0]

    def items(self) -> Iterator[ValuedSymbol]:
        """Those that are kept, in no order."""
        return (item for *_, item in self._best)

    def best(self) -> list[ValuedSymbol]:
        """The most valuable ones, by path and position."""
        best = nlargest(self._most, self._best)
        return [item for *_, item in sorted(best, key=lambda entry: -entry[1])]


def _documented(items: Iterable[ValuedSymbol], most_tokens: int) -> float:
    """The least worth of a symbol of which a room may say what its authors say of it."""
    worths = nlargest(DOCUMENTED_PER_TOKEN * most_tokens, (item.worth for item in items))
    return worths[-1] if worths else 0.0


def _file_overview(file: ValuedFile) -> FileOverview:
    weight = file.value.total**2
    chunks = [weighed(stored, weight) for stored in file.chunks]
    overview = file_overview(file.path, chunks, file.symbols, file.noted, file.value.total)
    return overview._replace(worth=max((item.worth for item in file.valued), default=0.0))


def _worth_by_directory(worth_by_path: Mapping[str, float]) -> dict[str, float]:
    """What the most valuable file below each directory is worth."""
    by_directory: dict[str, float] = {ROOT: 0.0}
    for path, worth in worth_by_path.items():
        directory = path
        while directory != ROOT:
            directory = directory_of(directory)
            if by_directory.get(directory, -1.0) >= worth:
                break
            by_directory[directory] = worth
    return by_directory
