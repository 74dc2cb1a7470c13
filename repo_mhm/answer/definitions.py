"""The definitions of names, each in one line of code, and of the names in those lines. Pure.

A small model finds where a name matters, but gets its value wrong and does not follow one name to
the next. Here the parser's symbols say both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from repo_mhm.location import Location

MAX_NAMESAKES = 4
"""The definitions of a name with more than this many are not listed."""
MAX_DEFINITIONS = 8
"""Most definitions listed at a time."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined, and its code in one line.

    `text` is empty where the code is too long for that, or where the name has more than
    MAX_NAMESAKES definitions.
    """

    location: Location
    text: str

    @property
    def line(self) -> str:
        """Its line in a prompt."""
        return fact_line(self.location, self.text)


DefinitionLookup = Callable[[str], Sequence[Definition]]
"""From a name to where the repository defines it."""


def fact_line(location: Location, text: str) -> str:
    """One fact with its location, as prompts list it."""
    return f"- {location}: {text}\n"


def follow_definitions(
    names: Iterable[str],
    look_up: DefinitionLookup,
    listed: Collection[tuple[str, str]] = frozenset(),
) -> list[Definition]:
    """The definitions of `names`, then those of the names in them, and so on.

    Definitions whose path and text are in `listed` are left out, and not followed.
    """
    seen = set(listed)
    queue = list(dict.fromkeys(names))
    definitions: list[Definition] = []

    for name in queue:  # grows by the names in what it finds
        for definition in look_up(name):
            key = definition.location.path, definition.text
            if not definition.text or key in seen or len(definitions) >= MAX_DEFINITIONS:
                continue
            seen.add(key)
            definitions.append(definition)
            queue += [other for other in names_in([definition.text]) if other not in queue]

    return definitions


_NAME = re.compile(
    r"`([^`\n]+)`"
    r"|\b([A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*|[A-Z][^\Wa-z]*[a-z][^\WA-Z]*[A-Z]\w*|[A-Z]{2,}\w*)"
)


def names_in(texts: Iterable[str]) -> Iterator[str]:
    """Identifiers in prose: those in backticks, and words that only code spells so."""
    for text in texts:
        for quoted, bare in _NAME.findall(text):
            yield from re.findall(r"[A-Za-z_]\w*", quoted or bare)
