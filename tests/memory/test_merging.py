"""Merging: a head gives notes up when it is over its budget, and not before."""

from __future__ import annotations

from itertools import count

from repo_mhm.engine.types import Prompt, Reply
from repo_mhm.memory.merging import HeadMerger, merge_key
from repo_mhm.memory.notes import CHUNK, FILE, Head, Note, Step


def chunk_note(number: int, tokens: int) -> Note:
    anchor = f"app.py:{number}-{number}"
    return Note(number, 0, CHUNK, anchor, "app.py", "does it", tokens, (f"c{number}",), "read", 1.0)


def merger(*notes: Note, budget: int, earlier: tuple[Note, ...] = ()) -> HeadMerger:
    head = Head(0, budget, {note.id: note for note in notes})
    merges = {merge_key(note.level, note.anchor, note.chunks): note for note in earlier}
    return HeadMerger(head, count(100), len, "coarsen", merges)


def test_a_head_at_its_budget_is_left_alone() -> None:
    full = merger(chunk_note(1, 50), chunk_note(2, 50), budget=100)
    assert list(full.fit()) == []


def test_one_token_more_and_a_model_is_asked_for_the_file() -> None:
    full = merger(chunk_note(1, 50), chunk_note(2, 51), budget=100)
    job = full.fit()
    prompt = next(job)
    assert isinstance(prompt, Prompt)
    assert "app.py" in prompt.user

    step = job.send(Reply((" both parts",)))
    assert isinstance(step, Step)
    assert [(note.level, note.anchor, note.text) for note in step.added] == [
        (FILE, "app.py", "both parts")
    ]
    assert set(step.retired) == {1, 2}
    assert list(job) == []
    assert set(full.head.notes) == {100}


def test_the_same_merge_again_asks_no_model() -> None:
    earlier = Note(7, 0, FILE, "app.py", "app.py", "both", 36, ("c1", "c2"), "merge", 2.0)
    full = merger(chunk_note(1, 50), chunk_note(2, 51), budget=100, earlier=(earlier,))
    (step,) = full.fit()
    assert isinstance(step, Step)
    assert [(note.id, note.text) for note in step.added] == [(7, "both")]
