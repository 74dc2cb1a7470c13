"""A deep pass without a store: budgets, locations, and that resuming gives the same heads."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.definitions import Definition
from repo_mhm.deep.deep_pass import DeepPass, PassOptions
from repo_mhm.deep.facts import Fact, Section
from repo_mhm.engine.run import drive
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Prompt
from repo_mhm.location import Location
from repo_mhm.retrieval.query import parse_question
from repo_mhm.source.scan import scan_bytes

QUESTION = "where is abc and xyz?"


def sections_of(texts: Sequence[str], heads: int) -> list[Section]:
    sections = []
    for number, text in enumerate(texts):
        (chunk,) = scan_bytes(f"f{number}.txt", text.encode()).chunks
        chunk_text = "\n".join(text.split("\n")[chunk.start - 1 : chunk.end])
        sections.append(Section(chunk, chunk_text, number % heads))
    return sections


def echo(prompt: Prompt) -> list[str]:
    """Three facts of three words of the section."""
    words = prompt.user.split()[2:]
    return ["\n- ".join(" ".join(words[start : start + 3]) for start in range(0, 9, 3))]


def look_up(name: str) -> list[Definition]:
    return [Definition(Location("f0.py", 1, 1), f"`{name}` = 1")]


@given(
    st.lists(st.text("abc xyz\n", min_size=1).filter(str.strip), min_size=1, max_size=12),
    st.integers(1, 4),
    st.integers(8, 60),
    st.booleans(),
)
def test_heads_keep_their_budget_and_every_fact_its_location(
    texts: list[str], heads: int, head_tokens: int, gate: bool
) -> None:
    engine = ScriptedEngine(echo, concurrent_prompts=3)
    sections = sections_of(texts, heads)
    options = PassOptions(engine.count, heads, head_tokens, gate=gate)

    def new_pass() -> DeepPass:
        return DeepPass(QUESTION, parse_question(QUESTION), sections, options, look_up)

    deep_pass = new_pass()
    steps = list(drive(engine, deep_pass.workers(3)))
    assert len(steps) == deep_pass.sections_read <= len(sections)
    assert deep_pass.open_sections == []

    last_lines = {section.chunk.path: section.chunk.end for section in sections}
    for head in deep_pass.heads:
        assert sum(fact.tokens for fact in head) <= head_tokens or len(head) == 1
        for fact in head:
            location = fact.location
            assert 1 <= location.start <= location.end <= last_lines[location.path]
            assert fact.tokens == engine.count(fact.line)

    resumed = new_pass()
    resumed.resume(steps)
    assert [sorted(map(str, head)) for head in resumed.heads] == [
        sorted(map(str, head)) for head in deep_pass.heads
    ]
    assert not list(drive(engine, resumed.workers(3)))


def test_facts_are_flat_in_json() -> None:
    fact = Fact("retries three times", Location("a.py", 3, 9), 0.5, 7)
    assert fact.as_json() == {
        "text": "retries three times",
        "path": "a.py",
        "start": 3,
        "end": 9,
        "worth": 0.5,
        "tokens": 7,
    }
    assert Fact.from_json(fact.as_json()) == fact
