"""Definitions: what names stand for as the code spells it, and what the names in that stand for, on and on. Pure.

A small model finds where a name matters and gets its value wrong, and loses its way from one name to the next; the
parser does neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from repo_mhm.location import Location

FEW = 4
"""A name that more places define than this stands for nothing that could be told."""
MOST = 8
"""Most definitions told at a time."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined; `text` is what the code says of it in one line, empty where that is too long to be told,
    or where more than FEW places define the name."""

    location: Location
    text: str

    @property
    def line(self) -> str:
        """As it stands in prompts."""
        return fact_line(self.location, self.text)


def fact_line(location: Location, text: str) -> str:
    """One fact with its location, as prompts show it."""
    return f"- {location}: {text}\n"


Define = Callable[[str], Sequence[Definition]]
"""From a name to where the repository defines it."""


def spelled_out(
    names: Iterable[str], define: Define, known: Collection[tuple[str, str]] = frozenset()
) -> list[Definition]:
    """What `names` stand for, then the names in that; `known` are paths and texts that need not be told again."""
    told = set(known)
    names = list(dict.fromkeys(names))
    made: list[Definition] = []
    for name in names:  # grows by the names in what it finds
        for one in define(name):
            if one.text and (one.location.path, one.text) not in told and len(made) < MOST:
                told.add((one.location.path, one.text))
                made.append(one)
                names += [other for other in names_in([one.text]) if other not in names]
    return made


_NAME = re.compile(
    r"`([^`\n]+)`|\b([A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*|[A-Z]\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}\w*)"
)


def names_in(texts: Iterable[str]) -> Iterator[str]:
    """Identifiers in prose: in back-ticks, or written as only code is."""
    for text in texts:
        for quoted, bare in _NAME.findall(text):
            yield from re.findall(r"[A-Za-z_]\w*", quoted or bare)
