"""Notes as rows and as a description in full. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tui.formatting import GLYPHS, LEVELS
from tui.rows import Row
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import NoteView
    from repo_mhm.location import Location

_SYMBOL, _DIRECTORY = 0, 3
"""Levels of notes."""
_SHOWN_LOCATIONS = 4
"""Most locations that a note's description names."""
_DEPTHS = {
    "skim": "from its outline",
    "read": "read whole",
    "merge": "merged from finer notes",
    "overview": "written by code",
    "authors": "in its authors' words",
}


def rows_by_module(notes: Sequence[NoteView], used: Sequence[Citation]) -> list[Row]:
    """Return the notes of a head, those of each module under a row with its path.

    Notes on lines in `used` are highlighted.
    """
    rows = []
    shown_module = None
    for note in notes:
        module = note.path if note.level == _DIRECTORY else note.path.rpartition("/")[0]
        if module != shown_module:
            shown_module = module
            rows.append(Row(((f"{single_line(module) or '.'}/", "kind"),)))
        rows.append(_row(note, _short_anchor(note), used))
    return rows


def rows_with_paths(notes: Sequence[NoteView], used: Sequence[Citation]) -> list[Row]:
    """Return notes of any modules as rows with whole paths."""
    return [_row(note, single_line(note.anchor), used) for note in notes]


def _short_anchor(note: NoteView) -> str:
    """The anchor as it is shown under its module: symbols indented, no directories."""
    if note.level == _SYMBOL:
        return f"  {single_line(note.anchor)}"
    return single_line(note.anchor.rpartition("/")[2] or note.anchor)


def _row(note: NoteView, anchor: str, used: Sequence[Citation]) -> Row:
    is_used = _is_used(note, used)
    parts = (
        (f"{GLYPHS[note.level]} ", LEVELS[note.level]),
        ("◂ ", "accent") if is_used else ("", ""),
        (f"{anchor} ", "name"),
        (single_line(note.text), "" if note.live else "dim"),
        ("" if note.live else "  (retired)", "dim"),
    )
    return Row(parts, note, "highlighted" if is_used else "")


def _is_used(note: NoteView, used: Sequence[Citation]) -> bool:
    return any(
        _overlap(citation.location, location) for citation in used for location in note.citations
    )


def _overlap(first: Location, second: Location) -> bool:
    same_file = first.path == second.path
    return same_file and first.start <= second.end and second.start <= first.end


def note_citations(note: NoteView) -> list[Citation]:
    """Return the locations that a note rests on, as citations."""
    from repo_mhm.answer.citations import Citation

    return [Citation(location) for location in note.citations]


def description(note: NoteView) -> Content:
    """Return a note in full, with its level, its depth and its locations."""
    from repo_mhm.commands.memory import LEVEL_NAMES

    kind = f"{LEVEL_NAMES[note.level]} note, {_DEPTHS.get(note.depth, '')}"
    state = "" if note.live else ", retired"
    return Content.assemble(
        (single_line(note.anchor), "bold"),
        f"  {single_line(note.text)}\n",
        (f"{kind}{state} · {_locations(note)}", "dim"),
    )


def _locations(note: NoteView) -> str:
    locations = [single_line(str(location)) for location in note.citations]
    if not locations:
        return "its source is gone"
    more = len(locations) - _SHOWN_LOCATIONS
    return ", ".join(locations[:_SHOWN_LOCATIONS]) + (f" and {more} more" if more > 0 else "")
