"""What several repositories have for one query, joined: one list of places, each named. Pure.

Scores of a ranking compare within one repository only, so they do not tell whose third place comes
before whose first. What compares is how well each repository fits the query: the share of the
query's term weight that its best places hold, where a word that a repository lacks weighs most.
The places of the joined list are shared out in proportion to that, as seats are in d'Hondt's
method: the n-th file of a repository counts its fit divided by n. So two that fit alike take turns,
and one that holds half as much of the question has every third place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from repo_mhm.answer.search_hits import SearchHit, SearchHits
from repo_mhm.formatting import count
from repo_mhm.location import Location

_LEAST_FIT = 1e-6
"""So that places of a repository that holds none of the words come last, and come."""


@dataclass(frozen=True, slots=True)
class NamedHits:
    """What the repository of a name has for a query."""

    name: str
    hits: SearchHits


def shared_order(fits: Sequence[float], lengths: Sequence[int]) -> list[int]:
    """Which list each next place is taken from, by number, until all lists are at their ends."""
    taken = [0] * len(fits)
    order: list[int] = []
    while len(order) < sum(lengths):
        number = max(
            (index for index in range(len(fits)) if taken[index] < lengths[index]),
            key=lambda index: max(fits[index], _LEAST_FIT) / (taken[index] + 1),
        )
        taken[number] += 1
        order.append(number)
    return order


def joined_hits(parts: Sequence[NamedHits], limit: int) -> SearchHits:
    """At most so many places of all repositories: exact ones where code answers, else the best."""
    exact = [part for part in parts if part.hits.is_exact]
    matching = exact or [part for part in parts if part.hits.hits]
    hits = _shared([(part, part.hits.hits) for part in matching])[:limit]
    total = sum(part.hits.total for part in matching)
    nearest = () if matching else _shared([(part, part.hits.nearest) for part in parts])
    return SearchHits(
        query=parts[0].hits.query,
        kind=exact[0].hits.kind if exact else "free",
        heading=_heading(exact, total, parts),
        hits=tuple(_together(hits) if exact else hits),
        total=total,
        nearest=tuple(nearest),
        scope=tuple(f"{part.name}/{name}" for part in parts for name in part.hits.scope),
        warnings=tuple(
            f"{part.name}: {warning}" for part in parts for warning in part.hits.warnings
        ),
        fit=max((part.hits.fit for part in matching), default=0.0),
        repositories=tuple(part.name for part in parts),
    )


def _heading(exact: Sequence[NamedHits], total: int, parts: Sequence[NamedHits]) -> str:
    if exact:
        return "; ".join(f"{part.name}: {part.hits.heading}" for part in exact)
    if not total:
        return f"nothing matches in {' and '.join(part.name for part in parts)}"
    return f"{count(total, 'place')} in {' and '.join(part.name for part in parts)}"


def _shared(lists: Sequence[tuple[NamedHits, Sequence[SearchHit]]]) -> list[SearchHit]:
    """The hits of all lists, those of one file together, places shared out by fit."""
    files = [
        [list(group) for _, group in groupby(hits, lambda hit: hit.line.location.path)]
        for _, hits in lists
    ]
    fits = [part.hits.fit for part, _ in lists]
    following = [iter(groups) for groups in files]
    return [
        _named(hit, lists[number][0].name)
        for number in shared_order(fits, list(map(len, files)))
        for hit in next(following[number])
    ]


def _together(hits: Sequence[SearchHit]) -> list[SearchHit]:
    """The hits of one repository together, in the order in which the repositories come."""
    names = dict.fromkeys(hit.line.location.path.partition("/")[0] for hit in hits)
    order = {name: position for position, name in enumerate(names)}
    return sorted(hits, key=lambda hit: order[hit.line.location.path.partition("/")[0]])


def _named(hit: SearchHit, name: str) -> SearchHit:
    return replace(hit, line=replace(hit.line, location=named(hit.line.location, name)))


def named(location: Location, name: str) -> Location:
    """A location with the name of its repository before its path."""
    return replace(location, path=f"{name}/{location.path}")
