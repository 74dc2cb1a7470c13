"""The values of what notes of a model are about, looked up in the store for the files they name."""

from __future__ import annotations

from functools import lru_cache

from repo_mhm.memory.note_worth import SubjectValues
from repo_mhm.memory.notes import DIRECTORY, FILE, Note
from repo_mhm.memory.overview_lookup import OverviewLookup, OverviewPart
from repo_mhm.memory.overview_scale import SCALE, OverviewScale
from repo_mhm.store import Store

_FILES_KEPT = 256
"""Files whose values are remembered: the notes of a head are about fewer."""


class StoredNoteValues:
    """As `SubjectValues`, of the whole repository."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scale = OverviewScale.parse(store.meta(SCALE))
        self._in_file = lru_cache(_FILES_KEPT)(self._values_in)

    def of(self, note: Note) -> float:
        """The value of what a note is about."""
        if note.level == DIRECTORY:
            return self._store.most_worth_below(note.path)
        if note.level == FILE:
            return next((file.worth for file in self._store.file_overviews([note.path])), 0.0)
        return self._in_file(note.path).of(note)

    def is_spelled(self, note: Note) -> bool:
        """Whether the overview has all that code spells behind the name of a note's symbol."""
        return note.level < FILE and self._in_file(note.path).is_spelled(note)

    def _values_in(self, path: str) -> SubjectValues:
        part = OverviewPart([path], self._scale, (), (), ())
        return OverviewLookup(self._store, part).subject_values()
