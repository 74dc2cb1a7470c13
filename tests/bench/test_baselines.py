"""Rewritten memories: each step changes the head that the selector chooses, and no other."""

from __future__ import annotations

import re

import pytest

from repo_mhm.bench.baselines import SELECTORS, RewrittenMemory
from repo_mhm.deep.facts import Section
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


def run(memory: RewrittenMemory, reply: object) -> list[list[str]]:
    """The heads after every step."""
    engine = ScriptedEngine(reply)  # type: ignore[arg-type]
    return [list(memory.texts) for _ in drive(engine, [memory.steps()])]


@pytest.mark.parametrize("selector", SELECTORS)
def test_exactly_one_head_changes_at_each_step(selector: str) -> None:
    memory = RewrittenMemory("Which stamps?", sections(*TEXTS), selector, 3, 50)
    steps = 0

    def reply(prompt: Prompt) -> list[str]:
        nonlocal steps
        steps += 1
        return ([" 1"] if len(prompt.slots) == 2 else []) + [f"step {steps} of the courier"]

    before = list(memory.texts)
    for after in run(memory, reply):
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
        before = after
    assert steps == 6


def test_single_is_one_head_and_sees_its_text() -> None:
    memory = RewrittenMemory("Which stamps?", sections(*TEXTS), "single", 8, 50)
    engine = ScriptedEngine(lambda prompt: ["the memory so far"])
    assert len(list(drive(engine, [memory.steps()]))) == 6
    assert memory.lines() == ["the memory so far"]
    assert "[part 0, yours] the memory so far" in engine.prompts[1].user


def test_lru_selects_heads_in_turn() -> None:
    memory = RewrittenMemory("Which stamps?", sections(*TEXTS), "lru", 3, 50)
    run(memory, lambda prompt: [f"read {re.findall(r'stamp[0-9]', prompt.user)[-1]}"])
    for head, stamp in enumerate(("stamp3", "stamp4", "stamp5")):
        assert stamp in memory.texts[head]


def test_routed_selects_the_head_with_the_most_words_in_common() -> None:
    alike = [
        "def harbour():\n    pass\n",
        "def lantern():\n    pass\n",
        "def other_harbour():\n    pass\n",
    ]
    memory = RewrittenMemory("What?", sections(*alike), "routed", 3, 50)
    replies = iter(["harbour is known", "lantern is known", "harbour and other_harbour are known"])
    run(memory, lambda prompt: [next(replies)])
    assert sorted(filter(None, memory.texts)) == [
        "harbour and other_harbour are known",
        "lantern is known",
    ]


def test_concur_lets_the_model_choose_and_refuses_a_head_that_does_not_exist() -> None:
    memory = RewrittenMemory("What?", sections(*TEXTS[:3]), "concur", 2, 50)
    replies = iter([[" 1", "first"], [" 7", "lost"], [" none", "lost too"]])
    run(memory, lambda prompt: next(replies))
    assert memory.texts == ["", "first"]


def test_an_empty_reply_leaves_the_memory_as_it_was() -> None:
    memory = RewrittenMemory("What?", sections(*TEXTS[:2]), "single", 1, 50)
    replies = iter([["known"], [" "]])
    run(memory, lambda prompt: next(replies))
    assert memory.texts == ["known"]


def test_a_memory_that_no_prompt_can_show_ends_the_measurement() -> None:
    memory = RewrittenMemory("Which stamps?", sections(*TEXTS), "single", 1, 5000)
    with pytest.raises(PromptTooLong, match="5"):
        list(drive(ScriptedEngine(context=4096), [memory.steps()]))
