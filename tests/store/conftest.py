"""A store in a folder of its own, and records to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.memory.notes import CHUNK, Note, Step
from repo_mhm.source.scan import ScannedFile, scan_bytes
from repo_mhm.store import Store, open_store

SOURCE = (
    b'def greet(name):\n    """Say hello."""\n    return f"hello {name}"\n\n\n'
    b'def part():\n    return greet("you")\n'
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "memory") as store:
        yield store


def scanned(path: str = "app.py", source: bytes = SOURCE, blob: str = "b1") -> ScannedFile:
    return scan_bytes(path, source, blob, texts=True)


def make_note(number: int, content: str, *, text: str = "says hello") -> Note:
    anchor = f"app.py:{number}-{number}"
    return Note(number, 0, CHUNK, anchor, "app.py", text, 9, (content,), "read", 0.5)


def add_note(store: Store, note: Note, *, retired: tuple[int, ...] = (), content: str = "c") -> int:
    step = Step(note.head, "note", content, note.path, "read", (note,), retired)
    return store.record(step, "m")
