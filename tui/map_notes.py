"""The notes on a directory, a file or a chunk of the map, as text. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from repo_mhm.location import Location
from tui.formatting import GLYPHS
from tui.map_tree import Entry
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView

_SHOWN_NOTES = 40
"""Most notes that are shown."""


_FINE_LEVELS = 2
"""Notes of lower levels are on symbols and chunks, and have anchors of their own."""

NotesByPath = Mapping[str, Sequence["NoteView"]]
_Part = Content | str | tuple[str, str]


def notes_text(entry: Entry, notes_by_path: NotesByPath) -> Content:
    """The notes on a directory, a file or a chunk, coarse ones first.

    Below those of a directory stand those of its files; where there is none, that of a directory
    above.
    """
    heading = single_line(entry.path or ".") + ("/" if entry.is_directory else "")
    if not entry.is_directory and len(entry.chunks) == 1:
        start, end = entry.lines
        heading += f":{start}-{end}"
    parts: list[_Part] = [(heading, "bold"), (f"  {entry.tokens:,} tokens\n", "dim")]

    own = [(_label(note), note) for note in _notes_on(entry, notes_by_path)]
    below = _notes_below(entry, notes_by_path) if entry.is_directory else []
    parts += _lines([*own, *below])
    if not own and not below:
        parts += _note_above(entry.path, notes_by_path)
    return Content.assemble(*parts)


def _lines(labelled: Sequence[tuple[str, NoteView]]) -> list[_Part]:
    parts: list[_Part] = []
    for label, note in labelled[:_SHOWN_NOTES]:
        parts += [f"{GLYPHS[note.level]} ", (label, "bold"), f"{single_line(note.text)}\n"]
    more = len(labelled) - _SHOWN_NOTES
    if more > 0:
        parts.append((f"and {more:,} more: F3 shows them all", "dim"))
    return parts


def _label(note: NoteView) -> str:
    return f"{single_line(note.anchor)} " if note.level < _FINE_LEVELS else ""


def _notes_on(entry: Entry, notes_by_path: NotesByPath) -> list[NoteView]:
    notes = sorted(notes_by_path.get(entry.path or ".", ()), key=lambda note: -note.level)
    if entry.is_directory or len(entry.chunks) != 1:
        return notes
    own = Location(entry.path, *entry.lines)
    return [note for note in notes if any(own.overlaps(other) for other in note.citations)]


def _notes_below(entry: Entry, notes_by_path: NotesByPath) -> list[tuple[str, NoteView]]:
    """The notes on the directories and files in a directory, the most valuable first."""
    folder = f"{entry.path}/"
    notes = [
        note
        for path, on_path in notes_by_path.items()
        if path.startswith(folder)
        for note in on_path
        if note.level >= _FINE_LEVELS
    ]
    notes.sort(key=lambda note: -note.value)
    return [(f"{single_line(note.path[len(folder) :])} ", note) for note in notes]


def _note_above(path: str, notes_by_path: NotesByPath) -> list[_Part]:
    """The first note on the nearest directory above that has any."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        for note in notes_by_path.get(folder or ".", ()):
            label = f"{single_line(folder or '.')}/ "
            return [("No note on it, but on a directory above:\n", "dim"), *_lines([(label, note)])]
    return [("The memory has no note on it.", "dim")]
