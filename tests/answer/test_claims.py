from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.claims import MAX_CLAIMS, MAX_SENTENCE, Claim, read_claims, topic_of
from tests.patience import HANG_SECONDS


def claims(sentence: str, topic: str = "") -> set[str]:
    """The claims as text; those that are uncertain end with `?`."""
    return {
        f"{claim.subject} {claim.relation} {claim.object}{'' if claim.is_certain else '?'}"
        for claim in read_claims(sentence, topic)
    }


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("`send` calls `get_adapter` to find the adapter.", "send calls get_adapter"),
        ("The `send` method then invokes `self.get_adapter()`.", "send calls get_adapter"),
        ("`get_adapter` is called by `send`.", "send calls get_adapter"),
        ("`send` will call `get_adapter(url=url)`.", "send calls get_adapter"),
        ("get_adapter() is invoked in send_request().", "send_request calls get_adapter"),
        ("The `send` method of the `Session` class calls `x`.", "Session.send calls x"),
        ("`Session`'s `send` method calls `x`.", "Session.send calls x"),
        ("The `Session` class's `send` method calls `x`.", "Session.send calls x"),
        ("`send` uses the `x` helper.", "send uses x"),
        ("The Session class uses `x`.", "Session uses x"),
        ("`send` raises a `ValueError` exception.", "send raises ValueError"),
        ("`InvalidURL` is raised by `send`.", "send raises InvalidURL"),
        ("An exception of type `E` is thrown in `send`.", "send raises E"),
        ("`send` returns a `Response` object.", "send returns Response"),
        ("`send` returns `None` if it fails.", "send returns None"),
        ("`send` is a function that returns True.", "send returns True"),
        ("`Session` is defined in `src/sessions.py`.", "Session is defined in src/sessions.py"),
        (
            "The `Session` class (defined in sessions.py) is big.",
            "Session is defined in sessions.py",
        ),
        ("The send_all function implementation is located in a.py.", "send_all is defined in a.py"),
        ("`send` is a method of `Session`.", "send belongs to Session"),
        ("`Session.send` sends.", "send belongs to Session"),
        ("`Session::send` sends.", "send belongs to Session"),
        ("The `Session` class has a `send` method.", "send belongs to Session"),
        ("`Child` inherits from `Base`.", "Child inherits from Base"),
        ("`Child` is a subclass of the `Base` class.", "Child inherits from Base"),
        ("`Child` extends `Base`.", "Child inherits from Base"),
        ("`LIMIT` equals 7.", "LIMIT equals 7"),
        ("The default value of `timeout` is `None`.", "timeout equals None"),
        ("The `timeout` parameter of `send` defaults to 30.", "send.timeout equals 30"),
        ("`sessions.py` imports `HTTPAdapter`.", "sessions.py imports HTTPAdapter"),
        ("`send` takes a `timeout` parameter.", "send takes timeout"),
        ("The `timeout` argument of `send` matters.", "send takes timeout"),
        ("`send` accepts the parameter `timeout`.", "send takes timeout"),
        ("`Session` is a class.", "Session is a class"),
        ("1. **`send`**: Calls `get_adapter`.", "send calls get_adapter"),
        ("- `send` - raises `E`.", "send raises E"),
    ],
)
def test_clear_forms_are_read(sentence: str, claim: str) -> None:
    assert claim in claims(sentence)


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("`a` may call `b`.", "a calls b?"),
        ("`a` usually raises `E`.", "a raises E?"),
        ("`a` passes it to `b`, which calls `c`.", "b calls c?"),
        ("If `a` calls `b`, it fails.", "a calls b?"),
        ("`a` calls `b` or `c`.", "a calls c?"),
        ("`a` finds it by calling `b`.", "a calls b?"),
        ("`Child` implements `Base`.", "Child inherits from Base?"),
        ("`LIMIT` is set to 7.", "LIMIT equals 7?"),
    ],
)
def test_reserves_and_loose_forms_are_uncertain(sentence: str, claim: str) -> None:
    assert claim in claims(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "`a` does not call `b`.",
        "`a` never raises `E`.",
        "`a` doesn't use `b`.",
        "No `a` method calls `b`.",
        "`a` returns early instead of calling `b`.",
        "`a` works without raising `E`.",
        "Does `a` call `b`?",
        "The result of `a` uses `b`.",
        "Calls to `a` raise the limit.",
        "`a` calls the service that owns the list.",
        "They call `b`.",
        "`b` is called when it is ready.",
        "`a`",
        "",
    ],
)
def test_negations_questions_and_unclear_forms_claim_nothing(sentence: str) -> None:
    assert {claim for claim in claims(sentence) if "belongs" not in claim} == set()


def test_every_listed_name_is_claimed_and_the_next_clause_is_not() -> None:
    sentence = "`a` calls `b`, `c()`, and the `d` method, and `e` raises `F`."
    assert claims(sentence) == {"a calls b", "a calls c", "a calls d", "e raises F?"}


def test_a_further_verb_has_the_subject_of_the_sentence() -> None:
    assert claims("`a` calls `b` and then raises `E`.") == {"a calls b", "a raises E"}


def test_a_pronoun_means_the_topic_and_is_uncertain() -> None:
    topic = topic_of("The `send` method of `Session` sends a request.")
    assert topic == "Session.send"
    assert claims("It raises `E`.", topic) == {"Session.send raises E?"}
    assert claims("This method calls `b`.", topic) == {"Session.send calls b?"}
    assert claims("The method then goes on by calling `b`.", topic) == {"Session.send calls b?"}
    assert claims("It waits, and then calls `b`.", topic) == {"Session.send calls b?"}
    assert claims("It raises `E`.") == set()


@pytest.mark.parametrize("title", ["**Redirects**: ", "**Redirects:** ", "1. **On the way**: "])
def test_the_title_of_an_item_is_not_what_the_item_is_about(title: str) -> None:
    assert topic_of(f"{title}The `send` method follows them.") == "send"
    assert claims(f"{title}`send` calls `follow`.") == {"send calls follow"}
    assert claims("**`send`**: calls `follow`.") == {"send calls follow"}


HOSTILE = st.lists(
    st.sampled_from(
        ["`", "`a`", "`a.b()`", " calls ", " is ", " not ", ", ", " and ", "(", ")", "*", "__", ".",
         "'s ", " of ", "which ", " class", "x" * 90, "a_" * 40, "\x1b[31m", "\u202e", "/", ":"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@given(HOSTILE, st.sampled_from(["", "topic"]))
def test_any_text_gives_few_claims_with_two_names(text: str, topic: str) -> None:
    sentence_claims = read_claims(text, topic)
    assert len(sentence_claims) <= MAX_CLAIMS
    assert all(claim.subject and claim.object for claim in sentence_claims)
    assert sentence_claims == list(dict.fromkeys(sentence_claims))


@pytest.mark.parametrize(
    "piece", ["`", "(", "a.", "a_", "_", "A", "`a` and ", "*", "/", "'s", "x,"]
)
def test_reading_takes_no_longer_for_hostile_text(piece: str) -> None:
    text = (piece * MAX_SENTENCE)[:MAX_SENTENCE]
    began = time.process_time()
    read_claims(text)
    topic_of(text)
    assert time.process_time() - began < HANG_SECONDS


def test_a_long_text_is_no_sentence() -> None:
    assert read_claims("`a` calls `b` " + "x" * MAX_SENTENCE) == []
    assert read_claims("`a` calls `b`.") == [Claim("calls", "a", "b")]


def test_names_keep_their_underscores() -> None:
    assert claims("The `__init__` method of `Session` calls `__enter__`.") >= {
        "Session.__init__ calls __enter__"
    }
    assert claims("**`Session.__call__`** calls `x`.") >= {"__call__ belongs to Session"}
