"""How the lines of issues and logs are told apart, and how much their words count."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.long_question import is_long, parts
from repo_mhm.retrieval.query import parse_question
from tests.patience import HANG_SECONDS

ISSUE = """\
Franking fails for heavy parcels
<!-- Thank you for the report!
Please search first. -->
### What happened?
The stamp is lost, see `courier.stamp`.

```python
parcel = make_parcel(mass=7)
frank(parcel)
```

Traceback (most recent call last):
  File "/srv/site-packages/courier/stamp.py", line 12, in frank
    raise FrankError("no postage")
courier.errors.FrankError: parcel of 7 kg has no postage

- [x] I have searched
python: 3.9.1
courier==1.4
"""
KINDS = {
    "Franking fails for heavy parcels": "title",
    "### What happened?": "template",
    "The stamp is lost, see `courier.stamp`.": "prose",
    "frank(parcel)": "code",
    '  File "/srv/site-packages/courier/stamp.py", line 12, in frank': "frame",
    '    raise FrankError("no postage")': "frame",
    "courier.errors.FrankError: parcel of 7 kg has no postage": "message",
    "- [x] I have searched": "template",
    "python: 3.9.1": "template",
    "courier==1.4": "template",
}


def test_lines_are_told_apart_by_their_form() -> None:
    kind_by_text = {part.text: part.kind for part in parts(ISSUE)}
    assert {text: kind_by_text.get(text) for text in KINDS} == KINDS
    assert not any("report" in text or "search first" in text for text in kind_by_text)


@pytest.mark.parametrize(
    "line",
    [
        "E       TypeError: unsupported operand",
        "ValueError: bad value",
        "panic: runtime error: index out of range",
        "error[E0308]: mismatched types",
        "java.lang.NullPointerException: value is null",
        "Uncaught TypeError: x is not a function",
    ],
)
def test_messages_of_errors_are_told(line: str) -> None:
    assert parts(f"Title\n{line}")[1].kind == "message"


def test_words_count_by_where_they_stand() -> None:
    query = parse_question(ISSUE)
    weights = query.weight_by_term
    assert weights["heavy"] > weights["postage"] > weights["lost"] > weights["mass"]
    assert "searched" not in weights
    assert "1" not in weights
    assert query.weighted_terms.count("heavy") == weights["heavy"]
    assert "parcel of 7" in query.phrases
    assert [(pointer.line, pointer.function) for pointer in query.pointers] == [(12, "frank")]
    assert "courier.stamp" in query.names


def test_a_question_of_one_line_has_no_title() -> None:
    assert not is_long("where are parcels franked?\n")
    weights = parse_question("where are parcels franked?").weight_by_term
    assert len(set(weights.values())) == 1


def test_a_comment_without_an_end_is_kept() -> None:
    assert [part.text for part in parts("Title\n<!-- lost words")] == ["Title", " lost words"]


@given(st.text(alphabet="aE1.:=-# `<!>[x]\n", max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    lines = {line.strip() for line in text.replace("<!--", "").split("\n")}
    assert all(part.text.strip() for part in parts(text))
    assert len(parts(text)) <= max(1, len(lines) + text.count("\n"))


@pytest.mark.parametrize(
    "line", ["a" * 200_000, "a." * 100_000, "Ab" * 50_000, "E " * 50_000, "1.2 " * 50_000]
)
def test_hostile_lines_take_no_longer(line: str) -> None:
    started = time.process_time()
    parts(f"Title\n{line}")
    assert time.process_time() - started < HANG_SECONDS
