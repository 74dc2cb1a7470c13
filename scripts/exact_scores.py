"""The questions of `eval_exact`, and what is right and wrong in the replies to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from repo_mhm.location import Location

MOST_LINES = 6
"""A longer location must begin where the place is; it says too little otherwise."""
Place = tuple[Location, ...]
"""Lines, and other lines that say the same."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its kind, and what the answer must and may list."""

    repo: str
    commit: str
    language: str
    question: str
    kind: str
    kinds: frozenset[str]
    """`kind`, and others that are as right."""
    expected: tuple[Place, ...]
    optional: tuple[Place, ...]
    undetermined: tuple[Place, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the product answered."""

    kind: str
    locations: tuple[Location, ...]
    text: str
    """All that a reader sees: heading, lines with their remarks, answer."""
    seconds: float
    doubted: frozenset[Location] = frozenset()
    """The locations that the product marks as matching by name only."""


@dataclass(frozen=True, slots=True)
class Score:
    """What is right and wrong in one reply."""

    repo: str
    language: str
    question: str
    kind: str
    replied_kind: str
    kind_is_right: bool
    expected: int
    listed: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    doubted: int
    """Extra locations that the product marks as matching by name only."""
    undetermined: int
    """Listed locations that no tool could tell right or wrong."""
    missing_texts: tuple[str, ...]
    seconds: float

    @property
    def is_perfect(self) -> bool:
        """Whether nothing is wrong."""
        return self.kind_is_right and not (self.missing or self.extra or self.missing_texts)


def read_case(entry: dict[str, object]) -> Case:
    """The question of one line of a file of questions."""

    def strings(name: str) -> list[str]:
        return entry.get(name, [])  # type: ignore[return-value]

    def places(name: str) -> tuple[Place, ...]:
        return tuple(_place(text) for text in strings(name))

    kind = str(entry["kind"])
    return Case(
        repo=str(entry["repo"]),
        commit=str(entry["commit"]),
        language=str(entry["language"]),
        question=str(entry["question"]),
        kind=kind,
        kinds=frozenset([kind, *strings("also_kinds")]),
        expected=places("expected"),
        optional=places("optional"),
        undetermined=places("undetermined"),
        texts=tuple(strings("expected_text")),
    )


def _place(text: str) -> Place:
    return tuple(_location(part) for part in text.split(" | "))


def _location(text: str) -> Location:
    path, _, lines = text.rpartition(":")
    start, _, end = lines.partition("-")
    return Location(path, int(start), int(end or start))


def compare(case: Case, reply: Reply) -> Score:
    """Compare a reply with what was expected of it."""
    is_free = case.kind == "free"
    missing = [place for place in case.expected if not _is_listed(place, reply.locations)]
    unexpected = _outside(reply.locations, (*case.expected, *case.optional))
    extra = _outside(unexpected, case.undetermined)
    return Score(
        repo=case.repo,
        language=case.language,
        question=case.question,
        kind=case.kind,
        replied_kind=reply.kind,
        kind_is_right=reply.kind in case.kinds,
        expected=len(case.expected),
        listed=0 if is_free else len(reply.locations),
        missing=tuple(str(place[0]) for place in missing),
        extra=() if is_free else tuple(map(str, extra)),
        doubted=len(reply.doubted.intersection(extra)),
        undetermined=len(unexpected) - len(extra),
        missing_texts=tuple(text for text in case.texts if text not in reply.text),
        seconds=reply.seconds,
    )


def _is_listed(place: Place, locations: Iterable[Location]) -> bool:
    return any(_is_at(location, lines) for location in locations for lines in place)


def _outside(locations: Iterable[Location], places: Iterable[Place]) -> list[Location]:
    """The locations that are at none of the places."""
    lines_of_places = [lines for place in places for lines in place]
    return [
        location
        for location in locations
        if not any(_is_at(location, lines) for lines in lines_of_places)
    ]


def _is_at(location: Location, place: Location) -> bool:
    if location.path != place.path:
        return False
    if place.start <= location.start <= place.end:
        return True
    is_short = location.end - location.start < MOST_LINES
    return is_short and location.start <= place.end and location.end >= place.start
