"""Pieces of the overview: what a head may say, and in which order it is most worth saying. Pure.

The idea. A piece is a name in the list of its file or of its directory, a line of its own on a
symbol (its signature and what it calls), or a sentence of the authors on a symbol, a file or a
directory. Pieces are put in one order, always the next with the most newly said value for each
token. A name is worth the value of its symbol for each of its tokens, once; to repeat it is worth
little. What a line says about a symbol (its parameters, whom it calls) is worth a part of that, and
so is each new word of a sentence. So the most valuable symbols get lines of their own before the
least valuable ones are named at all. Only what the most valuable files are for comes before all.

The first name of a list also pays for its path. So a list is begun only once several of its names
together are worth their tokens and the path's: where files are small and paths long, the names
stand in the list of their directory, which says less about them.

What a piece is worth only falls as more is said. So the best piece is weighed again when its turn
comes, and waits where another is better by now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from repo_mhm.memory.notes import DIRECTORY, FILE, SYMBOL, continuation_text, line_text
from repo_mhm.memory.overview_listing import Entry
from repo_mhm.memory.overview_tokens import estimated_tokens

REPEATED = 0.1
"""What a name or a parameter is worth that the head has said already, as a part of its value."""
DETAIL = 0.3
"""What a token of a symbol's line is worth that is no new name, as a part of the symbol's value."""
ONLY_PARAMETERS = 0.5
"""What such a token is worth where the line says nothing but parameters, as a part of `DETAIL`."""
IN_DIRECTORY = 0.6
"""What a name is worth in the list of its directory, which does not tell its file."""
PREPARED = 1.3
"""Pieces are ordered beyond the room, as their tokens are only about right."""
NAMES_PER_PATH = 12
"""Names of a list that are weighed together against the cost of its path."""
FIRST_SHARE = 0.5
"""The part of a head's room that purposes may take that come before all else."""
PURPOSE, DOCUMENTATION = 4, 5
"""Kinds of pieces beside the levels of notes: sentences of the authors."""


class Detail(NamedTuple):
    """What a line of its own says about a symbol."""

    text: str
    names: tuple[str, ...] = ()
    """Simple names of symbols that the text mentions, each once."""
    parameters: tuple[str, ...] = ()
    """What the text says of each parameter."""
    rest: str = ""
    """The text without the parameters."""


class Purpose(NamedTuple):
    """What the authors say that a file or a directory is for."""

    level: int
    """FILE or DIRECTORY."""
    path: str
    text: str
    content: str
    """Content id of the chunk it rests on."""
    value: float
    """That of its note."""
    worth: float
    """What the sentence says, in tokens of names times their value."""
    comes_first: bool = False
    """Whether it is said before anything else."""


class Piece(NamedTuple):
    """One entry in the list of its file or directory or on a line of its own, or a sentence."""

    item: int
    """The index of the entry, or that of the purpose."""
    kind: int
    """FILE, DIRECTORY, SYMBOL, DOCUMENTATION or PURPOSE."""


class RankedPiece(NamedTuple):
    """A piece in its order, with what it says newly and about how many tokens it takes."""

    piece: Piece
    gain: float
    """In tokens of names times their value."""
    tokens: float


@dataclass(frozen=True, slots=True)
class HeadMaterial:
    """All that one head could say."""

    entries: Sequence[Entry]
    """By path and position."""
    name_values: Mapping[str, float]
    """What mentioning a name is worth."""
    details: Mapping[int, Detail]
    """Lines on symbols, by the index of the entry."""
    purposes: Sequence[Purpose]

    def pieces(self) -> list[Piece]:
        """Every piece."""
        entries = range(len(self.entries))
        documented = [index for index in entries if self.entries[index].documentation]
        return [
            *(Piece(index, FILE) for index in entries),
            *(Piece(index, DIRECTORY) for index in entries),
            *(Piece(index, SYMBOL) for index in self.details),
            *(Piece(index, DOCUMENTATION) for index in documented),
            *(Piece(index, PURPOSE) for index in range(len(self.purposes))),
        ]

    def subject(self, piece: Piece) -> tuple[str, int]:
        """Path and level of the file or directory below which a piece stands."""
        if piece.kind == PURPOSE:
            purpose = self.purposes[piece.item]
            return purpose.path, purpose.level
        path = self.entries[piece.item].path
        return (directory_of(path), DIRECTORY) if piece.kind == DIRECTORY else (path, FILE)


def directory_of(path: str) -> str:
    """The directory of a file as notes name it: `.` for the root."""
    return path.rpartition("/")[0] or "."


def ordered_pieces(material: HeadMaterial, most_tokens: int) -> list[RankedPiece]:
    """Pieces in the order in which they are said, until they take more than `most_tokens`."""
    pieces = material.pieces()
    scale = _Scale(material)
    order: list[RankedPiece] = []
    tokens = 0.0

    def say(piece: Piece) -> float:
        gain = scale.gain(piece)
        order.append(RankedPiece(piece, gain, scale.say(piece)))
        return order[-1].tokens

    for piece in _first(material):
        if tokens < FIRST_SHARE * most_tokens:
            tokens += say(piece)

    heap = [(-scale.rate(piece), number) for number, piece in enumerate(pieces)]
    heapify(heap)
    while heap and tokens < PREPARED * most_tokens:
        waiting_rate, number = heappop(heap)
        rate = scale.rate(pieces[number])
        if rate <= 0:
            continue
        if -rate > waiting_rate and heap and -rate > heap[0][0]:
            heappush(heap, (-rate, number))
            continue
        tokens += say(pieces[number])
    return order


def _first(material: HeadMaterial) -> list[Piece]:
    """The purposes that come before all else, the most valuable first."""
    purposes = material.purposes
    first = [index for index, purpose in enumerate(purposes) if purpose.comes_first]
    by_value = sorted(first, key=lambda index: (-purposes[index].value, index))
    return [Piece(index, PURPOSE) for index in by_value]


class _Scale:
    """Weighs pieces by what the head has said so far."""

    def __init__(self, material: HeadMaterial) -> None:
        self._material = material
        self._entries = entries = material.entries
        self._said: set[str] = set()
        """Simple names."""
        self._parameters: set[str] = set()
        self._listed: set[int] = set()
        self._said_lines: set[Piece] = set()
        """Lines and sentences."""
        self._with_line: set[int] = set()
        """Entries that their own lines say, so that the list need not."""
        self._classes: set[tuple[str, tuple[str, ...]]] = set()
        """Path and names of the classes whose brackets are open already."""
        self._begun: set[str] = set()
        """Paths that are said."""
        self._version = 0
        """How many pieces are said."""
        self._list_rates: dict[tuple[str, int], tuple[int, float]] = {}
        """By path and level of a list, its last rate, and the version that was of."""
        self._by_list: dict[str, list[int]] = defaultdict(list)
        for index in sorted(range(len(entries)), key=lambda index: -entries[index].value):
            path = entries[index].path
            self._by_list[path].append(index)
            self._by_list[directory_of(path)].append(index)

    def rate(self, piece: Piece) -> float:
        """Newly said value for each token; 0 for what is said already."""
        gain = self.gain(piece)
        if not gain:
            return 0.0
        rate = gain / self._cost(piece)
        path, level = self._material.subject(piece)
        # A line of its own needs the list of its file, which says the path.
        is_begun = path in self._begun or piece.kind == PURPOSE
        return rate if is_begun else min(rate, self._rate_of_list(path, level))

    def _rate_of_list(self, path: str, level: int) -> float:
        """The best rate of the first names of a list that has not begun, with its path."""
        version, rate = self._list_rates.get((path, level), (-1, 0.0))
        if version != self._version:
            rate = self._new_rate_of_list(path, level)
            self._list_rates[path, level] = self._version, rate
        return rate

    def _new_rate_of_list(self, path: str, level: int) -> float:
        gain, tokens, best = 0.0, _line_tokens(level, path, ""), 0.0
        for index in self._by_list[path][:NAMES_PER_PATH]:
            piece = Piece(index, level)
            gain += self.gain(piece)
            tokens += self._cost(piece)
            best = max(best, gain / tokens)
        return best

    def gain(self, piece: Piece) -> float:
        """What a piece says newly, in tokens of names times their value."""
        index, kind = piece
        if kind == PURPOSE:
            return 0.0 if piece in self._said_lines else self._material.purposes[index].worth
        entry, is_named = self._entries[index], index in self._listed or index in self._with_line
        if kind in (FILE, DIRECTORY):
            gain = 0.0 if is_named else self._entry_gain(entry)
            return gain * IN_DIRECTORY if kind == DIRECTORY else gain
        if piece in self._said_lines:
            return 0.0
        if kind == DOCUMENTATION:
            gain = 0.0 if is_named else self._name_gain(entry.name, entry.value)
            return gain + entry.documentation_worth
        gain = 0.0 if is_named else self._entry_gain(entry)
        return gain + self._detail_gain(entry, self._material.details[index])

    def _entry_gain(self, entry: Entry) -> float:
        """What the name of an entry says, with what is spelled behind it."""
        gain = self._name_gain(entry.name, entry.value)
        if entry.spelled:
            gain += entry.spelled_value * _tokens(entry.spelled)
        return gain

    def _detail_gain(self, entry: Entry, detail: Detail) -> float:
        worth = DETAIL * entry.value * (1.0 if detail.names else ONLY_PARAMETERS)
        gain = named_tokens = 0.0
        for name in detail.names:
            tokens = _tokens(name)
            named_tokens += tokens
            value = self._material.name_values.get(name, 0.0)
            gain += max(self._name_gain(name, value), worth * tokens)
        repeated = sum(_tokens(text) for text in detail.parameters if text in self._parameters)
        new_tokens = _tokens(detail.text) - named_tokens - (1 - REPEATED) * repeated
        return gain + worth * max(0.0, new_tokens)

    def _name_gain(self, name: str, value: float) -> float:
        return value * _tokens(name) * (REPEATED if name in self._said else 1.0)

    def _cost(self, piece: Piece) -> float:
        """About how many tokens a piece adds, but for the path that it stands below."""
        index, kind = piece
        if kind == PURPOSE:
            purpose = self._material.purposes[index]
            if purpose.path in self._begun:
                return _tokens(continuation_text(purpose.level, purpose.text))
            return _line_tokens(purpose.level, purpose.path, purpose.text)

        entry = self._entries[index]
        in_list = _tokens(entry.name) + 1.0
        if kind in (SYMBOL, DOCUMENTATION):
            is_detail = kind == SYMBOL
            text = self._material.details[index].text if is_detail else entry.documentation
            other = Piece(index, DOCUMENTATION if is_detail else SYMBOL)
            if other in self._said_lines:
                return _tokens(continuation_text(SYMBOL, text))
            tokens = _line_tokens(SYMBOL, entry.qualified, text)
            leaves_list = index in self._listed and takes_place(entry, kind)
            return max(1.0, tokens - in_list) if leaves_list else tokens

        if entry.spelled:
            in_list += _tokens(entry.spelled)
        path, _ = self._material.subject(piece)
        if entry.parents and (path, entry.parents) not in self._classes:
            in_list += 1.0 + sum(map(_tokens, entry.parents))
        return in_list

    def say(self, piece: Piece) -> float:
        """Count a piece as said; about how many tokens it takes."""
        index, kind = piece
        path, level = self._material.subject(piece)
        tokens = self._cost(piece)
        if path not in self._begun and kind != PURPOSE:
            tokens += _line_tokens(level, path, "")
        self._version += 1
        self._begun.add(path)
        if kind in (FILE, DIRECTORY):
            self._listed.add(index)
            self._said.update(self._entries[index].parents)
            self._classes.add((path, self._entries[index].parents))
        else:
            self._said_lines.add(piece)
        if kind == PURPOSE:
            return tokens

        self._said.add(self._entries[index].name)
        if takes_place(self._entries[index], kind):
            self._with_line.add(index)
        if kind == SYMBOL:
            detail = self._material.details[index]
            self._said.update(detail.names)
            self._parameters.update(detail.parameters)
        return tokens


def takes_place(entry: Entry, kind: int) -> bool:
    """Whether a piece of this kind says all that the list would say of its entry."""
    return kind == SYMBOL or (kind == DOCUMENTATION and not entry.spelled)


def _line_tokens(level: int, anchor: str, text: str) -> float:
    return _tokens(line_text(level, anchor, text))


@lru_cache(maxsize=1 << 14)
def _tokens(text: str) -> float:
    return float(estimated_tokens(text))
