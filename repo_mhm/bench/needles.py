"""Facts to plant in real Python sources: their answers are known, and nobody could guess them.

Owns the kinds of facts, their names and values, where they are put, and whether a memory or an
answer contains one. Pure: texts in, texts out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

_FIRST_WORDS = (
    "cobalt saffron granite walnut copper velvet amber "
    "juniper basalt linen indigo marble cedar pewter"
).split()
_SECOND_WORDS = (
    "rivet lantern anvil ferry turbine sluice gantry "
    "beacon trellis bobbin caisson gimbal sextant spindle"
).split()
_BOUNDARY = re.compile(r"(?<=\n\n)(?=(?:async def|def|class|@)\b|@)", re.MULTILINE)
"""Before a top-level definition or its decorator."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something only the planted code says.

    The right answer to `question` contains `value` and not `wrong`.
    """

    kind: str
    name: str
    """What it is about, as the code spells it."""
    value: str
    asked: str
    """What is asked for, as a phrase: "the value of `X`"."""
    wrong: str = ""
    """An older value, or the value of a similar name."""
    by: str = ""
    """For a fact in two steps, the name in between."""

    @property
    def question(self) -> str:
        """The question on its own."""
        return f"What is {self.asked}?"

    def is_in(self, lines: Iterable[str]) -> bool:
        """Whether a memory has the fact: name and value on one line.

        Each step of a fact in two steps may be on a line of its own.
        """
        lines = list(lines)
        if _any_line_has(lines, self.name, self.value):
            return True
        if not self.by:
            return False
        return _any_line_has(lines, self.name, self.by) and _any_line_has(
            lines, self.by, self.value
        )

    def leaks_into(self, lines: Iterable[str]) -> bool:
        """Whether a memory has the wrong value under the name, and the right one on no line."""
        lines = list(lines)
        has_wrong = bool(self.wrong) and _any_line_has(lines, self.name, self.wrong)
        return has_wrong and not self.is_in(lines)

    def is_answered_by(self, answer: str) -> bool:
        """Whether an answer is right."""
        has_wrong = bool(self.wrong) and _has(answer, self.wrong)
        return _has(answer, self.value) and not has_wrong


def joint_question(facts: Sequence[Fact]) -> str:
    """One question for all facts, for a reader that must know its question beforehand."""
    return f"What is each of these: {'; '.join(fact.asked for fact in facts)}?"


def _any_line_has(lines: Iterable[str], first: str, second: str) -> bool:
    return any(_has(line, first) and _has(line, second) for line in lines)


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.replace(",", "")) is not None


# Kinds of facts ---------------------------------------------------------------------------------


class _Names(NamedTuple):
    """What a fact's code is written with: two names, each also in capitals, and two values."""

    lower: str
    other: str
    value: str
    wrong: str
    module: str
    """The module of the second code, to be imported; empty where it is in the same file."""

    def importing(self, name: str) -> str:
        """The statement that imports a name of the second code."""
        return f"from {self.module} import {name}\n\n" if self.module else ""

    @property
    def upper(self) -> str:
        return self.lower.upper()

    @property
    def other_upper(self) -> str:
        return self.other.upper()


Planting = tuple[Fact, str, str]
"""A fact, its code, and the code for its second position, empty where it has none."""


def _constant(names: _Names) -> Planting:
    fact = Fact("constant", names.upper, names.value, f"the value of `{names.upper}`")
    return fact, f"{names.upper} = {names.value}\n", ""


def _default(names: _Names) -> Planting:
    asked = f"the default of `limit` of `{names.lower}`"
    code = f"def {names.lower}(batch, limit={names.value}):\n    return batch[:limit]\n"
    return Fact("default", names.lower, names.value, asked), code, ""


def _returns(names: _Names) -> Planting:
    fact = Fact("returns", names.lower, names.value, f"the number `{names.lower}` returns")
    return fact, f"def {names.lower}():\n    return {names.value}\n", ""


def _alias(names: _Names) -> Planting:
    asked = f"the number behind `{names.upper}`"
    fact = Fact("alias", names.upper, names.value, asked, by=names.other_upper)
    first = f"{names.importing(names.other_upper)}{names.upper} = {names.other_upper}\n"
    return fact, first, f"{names.other_upper} = {names.value}\n"


def _caller(names: _Names) -> Planting:
    fact = Fact("caller", names.lower, names.other, f"the function that `{names.lower}` calls")
    code = (
        f"{names.importing(names.other)}"
        f"def {names.lower}(queue):\n    return {names.other}(queue)\n"
    )
    return fact, code, f"def {names.other}(queue):\n    queue.clear()\n"


def _redefinition(names: _Names) -> Planting:
    asked = f"the value of `{names.upper}` in the end"
    fact = Fact("redefinition", names.upper, names.value, asked, names.wrong)
    return fact, f"{names.upper} = {names.wrong}\n", f"{names.upper} = {names.value}\n"


def _namesake(names: _Names) -> Planting:
    asked = f"the value of `{names.upper}`"
    fact = Fact("namesake", names.upper, names.value, asked, names.wrong)
    return fact, f"{names.upper} = {names.value}\n", f"{names.upper}S = {names.wrong}\n"


def _behaviour(names: _Names) -> Planting:
    asked = f"the largest number of items that `{names.lower}` accepts in a batch"
    fact = Fact("behaviour", names.lower, names.value, asked, by=names.other)
    first = (
        f"{names.importing(names.other)}"
        f"def {names.lower}(batch):\n"
        f"    if len(batch) > {names.other}():\n"
        f'        raise ValueError("too many items")\n'
        f"    return list(batch)\n"
    )
    return fact, first, f"def {names.other}():\n    return {names.value}\n"


def _prose(names: _Names) -> Planting:
    asked = f"the number of jobs below which `{names.lower}` leaves the queue alone"
    fact = Fact("prose", names.lower, names.value, asked)
    said = f"Leave the queue alone while it has fewer than {names.value} jobs."
    is_docstring = int(names.value) % 2 == 0
    prose = f'"""{said}"""' if is_docstring else f"# {said}"
    return fact, f"def {names.lower}(queue):\n    {prose}\n    return queue.drain()\n", ""


_PLANTINGS: dict[str, Callable[[_Names], Planting]] = {
    "constant": _constant,
    "default": _default,
    "returns": _returns,
    "alias": _alias,
    "caller": _caller,
    "redefinition": _redefinition,
    "namesake": _namesake,
    "behaviour": _behaviour,
    "prose": _prose,
}
KINDS = tuple(_PLANTINGS)
INFERRED_KINDS = frozenset({"behaviour", "prose"})
"""Kinds that no single line of code states: they follow from two functions in different files, or
are said in a docstring or a comment only. The parser can note all others as the code spells them.
"""
_SECOND_IN_SAME_FILE = "redefinition"
"""Its second code must come later in the same file."""
_SECOND_IN_OTHER_FILE = "behaviour"
_SOURCE_FOLDERS = frozenset({"src", "lib"})
"""Folders that hold packages and are none."""


# Planting ---------------------------------------------------------------------------------------


def plant(files: Mapping[str, str], count: int, seed: int) -> tuple[dict[str, str], list[Fact]]:
    """The files with `count` facts of all kinds in them, and these facts.

    `files` are Python texts by path, in the order in which they will be read. Positions are spread
    evenly over the whole text, the last tenth included, and drawn anew for every seed. Raises
    ValueError when there are more facts than names for them, or no text to put them in.
    """
    rng = Random(seed)
    names = _unused_names("\n".join(files.values()))
    if len(names) < 2 * count or not any(text.strip() for text in files.values()):
        raise ValueError(f"{count} facts cannot be planted there")

    rng.shuffle(names)
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    rng.shuffle(kinds)
    values = [str(value) for value in rng.sample(range(1000, 10000), 2 * count)]
    positions = _Positions(files)
    facts = []
    for number, kind in enumerate(kinds):
        share = (number + rng.random()) / count
        lower, other = names[2 * number : 2 * number + 2]
        value, wrong = values[2 * number : 2 * number + 2]
        position = positions.nearest(share)
        second_position = _second_position(positions, kind, position, rng.random())
        module = _module(positions.path(second_position))
        is_elsewhere = positions.path(position) != positions.path(second_position)
        its_names = _Names(lower, other, value, wrong, module if is_elsewhere else "")
        fact, first, second = _PLANTINGS[kind](its_names)
        positions.put(first, position)
        if second:
            positions.put(second, second_position)
        facts.append(fact)
    return positions.texts(), facts


def _second_position(positions: _Positions, kind: str, first: int, share: float) -> int:
    """Where a fact's second code goes, whose first code is at the position `first`."""
    if kind == _SECOND_IN_SAME_FILE:
        return positions.last_of_file(first)
    own_path = positions.path(first)
    may_be_own = kind != _SECOND_IN_OTHER_FILE
    return positions.nearest(
        share, lambda path: may_be_own if path == own_path else bool(_module(path))
    )


def _module(path: str) -> str:
    """How Python imports a file from the folder that holds its package; empty where it cannot."""
    *folders, file = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
    parts = [file]
    for folder in reversed(folders):
        if folder in _SOURCE_FOLDERS:
            break
        parts.insert(0, folder)
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _unused_names(source: str) -> list[str]:
    """All names of which at least one word does not occur in the source."""
    source = source.lower()
    return [
        f"{first}_{second}"
        for first in _FIRST_WORDS
        for second in _SECOND_WORDS
        if first not in source or second not in source
    ]


class _Positions:
    """Where code can be put: before top-level definitions, and at the ends of files.

    Positions are numbered through all files; a share (0 to 1) means so far into all text.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._positions: list[tuple[str, int]] = []
        """Path, and character within the file."""
        self._starts: list[int] = []
        """Characters of all text before each position."""
        before = 0
        for path, text in files.items():
            boundaries = [match.start() for match in _BOUNDARY.finditer(text)]
            for position in [*boundaries, len(text)]:
                self._positions.append((path, position))
                self._starts.append(before + position)
            before += len(text)
        self._length = max(1, before)
        self._code: dict[int, list[str]] = {}

    def path(self, position: int) -> str:
        """The file that a position is in."""
        path, _ = self._positions[position]
        return path

    def nearest(self, share: float, is_suitable: Callable[[str], bool] = lambda path: True) -> int:
        """The position closest to a share of all text, in a suitable file where there is one."""
        wanted = share * self._length
        paths = set(filter(is_suitable, self._files))
        suitable = [number for number, (path, _) in enumerate(self._positions) if path in paths]
        candidates = suitable or range(len(self._positions))
        return min(candidates, key=lambda number: abs(self._starts[number] - wanted))

    def last_of_file(self, position: int) -> int:
        """The end of the file that a position is in."""
        path = self.path(position)
        return max(number for number, (other, _) in enumerate(self._positions) if other == path)

    def put(self, code: str, position: int) -> None:
        """Put code at a position, after what was put there before."""
        self._code.setdefault(position, []).append(code)

    def texts(self) -> dict[str, str]:
        """The files with all code in them, by path."""
        numbers_by_path: dict[str, list[int]] = defaultdict(list)
        for number, (path, _) in enumerate(self._positions):
            numbers_by_path[path].append(number)

        texts = {}
        for path, text in self._files.items():
            pieces, last = [], 0
            for number in numbers_by_path[path]:
                _, character = self._positions[number]
                pieces.append(text[last:character])
                pieces += [f"\n{code}\n" for code in self._code.get(number, ())]
                last = character
            texts[path] = "".join(pieces)
        return texts
