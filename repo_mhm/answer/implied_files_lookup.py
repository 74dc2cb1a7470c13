"""What a question is about that says nothing but a file or a line: `Explain src/app.py:31`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from repo_mhm.location import Location
from repo_mhm.retrieval.long_question import is_long
from repo_mhm.retrieval.query import Query, parse_question
from repo_mhm.retrieval.text_path_lookup import MOST_FILES, pointer_locations
from repo_mhm.retrieval.text_paths import TextPaths
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.search_terms import words
from repo_mhm.store import Store

_LINE_NUMBER = re.compile(r"l?\d+|l")
"""A line as terms have it; in links it is written `#L31`."""
_LINE_WORDS = frozenset({"line", "lines", "file"})


def implied_files(store: Store, question: str, scope: Scope = WHOLE) -> tuple[Location, ...]:
    """The definitions at the lines that a question names, else the whole of the files it names.

    Only in the scope. None where it says more than that: then what it names is only where to begin.
    """
    query = parse_question(question)
    if is_long(question) or not (query.pointers or query.paths) or _says_more(query):
        return ()
    locations = pointer_locations(store, query.pointers) or _whole_files(store, query.paths)
    return tuple(location for location in locations if location.path in scope)


def _says_more(query: Query) -> bool:
    """Whether a term is neither in a path nor the number of a line."""
    paths = [*query.paths, *(pointer.path for pointer in query.pointers)]
    path_words = {word for path in paths for word in words(path)} | _LINE_WORDS
    other_terms = [term for term in query.terms if term not in path_words]
    return not all(_LINE_NUMBER.fullmatch(term) for term in other_terms)


def _whole_files(store: Store, paths: Sequence[str]) -> list[Location]:
    text_paths = TextPaths(store.blobs())
    files = [file for path in paths for file in text_paths.files(path)]
    chunks_by_path = {file: store.chunks_in(file) for file in files[:MOST_FILES]}
    return [
        Location(file, 1, chunks[-1].chunk.end) for file, chunks in chunks_by_path.items() if chunks
    ]
