"""Which kind a question is of, and of what, by its words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.question_forms import FORMS
from repo_mhm.answer.question_kind import readings

EXACT = """
definition|where is `Session.send` defined?|Session.send
definition|Where's Session?|Session
definition|where does HTTPAdapter live|HTTPAdapter
definition|go to the definition of get_adapter|get_adapter
definition|Please show me the definition of `send`|send
definition|In which file is the class PreparedRequest declared?|PreparedRequest
definition|which file defines max_redirects|max_redirects
callers|who calls Session.send?|Session.send
callers|Can you tell me who's calling send()?|send
callers|callers of send|send
callers|where is get_adapter called from|get_adapter
callers|list all call sites of the method `Session.send` in this repo|Session.send
callers|Session.send callers|Session.send
callers|what functions call `to_native_string`?|to_native_string
callers|who instantiates PreparedRequest|PreparedRequest
uses|usages of DEFAULT_REDIRECT_LIMIT|DEFAULT_REDIRECT_LIMIT
uses|find references to the class Session|Session
uses|Where is `send` used?|send
uses|where do we use CaseInsensitiveDict|CaseInsensitiveDict
uses|is merge_cookies used anywhere?|merge_cookies
importers|who imports src/requests/utils.py?|src/requests/utils.py
importers|which files include exec_stack.h|exec_stack.h
importers|which modules depend on requests/compat.py|requests/compat.py
imports|What does sessions.py import?|sessions.py
imports|imports of src/app.ts|src/app.ts
callees|what does Session.request call?|Session.request
callees|callees of resolve_redirects|resolve_redirects
subclasses|what inherits from BaseAdapter?|BaseAdapter
subclasses|subclasses of AuthBase|AuthBase
subclasses|Which types implement the Writer interface|Writer
bases|base classes of Timeout|Timeout
bases|What does ConnectTimeout inherit from?|ConnectTimeout
overrides|what overrides AuthBase.__call__?|AuthBase.__call__
overrides|where is BaseAdapter.send overridden|BaseAdapter.send
tests|which tests cover Session.send?|Session.send
tests|tests for merge_setting|merge_setting
tests|is get_netrc_auth tested?|get_netrc_auth
contents|what is in src/requests/hooks.py?|src/requests/hooks.py
contents|What is utils.py for?|utils.py
contents|outline of sessions.py|sessions.py
contents|methods of the class Session|Session
value|what is the value of DEFAULT_POOLSIZE?|DEFAULT_POOLSIZE
value|what's REDIRECT_STATI set to|REDIRECT_STATI
signature|signature of Session.send|Session.send
signature|What arguments does `request` take?|request
history|when was Session.send last changed?|Session.send
history|who changed src/requests/sessions.py:120-130 last, and why?|src/requests/sessions.py
history|history of sessions.py|sessions.py
history|who wrote merge_hooks|merge_hooks
history|git blame lines 10-20 of src/app.py|src/app.py
"""


@pytest.mark.parametrize("case", EXACT.strip().splitlines())
def test_a_question_in_one_of_its_usual_forms_has_its_kind_and_subject(case: str) -> None:
    kind, question, subject = case.split("|")

    first = next(readings(question))

    assert (first.kind, first.subject.text) == (kind, subject)


FREE = """
How does Session handle redirects?
Why does the adapter keep a pool?
What happens when a request times out?
where are sessions closed?
What is the purpose of the hooks dispatch mechanism?
What calls for a custom adapter instead of a hook?
Where should I add a new authentication scheme?
What is Session?
what does Session.send do?
How is the Session class tested against proxies?
who decides which adapter is used?
why do the tests use a local server
Which classes should I change to support HTTP/3?
How do Session.request and Session.send differ?
what is it called by
who uses it?
where is that defined
"""


@pytest.mark.parametrize("question", FREE.strip().splitlines())
def test_a_question_that_code_alone_cannot_answer_has_no_kind(question: str) -> None:
    assert list(readings(question)) == []


def test_a_plain_word_counts_only_where_the_form_can_mean_nothing_else() -> None:
    assert [reading.kind for reading in readings("callers of send")] == ["callers"]
    assert list(readings("where is authentication implemented")) == []
    assert [reading.kind for reading in readings("where is `send` implemented")] == ["definition"]
    assert [reading.kind for reading in readings("where is the send method")] == ["definition"]


def test_the_default_of_a_parameter_is_a_value() -> None:
    for question in (
        "default of timeout in HTTPAdapter.send",
        "What is the default value of the parameter timeout of HTTPAdapter.send?",
        "what does `timeout` default to in HTTPAdapter.send",
    ):
        first = next(readings(question))
        assert (first.kind, first.subject.text, first.parameter) == (
            "value",
            "HTTPAdapter.send",
            "timeout",
        )


def test_a_subject_may_be_limited_to_a_file_or_a_class() -> None:
    in_file = next(readings("who calls send in adapters.py")).subject
    in_class = next(readings("where is the send method of the Session class")).subject

    assert (in_file.text, in_file.scope) == ("send", "adapters.py")
    assert (in_class.text, in_class.scope) == ("send", "Session")


def test_lines_are_part_of_the_subject() -> None:
    subject = next(readings("blame src/app.py:12-20")).subject

    assert (subject.text, subject.start, subject.end) == ("src/app.py", 12, 20)


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    kinds = {kind for kind, _ in FORMS}

    assert all(reading.kind in kinds and reading.subject.text for reading in readings(text))


@given(
    st.lists(st.sampled_from("who calls what is the of in `x` default X.y".split()), max_size=40)
)
def test_long_questions_end_soon(words: list[str]) -> None:
    assert len(list(readings(" ".join(words)))) < 200
