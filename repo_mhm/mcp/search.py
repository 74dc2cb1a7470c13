"""The tool `search`: the best locations for a query, then the other files that match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from repo_mhm.answer.joined_hits import shared_order
from repo_mhm.formatting import count
from repo_mhm.mcp.located_entries import located_entry
from repo_mhm.mcp.replies import Entry, Page, page
from repo_mhm.repositories import Searched, search_each

if TYPE_CHECKING:
    from repo_mhm.answer.search_hits import SearchHit
    from repo_mhm.repositories import Served

OTHER_FILES = 4
"""Further files that are named for each location asked for. All files that a question is about are
among the first 10, 30 and 60 files for .82, .93 and .97 of 94 questions (scripts/RESULTS.md)."""


def search(  # noqa: PLR0913  one for each of the tool's
    chosen: Sequence[Served],
    query: str,
    *,
    limit: int = 10,
    paths: Sequence[str] = (),
    languages: Sequence[str] = (),
    max_tokens: int = 1000,
    cursor: str = "",
) -> Page:
    """At most `limit` locations of all these repositories, the best first, and other files.

    Raises UsageError for paths or languages that no repository has, and what `Repository.search`
    raises.
    """
    results = search_each(
        chosen,
        query,
        limit=limit,
        other_files=OTHER_FILES * limit,
        within=paths,
        languages=languages,
    )
    return results_page(results, limit=limit, max_tokens=max_tokens, cursor=cursor)


def results_page(
    results: Sequence[Searched], *, limit: int, max_tokens: int, cursor: str | None
) -> Page:
    """At most `limit` locations: those that code answers with where it does, else the best."""
    remarks = [
        result.served.remark(warning) for result in results for warning in result.hits.warnings
    ]
    exact = [result for result in results if result.hits.is_exact]
    matching = exact or [result for result in results if result.hits.hits]
    if matching:
        entries = list(_shared(matching))[:limit]
        total = sum(result.hits.total for result in matching)
        heading = "" if exact and len(entries) == total else _heading(len(entries), total)
        entries += _merged(_other_files(result) for result in matching)
        remarks += [f"{result.served.prefix}{result.hits.heading}" for result in exact]
    else:
        entries = list(_merged(map(nearest_entries, results)))
        heading = "Nothing matches; what is nearest:" if entries else "Nothing matches."
    return page(entries, max_tokens=max_tokens, cursor=cursor, heading=heading, remarks=remarks)


def _heading(shown: int, total: int) -> str:
    if shown == total:
        return f"{count(total, 'location')}:"
    return f"{shown} of {count(total, 'location')}, the best first (a larger limit gives more):"


def nearest_entries(result: Searched) -> Iterator[Entry]:
    """What matches, else what is nearest."""
    return _entries(result, result.hits.hits or result.hits.nearest)


def _shared(results: Sequence[Searched]) -> Iterator[Entry]:
    """The locations of all repositories, places shared out by how well each fits the query."""
    entries = [list(_entries(result, result.hits.hits)) for result in results]
    following = [iter(each) for each in entries]
    for number in shared_order([result.hits.fit for result in results], list(map(len, entries))):
        yield next(following[number])


def _merged(groups: Iterable[Iterable[Entry]]) -> Iterator[Entry]:
    """The first of each repository, then the second of each."""
    return (entry for entry in chain.from_iterable(zip_longest(*groups)) if entry is not None)


def _entries(result: Searched, hits: Iterable[SearchHit]) -> Iterator[Entry]:
    return (located_entry(result.served, hit.line, line=hit.line.number) for hit in hits)


def _other_files(result: Searched) -> Iterator[Entry]:
    return (
        located_entry(result.served, line, label="other files that match")
        for line in result.hits.other_files
    )
