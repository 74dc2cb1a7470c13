"""Heads and notes as rows, and a note in full as text. No widgets here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from repo_mhm.formatting import count
from tui.formatting import GLYPHS, LEVELS, bar, fitted, share_label
from tui.note_tree import Branch, branch_of
from tui.rows import Part, Row
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.memory import HeadView, NoteEvent, NoteHistory, NoteView
    from repo_mhm.location import Location
    from tui.tree import Node

_SYMBOL = 0
"""The level of notes on symbols."""
_BAR_WIDTH = 5
_WITH_COUNTS = 30
"""A narrower list of heads does not count their notes."""
_COLUMNS_WIDTH = 14
"""Cells of the columns for value and tokens."""
_LEAST_WIDTH = 44
"""A narrower list has no such columns."""
_SHOWN_ANCHORS = 8
"""Most anchors of finer notes that a note's history names."""
COLUMN_TITLES = f"{'value':>6} {'tokens':>7}"
_DEPTHS = {
    "skim": "from its outline",
    "read": "read whole",
    "merge": "merged from finer notes",
    "overview": "written by code",
    "authors": "in its authors' words",
}
_STEPS = {
    "note": "the chunk was read",
    "merge": "finer notes were merged",
    "refresh": "the repository changed",
    "overview": "written by code",
}
"""Kinds of steps, as the history of a note says them."""
_MODELS_STEPS = ("note", "merge")
"""Kinds of steps that a model takes."""


@dataclass(frozen=True, slots=True)
class NoteLooks:
    """What the rows of all notes depend on."""

    used_ids: Collection[int]
    """Notes that the last answer used."""
    value: float
    """Of all notes of the head."""


def head_rows(heads: Sequence[HeadView], names: Sequence[Sequence[str]], width: int) -> list[Row]:
    """A row for each head: what it is named by, how full it is, how many notes it has."""
    rows = []
    for head, own_names in zip(heads, names, strict=True):
        fill = bar(head.tokens / max(1, head.budget), _BAR_WIDTH)
        figures = f" {fill}"
        if width >= _WITH_COUNTS:
            figures += f"{len(head.notes):>5,}"
        name = fitted(head_title(own_names), max(6, width - len(figures)))
        look = "" if head.notes else "dim"
        rows.append(Row(((name, look or "name"), (figures, look)), head.head))
    return rows


def head_title(names: Sequence[str]) -> str:
    """What a head is named by, briefly: the last part of each path."""
    if not names:
        return "no notes yet"
    return ", ".join(_last_part(single_line(name)) for name in names)


def _last_part(name: str) -> str:
    if name == "./":
        return "all"
    folders = name.rstrip("/").split("/")
    return folders[-1] + ("/" if name.endswith("/") else "")


def head_summary(head: HeadView, names: Sequence[str]) -> str:
    """The line above the notes of a head."""
    figures = f"{head.tokens:,} of {head.budget:,} tokens"
    paths = ", ".join(single_line(name) for name in names) or "no notes yet"
    return f"Head {head.head} · {figures} · {count(len(head.notes), 'note')} · {paths}"


# The rows of notes


def note_row(node: Node, is_open: bool, width: int, looks: NoteLooks) -> Row:
    """The row of a directory, a file or a note: its anchor and text, its value and tokens."""
    branch = branch_of(node)
    note = branch.note
    is_used = note is not None and note.id in looks.used_ids
    marks = ("▾ " if is_open else "▸ ") if node.is_branch else "  "
    parts: list[Part] = [("  " * node.depth + marks, "dim")]
    if is_used:
        parts.append(("◂ ", "accent"))
    parts += _note_parts(branch)

    if width >= _LEAST_WIDTH:
        share = share_label(branch.value / looks.value if looks.value else 0.0)
        parts = [
            *cut(parts, width - _COLUMNS_WIDTH),
            (f"{share:>6} {branch.tokens:>7,}", "dim"),
        ]
    return Row(tuple(parts), note, "highlighted" if is_used else "")


def _note_parts(branch: Branch) -> list[Part]:
    note = branch.note
    glyph: Part = (f"{GLYPHS[branch.level]} ", LEVELS[branch.level])
    if note is None:
        return [glyph, (_branch_name(branch), "name")]
    anchor = single_line(note.anchor) if note.level == _SYMBOL else _branch_name(branch)
    if note.level == 1:
        anchor = single_line(note.anchor.rpartition("/")[2] or note.anchor)
    return [glyph, (f"{anchor} ", "name"), (single_line(note.text), "")]


def _branch_name(branch: Branch) -> str:
    path = single_line(branch.path)
    if branch.level == len(LEVELS) - 2:
        return f"{path or '.'}/"
    return path.rpartition("/")[2] or path


def cut(parts: Sequence[Part], width: int) -> list[Part]:
    """Parts in exactly `width` cells: filled with spaces, or cut with an ellipsis."""
    shown: list[Part] = []
    left = fitted("".join(text for text, _ in parts), width)
    for text, look in parts:
        shown.append((left[: len(text)], look))
        left = left[len(text) :]
    return [*shown, (left, "")]


def result_row(note: NoteView, used_ids: Collection[int]) -> Row:
    """The row of a note among the results of a search, with its whole path."""
    is_used = note.id in used_ids
    path = "" if note.level else f"  {single_line(note.path)}"
    parts = (
        (f"{GLYPHS[note.level]} ", LEVELS[note.level]),
        ("◂ ", "accent") if is_used else ("", ""),
        (f"{single_line(note.anchor)} ", "name"),
        (single_line(note.text), "" if note.live else "dim"),
        ("" if note.live else "  (retired)", "warn"),
        (path, "dim"),
    )
    return Row(parts, note, "highlighted" if is_used else "")


def used_ids(notes: Sequence[NoteView], used: Sequence[Citation]) -> set[int]:
    """The ids of the notes on lines that an answer used."""
    used_by_path: dict[str, list[Location]] = {}
    for citation in used:
        used_by_path.setdefault(citation.location.path, []).append(citation.location)
    return {
        note.id
        for note in notes
        for location in note.citations
        if any(other.overlaps(location) for other in used_by_path.get(location.path, ()))
    }


def first_used(notes: Sequence[NoteView], used: Sequence[Citation]) -> NoteView | None:
    """The finest note on the first of these locations that has any."""
    notes_by_path: dict[str, list[tuple[Location, NoteView]]] = {}
    for note in notes:
        for location in note.citations:
            notes_by_path.setdefault(location.path, []).append((location, note))
    for citation in used:
        own = citation.location
        on_it = [note for other, note in notes_by_path.get(own.path, ()) if other.overlaps(own)]
        if on_it:
            return min(on_it, key=lambda note: (note.level, note.id))
    return None


def note_citations(note: NoteView) -> list[Citation]:
    """Return the locations that a note rests on, as citations."""
    from repo_mhm.answer.citations import Citation

    return [Citation(location) for location in note.citations]


# A note in full


def branch_text(branch: Branch, notes: int) -> Content:
    """What stands below the tree for a directory or file without a note of its own."""
    figures = f"{count(notes, 'note')} below it · {branch.tokens:,} tokens"
    return Content.assemble((_branch_name(branch), "bold"), f"\n{figures}")


def note_text(note: NoteView, history: NoteHistory | None) -> Content:
    """A note in full: its text, what it is, the lines it rests on, and its history."""
    parts: list[Content | str | tuple[str, str]] = [
        (single_line(note.anchor), "bold"),
        f"\n{single_line(note.text)}\n",
        (f"{_kind(note)}\n", "dim"),
        *_location_lines(note),
    ]
    if history is not None:
        parts.append(("\nHistory", "bold"))
        parts += [f"\n{_event_line(event)}" for event in history.events]
        parts += _relatives("made of", history.made_of)
        parts += _relatives("merged into", history.merged_into)
    return Content.assemble(*parts)


def _kind(note: NoteView) -> str:
    from repo_mhm.commands.memory import LEVEL_NAMES

    kind = f"{LEVEL_NAMES[note.level]} note, {_DEPTHS.get(note.depth, note.depth)}"
    state = "" if note.live else ", retired"
    return f"{kind}{state} · {note.tokens:,} tokens · value {note.value:.2g}"


def _location_lines(note: NoteView) -> list[str]:
    if not note.citations:
        return ["Its source is gone.\n"]
    return [
        f"[{number}] {single_line(str(location))}\n"
        for number, location in enumerate(note.citations, 1)
    ]


def _event_line(event: NoteEvent) -> str:
    when = datetime.fromtimestamp(event.at).strftime("%Y-%m-%d %H:%M")
    verb = "came into" if event.came else "left"
    reason = _STEPS.get(event.kind, event.kind)
    is_by_model = event.model and event.kind in _MODELS_STEPS
    model = f", {single_line(event.model)}" if is_by_model else ""
    commit = f", commit {single_line(event.commit)[:8]}" if event.commit else ""
    return f"{when}  {verb} head {event.head}: {reason}{model}{commit}"


def _relatives(label: str, anchors: Sequence[str]) -> list[str]:
    if not anchors:
        return []
    names = ", ".join(single_line(anchor) for anchor in anchors[:_SHOWN_ANCHORS])
    more = len(anchors) - _SHOWN_ANCHORS
    return [f"\n{label} {names}" + (f" and {more:,} more" if more > 0 else "")]
