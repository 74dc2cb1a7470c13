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


@pytest.mark.parametrize(
    ("question", "likely_names"),
    [
        ("How does the links method read a header?", ("links",)),
        ("What is the fixture tmpdir for?", ("tmpdir",)),
        ("Why does Session keep its adapters?", ("Session",)),
        ("How are links read?", ()),
    ],
)
def test_words_beside_the_kind_of_a_definition_are_likely_names(
    question: str, likely_names: tuple[str, ...]
) -> None:
    query = parse_question(question)
    assert query.likely_names == likely_names
    assert set(likely_names) <= set(query.possible_names)


@pytest.mark.parametrize(
    ("question", "modules"),
    [
        ("import { getCookie } from 'hono/cookie'", ("hono.cookie", "cookie")),
        ('const a = require("@scope/pkg/lib/a")', ("@scope.pkg.lib.a", "pkg.lib.a")),
        ("What does `requests.adapters` do?", ("requests.adapters",)),
        ("DEBUG rg::ignore: matched", ("rg.ignore", "ignore")),
        ("crate::walk::Ignore fails", ("crate.walk.Ignore", "walk.Ignore", "walk")),
        ("std::vector and Walk::next", ("std.vector", "Walk.next")),
        ("pkg#member", ("pkg.member",)),
        ("it accepts application/json and/or text/html", ()),
    ],
)
def test_imports_and_qualified_names_lead_to_modules(
    question: str, modules: tuple[str, ...]
) -> None:
    assert parse_question(question).modules == modules


def test_an_issue_asks_for_settings_only_in_its_title() -> None:
    body = "\n".join(["", "It is so:", "```", "cat package.json", "```", "and so on", "here"])
    assert parse_question("Which dependencies are there?").about_settings
    assert parse_question("what is in package.json?").about_settings
    assert not parse_question("The cache forgets a key" + body).about_settings
    assert parse_question("package.json lacks a field" + body).about_settings
