"""A memory that sections are read against in parallel: who is asked what, and when it ends."""

from __future__ import annotations

from repo_mhm.bench.parallel_memory import MOST_TURNS, ParallelMemory
from repo_mhm.deep.facts import Section
from repo_mhm.engine.run import drive
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.source.scan import scan_bytes


def sections(*texts: str) -> list[Section]:
    return [
        Section(chunk, text, 0)
        for number, text in enumerate(texts)
        for chunk in scan_bytes(f"f{number}.py", text.encode()).chunks
    ]


TEXTS = [f"def courier{number}():\n    return 'stamp{number}'\n" for number in range(4)]


def run(memory: ParallelMemory, engine: ScriptedEngine) -> int:
    """Take all turns; returns how many there were."""
    turns = 0
    while memory.has_turn_left:
        turns += 1
        list(drive(engine, memory.readers(2)))
        list(drive(engine, [memory.merge()]))
    return turns


def reply_of(helpful: str) -> ScriptedEngine:
    def reply(prompt: Prompt) -> list[str]:
        if prompt.user.endswith("yes or no:"):
            return ["Yes" if helpful and helpful in prompt.user else "no"]
        return ["merged" if "Updated memory" in prompt.user else "it returns a stamp"]

    return ScriptedEngine(reply)


def test_only_sections_that_help_are_asked_what_helps() -> None:
    engine = reply_of("courier2")
    memory = ParallelMemory("Which stamps?", sections(*TEXTS), 200, engine.count)
    list(drive(engine, memory.readers(2)))
    asked = [prompt.user for prompt in engine.prompts if prompt.user.endswith("What helps:")]
    assert len(asked) == 1 and "courier2" in asked[0]
    assert memory.lines() == ["it returns a stamp"]


def test_a_turn_that_finds_nothing_is_the_last() -> None:
    engine = reply_of("")
    memory = ParallelMemory("Which stamps?", sections(*TEXTS), 200, engine.count)
    assert run(memory, engine) == 1
    assert memory.lines() == []
    assert len(engine.prompts) == len(TEXTS)


def test_a_turn_merges_once_and_shows_the_memory_to_the_next() -> None:
    engine = reply_of("courier")
    memory = ParallelMemory("Which stamps?", sections(*TEXTS), 200, engine.count)
    assert run(memory, engine) == MOST_TURNS
    merges = [prompt.user for prompt in engine.prompts if "Updated memory" in prompt.user]
    assert len(merges) == MOST_TURNS
    assert merges[0].count("it returns a stamp") == len(TEXTS)
    assert "Memory:\nmerged" in merges[1]
    assert memory.lines() == ["merged"]


def test_a_merge_shows_no_more_findings_than_fit() -> None:
    engine = reply_of("courier")
    most_tokens = 2 * engine.count("it returns a stamp")
    memory = ParallelMemory("Which stamps?", sections(*TEXTS), most_tokens, engine.count)
    list(drive(engine, memory.readers(2)))
    list(drive(engine, [memory.merge()]))
    assert engine.prompts[-1].user.count("it returns a stamp") == 2
