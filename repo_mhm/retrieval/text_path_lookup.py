"""The chunks that a text names by lines of a trace, modules or messages. Reads the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from repo_mhm.location import Location
from repo_mhm.retrieval.pointers import Pointer
from repo_mhm.retrieval.text_paths import TextPaths
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MOST_FILES = 3
"""A path or a module that may be more files than this means none."""
NEAR_LINES = 6
"""Lines before and after one outside of functions that are read with it."""
CONTAINER_KINDS = frozenset({"module", "class", "type", "heading"})
MOST_CHUNKS = 8
"""Words that stand together in more chunks than this are no message of one of them."""


def pointer_locations(store: Store, pointers: Sequence[Pointer]) -> list[Location]:
    """What the pointers lead to, in their order: a definition, or lines outside of all."""
    if not pointers:
        return []
    text_paths = TextPaths(store.paths_named(_file_name(pointer.path) for pointer in pointers))
    locations: dict[Location, None] = {}
    for pointer in pointers:
        files = text_paths.files(pointer.path)
        if len(files) <= MOST_FILES:
            for path in files:
                location = _location(store, path, pointer)
                if location is not None:
                    locations[location] = None
    return list(locations)


def _location(store: Store, path: str, pointer: Pointer) -> Location | None:
    """The function that the pointer names, nearest to its line; else what is around the line.

    The text may come from another version of the file, in which the function lay elsewhere.
    """
    symbols = [stored.symbol for stored in store.symbols_in(path)]
    named = [symbol for symbol in symbols if symbol.name == pointer.function]
    if named:
        nearest = min(named, key=lambda symbol: abs(symbol.start - pointer.line))
        return Location(path, nearest.start, nearest.end)

    chunk = store.chunk_at(path, pointer.line) if pointer.line else None
    if chunk is None:
        return None
    return _definition_around(symbols, pointer.line) or Location(
        path,
        max(chunk.chunk.start, pointer.line - NEAR_LINES),
        min(chunk.chunk.end, pointer.line + NEAR_LINES),
    )


def _definition_around(symbols: Iterable[Symbol], line: int) -> Location | None:
    """The innermost definition around a line, unless it is a container of others."""
    around = [
        symbol
        for symbol in symbols
        if symbol.start <= line <= symbol.end and symbol.kind not in CONTAINER_KINDS
    ]
    return Location(around[-1].path, around[-1].start, around[-1].end) if around else None


def pointer_hits(store: Store, pointers: Sequence[Pointer]) -> Iterator[tuple[int, ...]]:
    """The chunks that the pointers lead to, in their order."""
    for location in pointer_locations(store, pointers):
        chunk = store.chunk_at(location.path, location.start)
        if chunk is not None:
            yield (chunk.id,)


def module_hits(store: Store, names: Iterable[str]) -> Iterator[tuple[int, ...]]:
    """The first chunks of the files that dotted names lead to as modules."""
    dotted = [name for name in names if "." in name]
    if not dotted:
        return
    # The first part alone leads nowhere, and many paths have the name of the package.
    later_parts = (part.lower() for name in dotted for part in name.split(".")[1:])
    text_paths = TextPaths(store.paths_with_any(later_parts))
    for name in dotted:
        files = text_paths.modules(name)
        if len(files) <= MOST_FILES:
            for path in files:
                chunk = store.chunk_at(path, 1)
                if chunk is not None:
                    yield (chunk.id,)


def phrase_hits(store: Store, phrases: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The chunks that hold words of a message together, those with most of them first."""
    frequencies = store.frequencies(phrases)
    rare = [phrase for phrase in phrases if 0 < frequencies[phrase] <= MOST_CHUNKS]
    for chunk, _ in store.search("source", rare, MOST_CHUNKS * len(rare)):
        yield (chunk,)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
