"""The notes on a directory, a file or a chunk of the map, as text. No widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tui.formatting import GLYPHS
from tui.map_tree import Entry
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView

_FILE = 2
"""The level of notes on files."""
_SHOWN_NOTES = 40
"""Most notes that are shown."""


def notes_text(entry: Entry, notes_by_path: Mapping[str, Sequence[NoteView]]) -> Content:
    """The notes on a directory, a file or a chunk, coarse ones first."""
    notes = _notes_on(entry, notes_by_path)
    heading = single_line(entry.path or ".") + ("/" if entry.is_directory else "")
    start, end = entry.lines
    if entry.chunks and len(entry.chunks) == 1:
        heading += f":{start}-{end}"
    parts: list[Content | str | tuple[str, str]] = [
        (heading, "bold"),
        (f"  {entry.tokens:,} tokens\n", "dim"),
    ]
    if not notes:
        parts.append(("The memory has no note on it.", "dim"))
    for note in notes[:_SHOWN_NOTES]:
        anchor = "" if note.level >= _FILE else f"{single_line(note.anchor)} "
        parts += [f"{GLYPHS[note.level]} ", (anchor, "bold"), f"{single_line(note.text)}\n"]
    if len(notes) > _SHOWN_NOTES:
        parts.append((f"and {len(notes) - _SHOWN_NOTES:,} more: F3 shows them all", "dim"))
    return Content.assemble(*parts)


def _notes_on(entry: Entry, notes_by_path: Mapping[str, Sequence[NoteView]]) -> list[NoteView]:
    notes = sorted(notes_by_path.get(entry.path or ".", ()), key=lambda note: -note.level)
    start, end = entry.lines
    if not entry.is_directory and len(entry.chunks) == 1:
        return [note for note in notes if _is_on(note, start, end)]
    return notes


def _is_on(note: NoteView, start: int, end: int) -> bool:
    return any(location.start <= end and start <= location.end for location in note.citations)
