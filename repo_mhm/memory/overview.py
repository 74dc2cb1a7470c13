"""The overview: exact notes from what the parser found, which fill a head before any model. Pure.

The idea. `overview_pieces` puts all that a head could say into one order. The overview of a room
(in tokens) is the longest beginning of that order that fits, and then whatever comes later and is
small enough for the tokens that are left: a line that is too long leaves its place to its name. So
equal heads with equal rooms have equal notes, and a larger room takes nothing from the beginning.

What a room says is therefore measured along the order, and between two pieces in proportion: the
smaller pieces say about as much for a token as the one that did not fit.

Within a note the names stand in the order of their file, and not by value: a symbol that gains a
user then changes no more than it must.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import accumulate
from typing import NamedTuple

from repo_mhm.memory.notes import (
    AUTHORS,
    DIRECTORY,
    FILE,
    OVERVIEW,
    SYMBOL,
    continuation_text,
    line_text,
)
from repo_mhm.memory.overview_listing import Entry, listing
from repo_mhm.memory.overview_pieces import (
    DOCUMENTATION,
    PURPOSE,
    Detail,
    HeadMaterial,
    Piece,
    Purpose,
    RankedPiece,
    directory_of,
    ordered_pieces,
    takes_place,
)
from repo_mhm.memory.overview_tokens import estimated_tokens

TOKENS_PER_LINE = 16
"""At most one symbol for so many tokens of room is asked for a line of its own."""
LEAST_TOKENS = 3
"""Fewer tokens are room for nothing."""
SHARED_PARAMETERS = 4
"""A function with so many parameters, all as another one has them, is said to be like that one."""


class OverviewNote(NamedTuple):
    """A note to be; see `Note` for its fields."""

    level: int
    anchor: str
    path: str
    text: str
    tokens: int
    chunks: tuple[str, ...]
    value: float
    depth: str = OVERVIEW
    is_continued: bool = False
    """Whether the note before it names its subject."""

    @property
    def line(self) -> str:
        """Its line in memory, which its tokens are those of."""
        if self.is_continued:
            return continuation_text(self.level, self.text)
        return line_text(self.level, self.anchor, self.text)


class HeadCounts(NamedTuple):
    """How much a head has that it could name."""

    names: Mapping[str, int]
    """Of each file."""
    files: Callable[[str], int]
    """Of a directory."""

    @classmethod
    def of(cls, paths: Iterable[str]) -> HeadCounts:
        """Those of a head that could name a symbol in each of these files."""
        return cls.of_names(Counter(paths))

    @classmethod
    def of_names(cls, names: Mapping[str, int]) -> HeadCounts:
        """Those of a head with so many names in each file."""
        files = Counter(map(directory_of, names))
        return cls(names, files.__getitem__)


DetailOf = Callable[[Entry], "Detail | None"]
"""What a line on a symbol would say; None where that is not more than its name."""
Group = tuple[str, int]
"""Path and level of a file or a directory whose notes stand together."""


class HeadOverview:
    """All that one head could say, the most valuable for its tokens first."""

    def __init__(
        self, material: HeadMaterial, order: Sequence[RankedPiece], counts: HeadCounts
    ) -> None:
        """`counts` are of all that the head has, where the material is not all."""
        self.material, self.order, self.counts = material, order, counts
        self._totals = list(accumulate(self._running_totals(), max))
        self._said = list(accumulate((ranked.gain for ranked in order), initial=0.0))

    @classmethod
    def of(
        cls,
        entries: Sequence[Entry],
        name_values: Mapping[str, float],
        detail_of: DetailOf,
        most_tokens: int,
        purposes: Sequence[Purpose] = (),
        counts: HeadCounts | None = None,
    ) -> HeadOverview:
        """The overview of entries by path and position.

        `name_values` is what mentioning a name is worth. No room will be larger than `most_tokens`:
        nothing beyond is prepared.
        """
        details = _details(entries, detail_of, most_tokens)
        material = HeadMaterial(entries, name_values, details, purposes)
        counts = counts or HeadCounts.of(entry.path for entry in entries)
        return cls(material, ordered_pieces(material, most_tokens), counts)

    @property
    def purposes_by_authors(self) -> frozenset[tuple[int, str]]:
        """Level and path of the files and directories whose purpose the authors say."""
        return frozenset((purpose.level, purpose.path) for purpose in self.material.purposes)

    def fill(self, room: int, purposes: Collection[Group] = ()) -> list[OverviewNote]:
        """The notes that fit `room` tokens, by path and position; tokens are estimated.

        `purposes` are the files and directories of which other notes say what they are for: the
        list of names stands below.
        """
        beginning = bisect_right(self._totals, room)
        groups: dict[Group, list[Piece]] = defaultdict(list)
        for ranked in self.order[:beginning]:
            groups[self.material.subject(ranked.piece)].append(ranked.piece)
        notes = {
            group: list(self._notes(group, pieces, group in purposes))
            for group, pieces in groups.items()
        }
        left = room - sum(map(_tokens, notes.values()))

        for piece, _, about in self.order[beginning:]:
            if left < LEAST_TOKENS:
                break
            group = self.material.subject(piece)
            for smaller in self._smaller(piece, groups[group], is_small=about <= 2 * left):
                larger = list(self._notes(group, [*groups[group], smaller], group in purposes))
                added = _tokens(larger) - _tokens(notes.get(group, ()))
                if added <= left:
                    groups[group].append(smaller)
                    notes[group] = larger
                    left -= added
                    break
        return [note for group in sorted(notes) for note in notes[group]]

    def said(self, room: int) -> float:
        """What a room says, in tokens of names times their value; between pieces in proportion."""
        number = bisect_right(self._totals, room)
        if number == len(self._totals):
            return self._said[number]
        before = self._totals[number - 1] if number else 0
        share = (room - before) / (self._totals[number] - before)
        return self._said[number] + share * self.order[number].gain

    def _running_totals(self) -> Iterator[int]:
        """Tokens of all notes after each piece of the order."""
        groups: dict[Group, list[Piece]] = defaultdict(list)
        tokens_by_group: dict[Group, int] = defaultdict(int)
        total = 0
        for ranked in self.order:
            group = self.material.subject(ranked.piece)
            groups[group].append(ranked.piece)
            tokens = _tokens(self._notes(group, groups[group]))
            total += tokens - tokens_by_group[group]
            tokens_by_group[group] = tokens
            yield total

    def _smaller(self, piece: Piece, beside: Sequence[Piece], *, is_small: bool) -> Iterator[Piece]:
        """The piece, where it may fit, and the bare name instead of a line."""
        if is_small:
            yield piece
        is_line = piece.kind in (SYMBOL, DOCUMENTATION)
        if is_line and all(other.item != piece.item or other.kind == PURPOSE for other in beside):
            yield Piece(piece.item, FILE)

    # Notes ------------------------------------------------------------------------------------

    def _notes(
        self, group: Group, pieces: Sequence[Piece], has_purpose: bool = False
    ) -> Iterator[OverviewNote]:
        """The notes that the pieces of one file or directory make.

        What it is for, the list of its names, then the lines of its symbols. `has_purpose` says
        that another note says what it is for.
        """
        purposes = [self.material.purposes[index] for index, kind in pieces if kind == PURPOSE]
        for purpose in purposes:
            yield _purpose_note(purpose)
        named = sorted(piece for piece in pieces if piece.kind != PURPOSE)
        if named:
            yield self._list_note(group, named, is_continued=has_purpose or bool(purposes))

        lines = {piece for piece in named if piece.kind in (SYMBOL, DOCUMENTATION)}
        for index in sorted({piece.item for piece in lines}):
            is_documented = Piece(index, DOCUMENTATION) in lines
            if is_documented:
                yield self._documentation_note(index)
            if Piece(index, SYMBOL) in lines:
                yield self._detail_note(index, is_continued=is_documented)

    def _list_note(
        self, group: Group, named: Sequence[Piece], *, is_continued: bool
    ) -> OverviewNote:
        path, level = group
        entries = [
            self.material.entries[index] for index in sorted({piece.item for piece in named})
        ]
        note = OverviewNote(
            level=level,
            anchor=path,
            path=path,
            text=self._list_text(path, level, named),
            tokens=0,
            chunks=tuple(dict.fromkeys(entry.content for entry in entries)),
            value=sum(entry.value for entry in entries),
            is_continued=is_continued,
        )
        return _counted(note)

    def _documentation_note(self, index: int) -> OverviewNote:
        entry = self.material.entries[index]
        note = _symbol_note(entry, entry.documentation)
        return _counted(note._replace(depth=AUTHORS))

    def _detail_note(self, index: int, *, is_continued: bool) -> OverviewNote:
        note = _symbol_note(self.material.entries[index], self.material.details[index].text)
        return _counted(note._replace(is_continued=is_continued))

    def _list_text(self, path: str, level: int, named: Sequence[Piece]) -> str:
        """The names that no line of their own says; where each has one, all names alone."""
        entries = self.material.entries
        with_line = {index for index, kind in named if takes_place(entries[index], kind)}
        indexes = sorted({piece.item for piece in named})
        listed = [entries[index] for index in indexes if index not in with_line]
        if not listed:
            listed = [entries[index]._replace(spelled="") for index in indexes]
        if level == DIRECTORY:
            count = self.counts.files(path)
            files = "1 file" if count == 1 else f"{count} files"
            return f"{files}: {listing(listed, is_whole=False)}"
        return listing(listed, is_whole=len(indexes) == self.counts.names[path])


def _purpose_note(purpose: Purpose) -> OverviewNote:
    note = OverviewNote(
        level=purpose.level,
        anchor=purpose.path,
        path=purpose.path,
        text=purpose.text,
        tokens=0,
        chunks=(purpose.content,),
        value=purpose.value,
        depth=AUTHORS,
    )
    return _counted(note)


def _symbol_note(entry: Entry, text: str) -> OverviewNote:
    return OverviewNote(
        level=SYMBOL,
        anchor=entry.qualified,
        path=entry.path,
        text=text,
        tokens=0,
        chunks=(entry.content,),
        value=entry.value,
    )


def _counted(note: OverviewNote) -> OverviewNote:
    return note._replace(tokens=estimated_tokens(note.line))


def _tokens(notes: Iterable[OverviewNote]) -> int:
    return sum(note.tokens for note in notes)


# Lines on symbols ---------------------------------------------------------------------------------


def _details(entries: Sequence[Entry], detail_of: DetailOf, most_tokens: int) -> dict[int, Detail]:
    """What lines on the most valuable symbols would say, by the index of the entry.

    The most valuable of several functions of a file with the same parameters says them for all.
    """
    most_lines = most_tokens // TOKENS_PER_LINE
    best = nlargest(most_lines, range(len(entries)), key=lambda index: entries[index].value)
    details: dict[int, Detail] = {}
    first_by_parameters: dict[tuple[str, tuple[str, ...]], str] = {}
    for index in best:
        entry, detail = entries[index], detail_of(entries[index])
        if detail is None:
            continue
        first = entry.qualified
        if len(detail.parameters) >= SHARED_PARAMETERS:
            key = entry.path, detail.parameters
            first = first_by_parameters.setdefault(key, entry.qualified)
        details[index] = detail if first == entry.qualified else _like(first, detail)
    return details


def _like(first: str, detail: Detail) -> Detail:
    """A line that says by the name of another function which parameters its own has."""
    parameters = f"like {first}"
    text = f"({parameters}) {detail.rest}".rstrip()
    return detail._replace(text=text, parameters=(parameters,))
