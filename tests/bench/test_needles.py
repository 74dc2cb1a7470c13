"""Planted facts: they parse, are where they should be, and differ from what is nearly the same."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.bench.needles import KINDS, Fact, joint_question, plant

FILES = {
    "a.py": "import os\n\n\ndef first(x):\n    return x\n\n\nclass Second:\n    y = 1\n",
    "b.py": "@property\ndef third(self):\n    return self\n\n\ndef fourth():\n    pass\n",
    "c.py": "VALUE = 1\n",
}


def test_every_kind_is_planted_and_nothing_else_changes() -> None:
    texts, facts = plant(FILES, 18, seed=1)
    assert sorted({fact.kind for fact in facts}) == sorted(KINDS)
    assert list(texts) == list(FILES)
    for path, text in FILES.items():
        rest = iter(texts[path])
        assert all(letter in rest for letter in text)


@given(st.integers(1, 40), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_planted_code_parses_and_contains_each_fact(count: int, seed: int) -> None:
    texts, facts = plant(FILES, count, seed)
    for text in texts.values():
        ast.parse(text)
    lines = [line for text in texts.values() for line in text.split("\n")]
    assert len({fact.name for fact in facts}) == count
    for fact in facts:
        if fact.kind not in ("returns", "caller", "behaviour", "prose"):
            assert fact.is_in(lines)
        assert fact.value in "\n".join(lines)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_latest_definition_comes_last(seed: int) -> None:
    texts, facts = plant(FILES, 18, seed)
    for fact in facts:
        if fact.kind == "redefinition":
            (text,) = (text for text in texts.values() if fact.name in text)
            assert text.index(fact.wrong) < text.index(fact.value)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_behaviour_follows_from_functions_in_two_files(seed: int) -> None:
    texts, facts = plant(FILES, 18, seed)
    for fact in facts:
        if fact.kind == "behaviour":
            (first,) = (path for path, text in texts.items() if f"def {fact.name}(" in text)
            (second,) = (path for path, text in texts.items() if f"def {fact.by}(" in text)
            assert first != second
            assert f"def {fact.by}():\n    return {fact.value}\n" in texts[second]
            assert f"from {second[:-3]} import {fact.by}\n" in texts[first]


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("0-pond/src/pond/fish/carp.py", "pond.fish.carp"),
        ("lib/pond/__init__.py", "pond"),
        ("tests/test_pond.py", "tests.test_pond"),
        ("tools/make-pond.py", ""),
        ("make-pond/tools.py", ""),
    ],
)
def test_second_code_is_imported_as_python_would(path: str, module: str) -> None:
    files = {"a.py": "def first():\n    pass\n", path: "def second():\n    pass\n"}
    texts, facts = plant(files, 18, seed=4)
    names = {fact.by: fact for fact in facts if fact.kind == "behaviour"}
    imported = re.findall(r"^from ([\w.]+) import (\w+)", texts["a.py"], re.MULTILINE)
    assert {where for where, name in imported if name in names} <= {module} - {""}
    assert bool(imported) == bool(module)


@pytest.mark.parametrize(("seed", "sign"), [(0, '"""'), (1, "#")])
def test_a_condition_in_prose_is_in_no_other_code(seed: int, sign: str) -> None:
    texts, facts = plant(FILES, 72, seed)
    prose = [fact for fact in facts if fact.kind == "prose"]
    lines = [line.strip() for text in texts.values() for line in text.split("\n")]
    said = [line for line in lines if line.startswith(sign) and "fewer than" in line]
    assert said
    for fact in prose:
        (line,) = (line for line in lines if fact.value in line)
        assert line.startswith(('"""', "#"))


def test_the_last_tenth_of_the_stream_has_its_share() -> None:
    long = {
        f"f{number}.py": f"def f{number}():\n    return {number}\n\n\n" * 3 for number in range(40)
    }
    last = list(long)[-4:]
    texts, facts = plant(long, 40, seed=3)
    assert sum(any(fact.name in texts[path] for path in last) for fact in facts) >= 3


def test_a_seed_draws_the_same_and_another_draws_anew() -> None:
    assert plant(FILES, 8, 5) == plant(FILES, 8, 5)
    assert plant(FILES, 8, 5) != plant(FILES, 8, 6)


def test_too_many_facts_and_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="500 facts"):
        plant(FILES, 500, 0)
    with pytest.raises(ValueError, match="cannot be planted"):
        plant({"a.py": " \n"}, 1, 0)


def test_a_fact_is_in_one_line_and_its_old_value_leaks() -> None:
    fact = Fact("redefinition", "AMBER_FERRY", "4711", "the value", wrong="1234")
    assert fact.is_in(["x", "AMBER_FERRY is 4,711."])
    assert not fact.is_in(["AMBER_FERRY", "4711"])
    assert not fact.is_in(["AMBER_FERRYS is 4711", "AMBER_FERRY is 47110"])
    assert fact.leaks_into(["AMBER_FERRY is 1234"])
    assert not fact.leaks_into(["AMBER_FERRY is 1234", "AMBER_FERRY is now 4711"])
    assert fact.is_answered_by("It is 4711.")
    assert not fact.is_answered_by("It is 4711, or 1234.")
    assert not fact.is_answered_by("I do not know.")


def test_an_alias_may_be_in_memory_hop_by_hop() -> None:
    fact = Fact("alias", "AMBER_FERRY", "4711", "the number", by="OAK_SLUICE")
    assert fact.is_in(["AMBER_FERRY = OAK_SLUICE", "OAK_SLUICE = 4711"])
    assert not fact.is_in(["AMBER_FERRY = OAK_SLUICE", "4711"])


def test_one_question_asks_for_all() -> None:
    facts = plant(FILES, 9, 0)[1]
    question = joint_question(facts)
    assert all(fact.name in question and fact.value not in question for fact in facts)
