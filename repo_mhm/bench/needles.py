"""Planting: facts put into real Python sources, where an answer is known and nobody could guess it.

Owns the kinds of facts, their names and values, and whether a memory or an answer holds one. Pure: texts in, texts out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

KINDS = ("constant", "default", "returns", "alias", "caller", "redefinition", "namesake")

_FIRST = "cobalt saffron granite walnut copper velvet amber juniper basalt linen indigo marble cedar pewter".split()
_SECOND = "rivet lantern anvil ferry turbine sluice gantry beacon trellis bobbin caisson gimbal sextant spindle".split()
_BOUNDARY = re.compile(r"(?<=\n\n)(?=(?:async def|def|class|@)\b|@)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something only the planted code says: ask `question`, and the answer must hold `value` and not `wrong`."""

    kind: str
    name: str
    """What it is about, as the code spells it."""
    value: str
    asked: str
    """What is asked for, as a phrase: "the value of `X`"."""
    wrong: str = ""
    """An older value, or that of a name nearly the same."""
    by: str = ""
    """For an alias, the name in between."""

    @property
    def question(self) -> str:
        """The question on its own."""
        return f"What is {self.asked}?"

    def held(self, lines: Iterable[str]) -> bool:
        """Whether a memory holds it: name and value on one line, or for an alias each of its hops on one."""
        lines = list(lines)
        if any(_has(line, self.name) and _has(line, self.value) for line in lines):
            return True
        hops = ((self.name, self.by), (self.by, self.value))
        return bool(self.by) and all(
            any(_has(line, a) and _has(line, b) for line in lines) for a, b in hops
        )

    def leaked(self, lines: Iterable[str]) -> bool:
        """Whether a memory holds the wrong value under the name, and the right one nowhere."""
        lines = list(lines)
        wrong = bool(self.wrong) and any(
            _has(line, self.name) and _has(line, self.wrong) for line in lines
        )
        return wrong and not self.held(lines)

    def answered(self, answer: str) -> bool:
        """Whether an answer is right."""
        return _has(answer, self.value) and not (self.wrong and _has(answer, self.wrong))


def ask_all(facts: Sequence[Fact]) -> str:
    """One question for all facts: what a reader that must know its question beforehand is given."""
    return f"What is each of these: {'; '.join(fact.asked for fact in facts)}?"


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.replace(",", "")) is not None


def plant(files: Mapping[str, str], count: int, seed: int) -> tuple[dict[str, str], list[Fact]]:
    """`files` (paths to Python texts, in the order they will be read) with `count` facts of all kinds in them.

    Places are spread evenly over the whole text, the last tenth included, and drawn anew for every seed. Raises
    ValueError when there are more facts than names for them, or no text to put them in.
    """
    rng = Random(seed)
    everything = "\n".join(files.values()).lower()
    pairs = [(a, b) for a in _FIRST for b in _SECOND if a not in everything or b not in everything]
    if len(pairs) < 2 * count or not everything.strip():
        raise ValueError(f"{count} facts cannot be planted there")
    rng.shuffle(pairs)
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    rng.shuffle(kinds)
    places = _Places(files)
    values = rng.sample(range(1000, 10000), 2 * count)
    facts = []
    for number, kind in enumerate(kinds):
        at = (number + rng.random()) / count
        fact, first, second = _make(
            kind, pairs[2 * number], pairs[2 * number + 1], values[2 * number :]
        )
        places.put(first, at)
        if second:
            # A second definition counts only if it comes later; other pairs stand anywhere else.
            places.put(second, at, same_file=kind == "redefinition", elsewhere=rng.random())
        facts.append(fact)
    return places.texts(), facts


def _make(
    kind: str, one: tuple[str, str], two: tuple[str, str], values: Sequence[int]
) -> tuple[Fact, str, str]:
    """A fact, its code, and the code of its other place if it has one."""
    low, other = "_".join(one), "_".join(two)
    up, over = low.upper(), other.upper()
    value, wrong = str(values[0]), str(values[1])
    if kind == "default":
        code = f"def {low}(batch, limit={value}):\n    return batch[:limit]\n"
        return Fact(kind, low, value, f"the default of `limit` of `{low}`"), code, ""
    if kind == "returns":
        return (
            Fact(kind, low, value, f"the number `{low}` returns"),
            f"def {low}():\n    return {value}\n",
            "",
        )
    if kind == "caller":
        code = f"def {low}(queue):\n    return {other}(queue)\n"
        return (
            Fact(kind, low, other, f"the function that `{low}` calls"),
            code,
            f"def {other}(queue):\n    queue.clear()\n",
        )
    if kind == "alias":
        fact = Fact(kind, up, value, f"the number behind `{up}`", by=over)
        return fact, f"{up} = {over}\n", f"{over} = {value}\n"
    if kind == "redefinition":
        fact = Fact(kind, up, value, f"the value of `{up}` in the end", wrong)
        return fact, f"{up} = {wrong}\n", f"{up} = {value}\n"
    if kind == "namesake":
        return (
            Fact(kind, up, value, f"the value of `{up}`", wrong),
            f"{up} = {value}\n",
            f"{up}S = {wrong}\n",
        )
    return Fact(kind, up, value, f"the value of `{up}`"), f"{up} = {value}\n", ""


class _Places:
    """Where code can be put: before top-level definitions, and at the ends of files."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._spots: list[tuple[str, int]] = []
        self._starts: list[int] = []
        before = 0
        for path, text in files.items():
            for position in [*(found.start() for found in _BOUNDARY.finditer(text)), len(text)]:
                self._spots.append((path, position))
                self._starts.append(before + position)
            before += len(text)
        self._length = max(1, before)
        self._put: dict[tuple[str, int], list[str]] = {}

    def put(
        self, code: str, at: float, *, same_file: bool = False, elsewhere: float | None = None
    ) -> None:
        """Put code as near as can be to `at` (0 to 1 of all text); `elsewhere` instead, or later in the same file."""
        near = self._nearest(at)
        if same_file:
            path, _ = self._spots[near]
            near = next(
                number for number, spot in reversed(list(enumerate(self._spots))) if spot[0] == path
            )
        elif elsewhere is not None:
            near = self._nearest(elsewhere)
        self._put.setdefault(self._spots[near], []).append(code)

    def _nearest(self, at: float) -> int:
        return min(
            range(len(self._starts)),
            key=lambda number: abs(self._starts[number] - at * self._length),
        )

    def texts(self) -> dict[str, str]:
        """The files with everything in them."""
        made = {}
        for path, text in self._files.items():
            pieces, last = [], 0
            for where, position in self._spots:
                if where == path:
                    pieces += [
                        text[last:position],
                        *(f"\n{code}\n" for code in self._put.get((where, position), ())),
                    ]
                    last = position
            made[path] = "".join(pieces)
        return made
