from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.token_bound import token_bound

SOURCE = sorted((Path(__file__).parents[2] / "repo_mhm" / "memory").glob("*.py"))[:12]
RANDOM = random.Random(7)
ALPHABETS = {
    "lower case": string.ascii_lowercase,
    "upper case": string.ascii_uppercase,
    "base64": string.ascii_letters + string.digits + "+/",
    "marks": string.punctuation,
    "digits": string.digits,
    "spaces": " \t\n\r",
    "Chinese": "".join(map(chr, range(0x4E00, 0x9FFF))),
    "Cyrillic": "".join(map(chr, range(0x410, 0x450))),
    "emoji": "".join(map(chr, range(0x1F300, 0x1F600))),
}


@pytest.mark.model
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_texts_at_random_have_no_more_tokens(llama: LlamaEngine, alphabet: str) -> None:
    text = "".join(RANDOM.choice(ALPHABETS[alphabet]) for _ in range(2000))
    assert llama.count(text) <= token_bound(text)


@pytest.mark.model
def test_code_has_no_more_tokens_and_not_many_fewer(llama: LlamaEngine) -> None:
    ratios = []
    for path in SOURCE:
        text = path.read_text("utf-8")
        tokens = llama.count(text)
        assert tokens <= token_bound(text), path
        ratios.append(token_bound(text) / max(tokens, 1))
    assert sum(ratios) / len(ratios) < 2.5


@settings(max_examples=25)
@given(first=st.text(), second=st.text())
def test_a_bound_is_about_additive(first: str, second: str) -> None:
    whole = token_bound(first + " \n" + second)
    assert abs(whole - token_bound(first) - token_bound(second)) <= 8


def test_nothing_has_no_tokens() -> None:
    assert token_bound("") == 0
