"""A note is worth what its subject is, for each token that it says about it."""

from __future__ import annotations

from dataclasses import replace

from repo_mhm.memory.note_worth import NotedSubject, SubjectValues, note_worth
from repo_mhm.memory.notes import CHUNK, DIRECTORY, FILE, SYMBOL, Note

VALUES = SubjectValues(
    [
        NotedSubject("lib/a.py", "Link.send", "c1", 0.5, is_spelled=False),
        NotedSubject("lib/a.py", "Link.close", "c1", 0.2, is_spelled=False),
        NotedSubject("lib/sub/b.py", "sort", "c2", 0.9, is_spelled=False),
        NotedSubject("lib/a.py", "LIMIT", "c1", 0.1, is_spelled=True),
    ],
    {"notes.txt": 0.05},
)


def note(level: int, anchor: str, path: str, content: str = "c1") -> Note:
    return Note(1, 0, level, anchor, path, "sends parcels", 9, (content,), "skim", 7.0)


def test_a_subject_is_as_valuable_as_the_most_valuable_symbol_in_it() -> None:
    assert VALUES.of(note(SYMBOL, "Link.close", "lib/a.py")) == 0.2
    assert VALUES.of(note(CHUNK, "lib/a.py:1-9", "lib/a.py")) == 0.5
    assert VALUES.of(note(FILE, "lib/a.py", "lib/a.py")) == 0.5
    assert VALUES.of(note(DIRECTORY, "lib", "lib")) == 0.9
    assert VALUES.of(note(DIRECTORY, ".", ".")) == 0.9


def test_what_names_no_symbol_is_worth_what_its_file_is() -> None:
    assert VALUES.of(note(CHUNK, "notes.txt:1-2", "notes.txt", "c9")) == 0.05
    assert VALUES.of(note(SYMBOL, "unknown", "lib/a.py")) == 0.0
    assert VALUES.of(note(FILE, "gone.py", "gone.py")) == 0.0


def test_more_words_are_worth_more_and_the_anchor_nothing() -> None:
    short = note(FILE, "lib/a.py", "lib/a.py")
    longer = replace(short, text=f"{short.text} over every link in turn")
    assert note_worth(longer, VALUES) > note_worth(short, VALUES) > 0
    assert note_worth(replace(short, tokens=99), VALUES) == note_worth(short, VALUES)


def test_what_code_spells_is_worth_more_than_a_sentence() -> None:
    value = note(SYMBOL, "Link.close", "lib/a.py")
    assert note_worth(value, VALUES, is_code=True) > note_worth(value, VALUES)


def test_what_the_overview_spells_already_is_worth_nothing() -> None:
    value = note(SYMBOL, "LIMIT", "lib/a.py")
    assert note_worth(value, VALUES, is_code=True) == 0 < note_worth(value, VALUES)
