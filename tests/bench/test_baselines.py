"""Rewriting arms: one head changes at each step, by each arm's own rule; a bad reply costs nothing that was known."""

from __future__ import annotations

import re

import pytest

from repo_mhm.bench.baselines import SELECTORS, Rewriting
from repo_mhm.deep.reading import Section
from repo_mhm.engine.run import drive
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import PromptTooLong
from repo_mhm.source.scan import scan_bytes


def sections(*texts: str) -> list[Section]:
    return [
        Section(chunk, text, 0)
        for number, text in enumerate(texts)
        for chunk in scan_bytes(f"f{number}.py", text.encode()).chunks
    ]


TEXTS = [f"def courier{number}():\n    return 'stamp{number}'\n" for number in range(6)]


def run(made: Rewriting, reply: object) -> list[list[str]]:
    """The heads after every step."""
    engine = ScriptedEngine(reply)  # type: ignore[arg-type]
    return [list(made.texts) for _ in drive(engine, [made.lane()])]


@pytest.mark.parametrize("select", SELECTORS)
def test_exactly_one_head_changes_at_each_step(select: str) -> None:
    made = Rewriting("Which stamps?", sections(*TEXTS), select, 3, 50)
    steps = 0

    def reply(prompt: Prompt) -> list[str]:
        nonlocal steps
        steps += 1
        return ([" 1"] if len(prompt.slots) == 2 else []) + [f"step {steps} of the courier"]

    before = list(made.texts)
    for after in run(made, reply):
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
        before = after
    assert steps == 6


def test_single_is_one_head_and_sees_its_text() -> None:
    made = Rewriting("Which stamps?", sections(*TEXTS), "single", 8, 50)
    engine = ScriptedEngine(lambda prompt: ["the memory so far"])
    assert len(list(drive(engine, [made.lane()]))) == 6
    assert made.lines() == ["the memory so far"]
    assert "[part 0, yours] the memory so far" in engine.prompts[1].user


def test_lru_takes_heads_in_turn() -> None:
    made = Rewriting("Which stamps?", sections(*TEXTS), "lru", 3, 50)
    run(made, lambda prompt: [f"read {re.findall(r'stamp[0-9]', prompt.user)[-1]}"])
    assert ["stamp3" in made.texts[0], "stamp4" in made.texts[1], "stamp5" in made.texts[2]] == [
        True
    ] * 3


def test_routed_gives_a_section_to_the_head_that_knows_most_of_it() -> None:
    alike = [
        "def harbour():\n    pass\n",
        "def lantern():\n    pass\n",
        "def other_harbour():\n    pass\n",
    ]
    made = Rewriting("What?", sections(*alike), "routed", 3, 50)
    said = iter(["harbour is known", "lantern is known", "harbour and other_harbour are known"])
    run(made, lambda prompt: [next(said)])
    assert sorted(filter(None, made.texts)) == [
        "harbour and other_harbour are known",
        "lantern is known",
    ]


def test_concur_lets_the_model_choose_and_refuses_a_head_that_is_not_there() -> None:
    made = Rewriting("What?", sections(*TEXTS[:3]), "concur", 2, 50)
    said = iter([[" 1", "first"], [" 7", "lost"], [" none", "lost too"]])
    run(made, lambda prompt: next(said))
    assert made.texts == ["", "first"]


def test_an_empty_reply_leaves_the_memory_as_it_was() -> None:
    made = Rewriting("What?", sections(*TEXTS[:2]), "single", 1, 50)
    said = iter([["known"], [" "]])
    run(made, lambda prompt: next(said))
    assert made.texts == ["known"]


def test_a_memory_that_no_prompt_can_show_ends_the_measure() -> None:
    made = Rewriting("Which stamps?", sections(*TEXTS), "single", 1, 5000)
    with pytest.raises(PromptTooLong, match="5"):
        list(drive(ScriptedEngine(context=4096), [made.lane()]))
