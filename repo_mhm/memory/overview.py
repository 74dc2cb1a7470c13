"""The overview: exact notes from what the parser found, which fill a head before any model. Pure.

The idea. `overview_pieces` puts all that a head could say into one order. The overview of a room
(in tokens) is the longest beginning of that order that fits. So cutting the room only removes what
is said, the least valuable first, and equal heads with equal rooms have equal notes.

Within a note the names stand in the order of their file, and not by value: a symbol that gains a
user then changes no more than it must.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import accumulate
from typing import NamedTuple

from repo_mhm.memory.notes import DIRECTORY, FILE, SYMBOL, line_text
from repo_mhm.memory.overview_listing import Entry, listing
from repo_mhm.memory.overview_pieces import Detail, Piece, directory_of, ordered_pieces
from repo_mhm.memory.overview_tokens import estimated_tokens

TOKENS_PER_LINE = 16
"""At most one symbol for so many tokens of room is asked for a line of its own."""


class OverviewNote(NamedTuple):
    """A note to be; see `Note` for its fields."""

    level: int
    anchor: str
    path: str
    text: str
    tokens: int
    chunks: tuple[str, ...]
    value: float


DetailOf = Callable[[Entry], "Detail | None"]
"""What a line on a symbol would say; None where that is not more than its name."""


class HeadOverview:
    """All that one head could say, the most valuable for its tokens first."""

    def __init__(
        self,
        entries: Sequence[Entry],
        name_values: Mapping[str, float],
        detail_of: DetailOf,
        most_tokens: int,
    ) -> None:
        """`entries` are by path and position; `name_values` is what mentioning a name is worth.

        No room will be larger than `most_tokens`: nothing beyond is prepared.
        """
        self._entries = entries
        self._entry_count = Counter(entry.path for entry in entries)
        paths_by_directory: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            paths_by_directory[directory_of(entry.path)].add(entry.path)
        self._file_count = {path: len(paths) for path, paths in paths_by_directory.items()}

        self._details = _details(entries, detail_of, most_tokens)
        self._order, gains = ordered_pieces(entries, name_values, self._details, most_tokens)
        self._totals = list(accumulate(self._running_totals(), max))
        self._said = list(accumulate(gains, initial=0.0))

    def fill(self, room: int) -> list[OverviewNote]:
        """The notes that fit `room` tokens, by path and position; tokens are estimated."""
        pieces = self._order[: bisect_right(self._totals, room)]
        lists: dict[tuple[str, int], list[Piece]] = defaultdict(list)
        for piece in sorted(pieces):
            lists[self._list_key(piece)].append(piece)
        return [note for key in sorted(lists) for note in self._notes(*key, lists[key])]

    def said(self, room: int) -> float:
        """What the notes that fit `room` tokens say, in tokens of names times their value."""
        return self._said[bisect_right(self._totals, room)]

    def _running_totals(self) -> Iterator[int]:
        """Tokens of all notes after each piece of the order."""
        lists: dict[tuple[str, int], list[Piece]] = defaultdict(list)
        tokens_by_list: dict[tuple[str, int], int] = defaultdict(int)
        total = 0
        for piece in self._order:
            key = self._list_key(piece)
            lists[key].append(piece)
            tokens = _tokens(key[1], key[0], self._list_text(*key, lists[key]))
            total += tokens - tokens_by_list[key]
            tokens_by_list[key] = tokens
            if piece.level == SYMBOL:
                entry, detail = self._entries[piece.entry], self._details[piece.entry]
                total += _tokens(SYMBOL, entry.qualified, detail.text)
            yield total

    def _list_key(self, piece: Piece) -> tuple[str, int]:
        """Path and level of the list that a piece belongs to."""
        path = self._entries[piece.entry].path
        return (directory_of(path), DIRECTORY) if piece.level == DIRECTORY else (path, FILE)

    def _notes(self, path: str, level: int, pieces: Sequence[Piece]) -> Iterator[OverviewNote]:
        """The notes that the pieces of one list make: the list, then the lines of its symbols."""
        indexes = sorted({piece.entry for piece in pieces})
        entries = [self._entries[index] for index in indexes]
        yield OverviewNote(
            level=level,
            anchor=path,
            path=path,
            text=(text := self._list_text(path, level, pieces)),
            tokens=_tokens(level, path, text),
            chunks=tuple(dict.fromkeys(entry.content for entry in entries)),
            value=sum(entry.value for entry in entries),
        )
        for piece in pieces:
            if piece.level == SYMBOL:
                yield self._symbol_note(self._entries[piece.entry], self._details[piece.entry])

    def _symbol_note(self, entry: Entry, detail: Detail) -> OverviewNote:
        return OverviewNote(
            level=SYMBOL,
            anchor=entry.qualified,
            path=entry.path,
            text=detail.text,
            tokens=_tokens(SYMBOL, entry.qualified, detail.text),
            chunks=(entry.content,),
            value=entry.value,
        )

    def _list_text(self, path: str, level: int, pieces: Sequence[Piece]) -> str:
        """The names of a list that have no line of their own; all where each has one."""
        with_line = {piece.entry for piece in pieces if piece.level == SYMBOL}
        indexes = sorted({piece.entry for piece in pieces})
        listed = [index for index in indexes if index not in with_line] or indexes
        entries = [self._entries[index] for index in listed]
        if level == DIRECTORY:
            count = self._file_count[path]
            files = "1 file" if count == 1 else f"{count} files"
            return f"{files}: {listing(entries, is_whole=False)}"
        return listing(entries, is_whole=len(indexes) == self._entry_count[path])


def _tokens(level: int, anchor: str, text: str) -> int:
    return estimated_tokens(line_text(level, anchor, text))


def _details(entries: Sequence[Entry], detail_of: DetailOf, most_tokens: int) -> dict[int, Detail]:
    """What lines on the most valuable symbols would say, by the index of the entry."""
    most_lines = most_tokens // TOKENS_PER_LINE
    best = nlargest(most_lines, range(len(entries)), key=lambda index: entries[index].value)
    details = {index: detail_of(entries[index]) for index in sorted(best)}
    return {index: detail for index, detail in details.items() if detail}
