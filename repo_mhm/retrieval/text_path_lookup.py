"""The chunks that a text names by lines of a trace, modules or messages. Reads the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from repo_mhm.location import Location
from repo_mhm.retrieval.pointers import Pointer
from repo_mhm.retrieval.text_paths import TextPaths
from repo_mhm.source.doc_comments import begins_comment, begins_decorator
from repo_mhm.source.search_terms import words
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store, StoredChunk

MOST_FILES = 3
"""A path or a module that may be more files than this means none."""
NEAR_LINES = 6
"""Lines before and after one outside of functions that are read with it."""
MOST_PATHS = 1_000
"""A part of a module that more paths than this have leads to no file by itself."""
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
    definition = _definition_at(symbols, pointer.line, chunk)
    if definition is not None and pointer.end <= definition.end:
        return definition
    if pointer.end > pointer.line:
        return Location(path, pointer.line, pointer.end)
    return _lines_outside(symbols, pointer.line, chunk)


def _definition_at(symbols: Iterable[Symbol], line: int, chunk: StoredChunk) -> Location | None:
    """The innermost definition around a line, or the one whose comment the line is.

    None where it is only in a container of others.
    """
    leaves = [symbol for symbol in symbols if symbol.kind not in CONTAINER_KINDS]
    around = [symbol for symbol in leaves if symbol.start <= line <= symbol.end]
    if around:
        return Location(around[-1].path, around[-1].start, around[-1].end)

    text_lines = chunk.text.split("\n")[line - chunk.chunk.start :]
    above = takewhile(lambda text: begins_comment(text) or begins_decorator(text), text_lines)
    first_code_line = line + len(list(above))
    if first_code_line == line:
        return None
    below = [symbol for symbol in symbols if symbol.start == first_code_line]
    return Location(below[0].path, line, below[0].end) if below else None


def _lines_outside(symbols: Iterable[Symbol], line: int, chunk: StoredChunk) -> Location:
    """The lines near one that is outside of all functions, without those of the next functions."""
    leaves = [symbol for symbol in symbols if symbol.kind not in CONTAINER_KINDS]
    ends = [symbol.end + 1 for symbol in leaves if symbol.end < line]
    starts = [symbol.start - 1 for symbol in leaves if symbol.start > line]
    return Location(
        chunk.chunk.path,
        max(chunk.chunk.start, line - NEAR_LINES, *ends),
        min(chunk.chunk.end, line + NEAR_LINES, *starts),
    )


def pointer_hits(store: Store, pointers: Sequence[Pointer]) -> Iterator[tuple[int, ...]]:
    """The chunks that the pointers lead to, in their order."""
    for location in pointer_locations(store, pointers):
        chunk = store.chunk_at(location.path, location.start)
        if chunk is not None:
            yield (chunk.id,)


def module_hits(store: Store, modules: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The first chunks of the files that modules lead to, as `Query.modules` has them."""
    # Many paths have the name of the package, and only with other parts does it lead anywhere.
    telling_parts = [part for module in modules for part in _telling_parts(module)]
    if not telling_parts:
        return
    longest_words = {max(words(part), key=len, default="") for part in telling_parts}
    text_paths = TextPaths(store.paths_with_any(longest_words, most=MOST_PATHS))
    for module in modules:
        files = text_paths.modules(module)
        if len(files) <= MOST_FILES:
            for path in files:
                chunk = store.chunk_at(path, 1)
                if chunk is not None:
                    yield (chunk.id,)


def _telling_parts(module: str) -> list[str]:
    parts = module.split(".")
    return parts[1:] or parts


def phrase_hits(store: Store, phrases: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The chunks that hold words of a message together, those with most of them first."""
    frequencies = store.frequencies(phrases)
    rare = [phrase for phrase in phrases if 0 < frequencies[phrase] <= MOST_CHUNKS]
    for chunk, _ in store.search("source", rare, MOST_CHUNKS * len(rare)):
        yield (chunk,)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
