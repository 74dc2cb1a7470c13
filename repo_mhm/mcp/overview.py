"""The tool `overview`: the notes of the memory, of all of it, of a folder or of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repo_mhm.commands.memory import NoteView, show
from repo_mhm.formatting import single_line
from repo_mhm.mcp.located_entries import located_entry
from repo_mhm.mcp.replies import Entry, Page, page
from repo_mhm.source.file_roles import is_documentation, is_history, is_test

if TYPE_CHECKING:
    from repo_mhm.answer.events import LocatedLine
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.repositories import Served


def overview(
    chosen: Sequence[Served], path: str = "", *, max_tokens: int = 4000, cursor: str = ""
) -> Page:
    """The notes on a path, source before tests; of a file, what else it defines as well.

    Of a folder without notes, the files in it.
    """
    entries: list[Entry] = []
    warnings: list[str] = []
    for served in chosen:
        prefix = path.strip().removeprefix("./").removeprefix(served.prefix).strip("/")
        with served.repository.use() as memory:
            notes = _notes(memory, prefix)
            entries += [_note_entry(served, note) for note in notes]
            noted = {location for note in notes for location in note.citations}
            entries += [
                located_entry(served, line, label="also there")
                for line in _contents(memory, prefix, has_notes=bool(notes))
                if line.location not in noted
            ]
            warnings.append(served.remark(memory.refreshed.warning))

    heading = "" if entries else "Nothing is known of this path; try `overview` without one."
    return page(entries, max_tokens=max_tokens, cursor=cursor, heading=heading, remarks=warnings)


def _notes(memory: OpenedMemory, prefix: str) -> list[NoteView]:
    """The notes below a path: source, documents, tests; files of most value first, whole."""
    heads = show(memory.store, memory.settings.heads, memory.settings.head_tokens)
    notes = [note for head in heads for note in head.notes if _is_within(note.path, prefix)]
    value_by_path = memory.store.file_values()

    def order(note: NoteView) -> tuple[object, ...]:
        value = value_by_path.get(note.path, 0.0)
        start = note.citations[0].start if note.citations else 0
        return _role(note.path), -value, note.path, -note.level, start

    return sorted(notes, key=order)


def _is_within(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _role(path: str) -> int:
    if is_test(path):
        return 2
    return int(is_documentation(path) or is_history(path))


def _note_entry(served: Served, note: NoteView) -> Entry:
    locations = [f"{served.prefix}{location}" for location in note.citations]
    first = locations[0] if locations else f"{served.prefix}{note.path}"
    anchor = "" if note.anchor == note.path else note.anchor
    text = f"{single_line(first)}  {single_line(f'{anchor}{note.text}')}"
    value = {
        **served.names(),
        "path": note.path,
        "name": anchor,
        "text": single_line(note.text),
        "locations": locations,
    }
    return Entry(text, value, "notes")


def _contents(memory: OpenedMemory, path: str, *, has_notes: bool) -> Sequence[LocatedLine]:
    """What a file defines, by code, or which files a folder without notes has."""
    from repo_mhm.answer.exact_file_lookup import FileAnswers
    from repo_mhm.answer.exact_subject_lookup import find_target
    from repo_mhm.answer.question_kind import Reading
    from repo_mhm.answer.question_subject import Subject
    from repo_mhm.relations.relation_lookup import Relations
    from repo_mhm.relations.repository_lookup import StoreRepository

    if not path or (has_notes and path not in memory.store.blobs()):
        return ()
    with memory.store.view():
        relations = Relations(StoreRepository(memory.store))
        subject = Subject(path)
        target = find_target(relations, subject)
        answer = FileAnswers(relations).answer(target, Reading("contents", subject))
    return answer.lines if answer is not None else ()
