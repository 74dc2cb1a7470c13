from __future__ import annotations

from repo_mhm.answer.code_names import code_names, code_quotes, without_names


def test_names_are_in_backticks_or_spelled_as_only_code_is() -> None:
    text = (
        "`Session.send()` uses `x + 1`, max_size, HTTPError's and __init__ "
        "but not words or e.g. this"
    )
    assert set(code_names(text)) == {"Session.send", "max_size", "HTTPError", "__init__"}


def test_code_that_is_more_than_a_name_is_a_quote() -> None:
    text = "`send()` does `hooks[event].remove(hook)`, then `x = 1` and `if not ready`."
    assert code_quotes(text) == ["hooks[event].remove(hook)", "if not ready"]


def test_the_words_beside_names_are_what_is_said_of_them() -> None:
    said = without_names("`Session.send` merges max_size with `x = 1`.")
    assert said.split() == ["merges", "with", "."]
