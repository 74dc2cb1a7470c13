"""The order of notes for people who search the memory."""

from __future__ import annotations

from repo_mhm.memory.notes import CHUNK, Note
from repo_mhm.retrieval.note_ranking import rank_notes
from repo_mhm.retrieval.ranking import RankedChunk

RANKED = [RankedChunk(number, f"{number}.py", 1.0 / number, ()) for number in (1, 2, 3)]
CHUNK_IDS = {"a": [1], "b": [2], "c": [3]}


def note(number: int, *contents: str) -> Note:
    return Note(number, 0, CHUNK, "x.py:1-2", "x.py", "text", 4, contents, "read", 0.0)


def order(notes: list[Note], live: set[int]) -> list[int]:
    return [note.id for note in rank_notes(notes, live, RANKED, CHUNK_IDS)]


def test_a_note_on_better_code_precedes_one_whose_text_matches_a_little_better() -> None:
    assert order([note(1, "c"), note(2, "a")], {1, 2}) == [2, 1]


def test_a_retired_note_follows_a_live_one_on_the_same_code() -> None:
    assert order([note(1, "a"), note(2, "a")], {2}) == [2, 1]


def test_a_note_whose_code_is_gone_comes_last_and_is_not_lost() -> None:
    assert order([note(1, "gone"), note(2, "c")], {1, 2}) == [2, 1]


def test_notes_alike_keep_the_order_of_their_texts() -> None:
    assert order([note(2, "a", "b"), note(1, "b")], {1, 2}) == [2, 1]
