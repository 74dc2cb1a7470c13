from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.prompts import HISTORY_TOKENS, recent_turns
from repo_mhm.engine.types import Turn


def count(text: str) -> int:
    return len(text.split()) + text.count("\n")


answers = st.integers(0, 900).map(lambda lines: "\n".join(["some words"] * lines))


@given(st.lists(st.builds(Turn, st.text(max_size=40), answers), max_size=6))
def test_the_newest_turns_are_kept_within_the_budget(turns: list[Turn]) -> None:
    recent = recent_turns(turns, count)
    assert sum(count(turn.question) + count(turn.answer) for turn in recent) <= HISTORY_TOKENS
    newest = turns[len(turns) - len(recent) :]
    for turn, original in zip(recent, newest, strict=True):
        assert turn.question == original.question
        assert original.answer.startswith(turn.answer.removesuffix("[…]"))


def test_of_a_long_list_the_beginning_is_kept() -> None:
    turns = [Turn("old?", "Yes."), Turn("callers?", "\n".join(f"- caller {n}" for n in range(999)))]
    turn = recent_turns(turns, count)[-1]
    assert turn.answer.startswith("- caller 0\n- caller 1\n")
    assert turn.answer.endswith("\n[…]")


def test_nothing_is_kept_where_not_even_a_line_fits() -> None:
    assert recent_turns([Turn("why?", "word " * 999)], count) == []
