from __future__ import annotations

import pytest

from repo_mhm.memory.note_novelty import is_copied, newly_said

MIXIN = ("src/requests/sessions.py", "SessionRedirectMixin", "SessionRedirectMixin.rebuild_proxies",
         "SessionRedirectMixin.rebuild_method")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "class `SessionRedirectMixin` provides methods to handle proxy and method changes during"
        " redirects.",
        "This file contains the session redirects and their various methods.",
        "",
    ],
)
def test_names_turned_into_a_sentence_say_nothing_new(text: str) -> None:
    assert newly_said(text, MIXIN) == 0


def test_what_names_do_not_say_counts_by_its_share() -> None:
    partly = newly_said("Rebuilds proxies of redirects, from environment and netrc settings", MIXIN)
    wholly = newly_said("Strips credentials whenever host, port or scheme change", ())
    assert 0 < partly < wholly <= 1


def test_a_word_in_another_form_is_no_new_one() -> None:
    text = "matching of proxy lines, caching policies"
    assert newly_said(text, ("match", "proxies", "line", "cached", "policy")) == 0


OUTLINE = (
    "class Pytester  # Facilities to run pytest in isolation and match against output.\ndef f()"
)


def test_what_the_prompt_says_of_something_else_is_copied() -> None:
    copy = "Facilities to run pytest in isolation, and match against expected output."
    assert is_copied(copy, [OUTLINE])
    assert not is_copied("Collects tests and builds the tree of nodes that run them.", [OUTLINE])
    assert not is_copied("Facilities.", [OUTLINE])
