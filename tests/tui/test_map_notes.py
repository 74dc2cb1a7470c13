"""The notes on what is under the cursor of the map."""

from __future__ import annotations

from repo_mhm.commands.memory import NoteView
from repo_mhm.commands.repository_map import UNREAD, CoveredChunk
from repo_mhm.location import Location
from repo_mhm.memory.notes import DIRECTORY, FILE, SYMBOL
from tui.map_notes import notes_text
from tui.map_tree import Entry


def _note(level: int, path: str, anchor: str, line: int, value: float) -> NoteView:
    where = (Location(path, line, line + 4),)
    return NoteView(
        int(value), anchor, level, f"About {anchor}.", path, "read", True, where, 5, value
    )


NOTES = {
    "lib": [_note(DIRECTORY, "lib", "lib", 1, 9)],
    "lib/a.py": [
        _note(SYMBOL, "lib/a.py", "A.run", 30, 1),
        _note(FILE, "lib/a.py", "lib/a.py", 1, 2),
    ],
    "lib/sub/b.py": [_note(FILE, "lib/sub/b.py", "lib/sub/b.py", 1, 3)],
}


def _text(entry: Entry) -> list[str]:
    return notes_text(entry, NOTES).plain.splitlines()[1:]


def _file(path: str, *starts: int) -> Entry:
    chunks = [CoveredChunk(start, start + 19, 10, UNREAD) for start in starts]
    return Entry(path, path, chunks)


def test_a_directory_has_its_note_and_those_of_its_files_by_value() -> None:
    assert _text(Entry("lib", "lib/", is_directory=True)) == [
        "░ About lib.",
        "▒ sub/b.py About lib/sub/b.py.",
        "▒ a.py About lib/a.py.",
    ]


def test_a_file_has_all_of_its_notes_and_a_chunk_those_on_its_lines() -> None:
    assert _text(_file("lib/a.py", 1, 21)) == ["▒ About lib/a.py.", "█ A.run About A.run."]
    assert _text(_file("lib/a.py", 21)) == ["█ A.run About A.run."]


def test_what_has_no_note_is_said_by_the_directory_above() -> None:
    assert _text(_file("lib/sub/c.py", 1)) == [
        "No note on it, but on a directory above:",
        "░ lib/ About lib.",
    ]
    assert _text(_file("c.py", 1)) == ["The memory has no note on it."]
