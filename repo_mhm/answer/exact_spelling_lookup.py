"""What a name that the repository has nowhere may be a misspelling of. Reads the store.

Only a name is corrected that looks like one of code and that no file holds as a word: any other may
mean something that is no definition, and its question goes to retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from repo_mhm.answer.events import Located
from repo_mhm.answer.exact_subject_lookup import LEFT_OUT_KINDS
from repo_mhm.answer.question_kind import Reading
from repo_mhm.answer.question_subject import Subject, looks_like_code
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.store import Store

MOST_SUGGESTIONS = 3
_SHORTEST_NAME = 4
"""Characters; shorter names are all alike."""
_MOST_LENGTH_DIFFERENCE = 2
"""Characters that a misspelling drops or adds."""
_CLOSEST = 0.8
"""Share of characters in common (difflib): one wrong letter in five, two in ten."""


def misspelled(store: Store, relations: Relations, readings: Iterable[Reading]) -> Located | None:
    """The names that the subject of a question is spelled like; None where it is no misspelling."""
    for reading in readings:
        subject = reading.subject
        name = _unknown_name(store, subject)
        if not name:
            continue
        names = [subject.text.replace(name, other) for other in _alike(store, name)]
        existing = [item for item in names if _is_defined(relations, item)][:MOST_SUGGESTIONS]
        if existing:
            text = f"Nothing is called {subject.text}; did you mean {_alternatives(existing)}?"
            return Located(reading.kind, text, (), 0)
    return None


def _unknown_name(store: Store, subject: Subject) -> str:
    """The only part of a subject's name that no file holds; empty where there is none."""
    if subject.is_path or subject.scope or subject.start:
        return ""
    parts = re.split(r"\.|::|#|->", subject.text)
    if not all(re.fullmatch(r"\w+", part) for part in parts):
        return ""
    unknown = [part for part in parts if not _is_written(store, part)]
    if len(unknown) != 1 or len(unknown[0]) < _SHORTEST_NAME:
        return ""
    return unknown[0] if looks_like_code(subject.text) else ""


def _is_written(store: Store, name: str) -> bool:
    """Whether a file holds the name as a whole word."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(store.text_of(path)) for path in store.paths_with([name]))


def _alike(store: Store, name: str) -> list[str]:
    """The names of symbols that are spelled like this one, the closest first."""
    shortest, longest = len(name) - _MOST_LENGTH_DIFFERENCE, len(name) + _MOST_LENGTH_DIFFERENCE
    candidates = store.symbol_names_of_length(shortest, longest)
    # Some of them may define no code.
    return get_close_matches(name, candidates, n=4 * MOST_SUGGESTIONS, cutoff=_CLOSEST)


def _is_defined(relations: Relations, name: str) -> bool:
    return any(symbol.kind not in LEFT_OUT_KINDS for symbol in relations.resolve(name))


def _alternatives(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
