from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.config import find_template, load
from repo_mhm.config_files import user_file
from repo_mhm.errors import ConfigError
from repo_mhm.templates import ONLY_QUESTION, Template


@given(st.text())
def test_what_the_user_asks_is_never_changed(question: str) -> None:
    assert ONLY_QUESTION.fill(question) == question
    assert Template(question="What of ${question}, $$?").fill(question) == f"What of {question}, $?"
    assert Template(question="What?").fill(question).endswith(question)


def test_a_template_takes_a_question_where_its_place_is_written() -> None:
    assert Template(question="$question?").takes_question
    assert Template(question="${question}s?").takes_question
    assert not Template(question="$$question?").takes_question


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question = 1", "templates.x.question: "),
        ('question = ""', "templates.x.question: "),
        ("", "templates.x.question: it is missing"),
        ('question = "$qestion"', "only $question, not $qestion"),
        ('question = "5 $"', "write a dollar sign as $$"),
        ('question = "q"\nfirst_token_seconds = "never"', "templates.x.first_token_seconds: "),
        ('question = "q"\nfirst_token_seconds = 0', "templates.x.first_token_seconds: "),
        ('question = "q"\nfrom = "web"', "templates.x.from: "),
        ('question = "q"\ncolour = "red"', "templates.x.colour: "),
    ],
)
def test_a_wrong_template_is_one_clear_error(text: str, message: str) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text(f"[templates.x]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load()
    assert message in caught.value.message
    assert str(user_file()) in caught.value.message


def test_a_name_needs_no_quotes_in_a_shell() -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text('[templates."a b"]\nquestion = "q"\n')
    with pytest.raises(ConfigError, match="templates"):
        load()


def test_a_template_is_found_with_its_settings() -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text(
        '[templates.risk]\nquestion = "q"\nmodel = "m"\nfirst_token_seconds = "1m"\n'
        'from = "source"\n'
    )
    template = find_template("risk")
    assert template.mode == "source"
    given = {"model": "other", "first_token_seconds": None}
    assert template.overrides(given) == {
        "system": None,
        "model": "other",
        "first_token_seconds": 60.0,
    }
    with pytest.raises(ConfigError, match="no template named 'rsik'") as caught:
        find_template("rsik")
    assert caught.value.hint == "Did you mean risk?"
