"""Exact notes on what a question names: what an answer from memory alone adds after the model.

A small model says little of the notes that it is shown, and not always what they say. The notes
that the parser wrote are exact: a signature, the calls in their order, the errors raised. So those
that concern a name in the question follow the model's answer, as steps follow one from source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from repo_mhm.answer.steps import MAX_FUNCTIONS, Steps
from repo_mhm.location import Location
from repo_mhm.memory.notes import OVERVIEW, SYMBOL, Note
from repo_mhm.retrieval.search import SearchResult
from repo_mhm.store import Store


def exact_notes(store: Store, result: SearchResult) -> list[Steps]:
    """The best exact notes on symbols that the question names, then on what these call.

    Where there are none on a name, those that mention it.
    """
    names = {name.rpartition(".")[2] for name in result.query.names}
    names = {name for name in names & store.symbol_names() if not name.startswith("__")}
    live_ids = store.live_note_ids()
    notes = [
        note
        for note in result.notes
        if note.id in live_ids and note.level == SYMBOL and note.depth == OVERVIEW
    ]

    on_names = [note for note in notes if _name(note) in names]
    if on_names:
        called = {word for note in on_names for word in _words(note.text.partition("→")[2])}
        others = [note for note in notes if _name(note) in called and note not in on_names]
    else:
        others = [note for note in notes if not names.isdisjoint(_words(note.text))]
    return [
        Steps(note.anchor, location, note.text)
        for note in (on_names + others)[:MAX_FUNCTIONS]
        for location in _locations(store, note)
    ]


def _name(note: Note) -> str:
    return note.anchor.rpartition(".")[2]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _locations(store: Store, note: Note) -> Sequence[Location]:
    """Where the symbol of the note is; none if the code has changed since."""
    symbols = [stored.symbol for stored in store.symbols_named([note.anchor])]
    return [symbol.location for symbol in symbols if symbol.path == note.path][:1]
