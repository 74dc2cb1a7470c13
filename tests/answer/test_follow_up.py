from __future__ import annotations

import pytest

from repo_mhm.answer.follow_up import refers_back, with_name
from repo_mhm.retrieval.query import parse_question


@pytest.mark.parametrize(
    ("question", "earlier", "resolved"),
    [
        ("who calls it?", ["where is `send` defined?"], "who calls `send`?"),
        ("who calls it?", ["callers of send"], "who calls `send`?"),
        ("What does it call?", ["How does Session.send work?"], "What does `Session.send` call?"),
        ("who imports it", ["what is in src/app.py?"], "who imports `src/app.py`"),
        ("who calls it?", ["where is a_b?", "and why?", "who calls it?"], "who calls `a_b`?"),
        ("who calls it?", ["where is a_b?", "is c_d like e_f?"], "who calls it?"),
        ("who calls it?", ["how are links retried?"], "who calls it?"),
        ("who calls it?", [], "who calls it?"),
        ("is it that?", ["where is a_b?"], "is it that?"),
        ("who calls `it`?", ["where is a_b?"], "who calls `it`?"),
        ("who calls it()?", ["where is a_b?"], "who calls it()?"),
        ("who calls it.each?", ["where is a_b?"], "who calls it.each?"),
        ("who calls unit?", ["where is a_b?"], "who calls unit?"),
        ("who calls this?", ["where is a_b?"], "who calls `a_b`?"),
        ("who calls that function", ["where is a_b?"], "who calls `a_b` function"),
        ("which lines that call c", ["where is a_b?"], "which lines that call c"),
    ],
)
def test_a_pronoun_stands_for_the_only_name_of_the_last_question_that_has_any(
    question: str, earlier: list[str], resolved: str
) -> None:
    assert with_name(question, earlier) == resolved


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how are session cookies signed?", False),
        ("where does the router match paths that end in a slash?", False),
        ("how is this project configured and started?", False),
        ("how are they signed?", True),
        ("where is that tested?", True),
        ("And what if the server closes the connection?", True),
        ("what about static files?", True),
        ("explain this function to a newcomer", True),
        ("give me an example of a signed cookie", True),
        ("why?", True),
        ("wie werden die Cookies der Sitzung unterschrieben?", True),
    ],
)
def test_a_question_with_words_of_its_own_does_not_refer_back(
    question: str, expected: bool
) -> None:
    assert refers_back(question, parse_question(question)) == expected
