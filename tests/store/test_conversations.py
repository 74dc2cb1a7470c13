"""Conversations: turns in their order, by session."""

from __future__ import annotations

from repo_mhm.store import Store


def test_turns_come_back_oldest_first_and_only_the_last(store: Store) -> None:
    for number in range(4):
        store.add_turn("one", f"question {number}", f"answer {number}", {"number": number})
    turns = store.turns("one", limit=3)
    assert [turn.question for turn in turns] == ["question 1", "question 2", "question 3"]
    assert (turns[-1].answer, turns[-1].result) == ("answer 3", '{"number": 3}')
    assert store.turns("two") == []


def test_sessions_are_listed_with_the_newest_turn_first(store: Store) -> None:
    assert store.last_session() == ""
    store.add_turn("one", "first?", "a", {})
    store.add_turn("two", "second?", "b", {})
    store.add_turn("one", "third?", "c", {})
    sessions = store.sessions()
    assert [(session.name, session.turns, session.first) for session in sessions] == [
        ("one", 2, "first?"),
        ("two", 1, "second?"),
    ]
    assert store.last_session() == "one"


def test_a_session_is_renamed_unless_the_name_is_in_use(store: Store) -> None:
    store.add_turn("one", "first?", "a", {})
    store.add_turn("two", "second?", "b", {})
    assert not store.rename_session("one", "two")
    assert store.rename_session("one", "three")
    assert {session.name for session in store.sessions()} == {"two", "three"}
    assert store.delete_session("three") == 1
    assert [session.name for session in store.sessions()] == ["two"]


def test_a_question_that_is_not_utf8_is_stored(store: Store) -> None:
    store.add_turn("one", "caf\udce9?", "a", {})
    assert store.turns("one")[0].question == "caf??"
