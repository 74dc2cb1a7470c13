from __future__ import annotations

import pytest

from repo_mhm.retrieval.query import parse_question


def test_terms_leave_out_question_words_and_hold_identifiers_whole_and_in_parts() -> None:
    query = parse_question("How does `Session.send` handle the no_proxy argument?")
    assert "how" not in query.terms
    assert "does" not in query.terms
    assert {"session", "send", "no_proxy", "proxy", "argument"} <= set(query.terms)
    assert query.names == ("Session.send", "no_proxy")
    assert query.possible_names == ("argument",)


def test_a_question_about_the_whole_repository_has_no_terms() -> None:
    assert parse_question("What is this repository for, and which parts does it have?").terms == ()


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("what does HTTPError mean", ("HTTPError",)),
        ("who calls close()?", ("close",)),
        ("where is Foo::bar used", ("Foo::bar",)),
        ("what is __call__ for", ("__call__",)),
        ("how are cookies kept", ()),
    ],
)
def test_names_are_what_is_written_as_code(question: str, names: tuple[str, ...]) -> None:
    assert parse_question(question).names == names


def test_paths_are_not_names() -> None:
    query = parse_question("what is in ./src/app/utils.py and in setup.cfg?")
    assert query.paths == ("src/app/utils.py", "setup.cfg")
    assert query.names == ()


def test_a_question_is_about_tests_by_what_it_names() -> None:
    assert parse_question("what does test_pragmas assert").about_tests
    assert parse_question("what is in tests/test_utils.py").about_tests
    assert not parse_question("how is the latest contest decided").about_tests


def test_an_issue_is_about_tests_only_if_its_title_says_so() -> None:
    body = "It fails:\n```java\n@Test\npublic void testTotal() {\n  total();\n}\n```\nWhy?\n"
    assert not parse_question(f"Totals are wrong\n{body}").about_tests
    assert parse_question(f"Test runner loses totals\n{body}").about_tests
