from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.ranking import (
    RRF_K,
    Place,
    Weights,
    companions,
    coverage,
    rank,
    rank_files,
    read_question,
    weigh,
)


def places(*paths: str) -> dict[int, Place]:
    return {number: Place(number, path, "code", 0.0) for number, path in enumerate(paths)}


def test_question_words_are_no_terms_but_identifiers_come_whole_and_in_parts() -> None:
    query = read_question("How does `Session.send` handle the no_proxy argument?")
    assert "how" not in query.terms
    assert "does" not in query.terms
    assert {"session", "send", "no_proxy", "proxy", "argument"} <= set(query.terms)
    assert query.names == ("Session.send", "no_proxy")
    assert query.maybe == ("argument",)


def test_a_question_about_the_whole_repository_has_no_terms() -> None:
    assert read_question("What is this repository for, and which parts does it have?").terms == ()


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
    assert read_question(question).names == names


def test_paths_are_not_names() -> None:
    query = read_question("what is in ./src/app/utils.py and in setup.cfg?")
    assert query.paths == ("src/app/utils.py", "setup.cfg")
    assert query.names == ()


def test_a_question_is_about_tests_by_what_it_names() -> None:
    assert read_question("what does test_pragmas assert").about_tests
    assert read_question("what is in tests/test_utils.py").about_tests
    assert not read_question("how is the latest contest decided").about_tests


def test_a_chunk_that_several_lists_name_comes_first() -> None:
    known = places("a.py", "b.py", "c.py")
    lists = {"note": [(0,), (1,)], "symbol": [(2,), (1,)]}
    ranked = rank(read_question("x"), lists, known, Weights({"note": 1, "symbol": 1}))
    assert ranked[0].path == "b.py"
    assert set(ranked[0].found_by) == {"note", "symbol"}
    assert ranked[0].score == pytest.approx(2 / (RRF_K + 2))


def test_what_was_never_read_is_not_pushed_down_by_notes_on_other_chunks() -> None:
    known = places("a.py", "b.py", "c.py")
    lists = {"source": [(0,), (1,), (2,)], "note": [(1,), (2,)]}
    weights = Weights({"note": 1, "source": 1})
    assert [one.path for one in rank(read_question("x"), lists, known, weights)] == [
        "b.py",
        "c.py",
        "a.py",
    ]
    fair = rank(read_question("x"), lists, known, weights, unread={0})
    assert [one.path for one in fair] == ["a.py", "b.py", "c.py"]
    assert fair[0].found_by == ("source",)


def test_files_rank_by_their_best_chunk_not_by_their_sum() -> None:
    known = places("big.py", "big.py", "big.py", "small.py")
    ranked = rank(read_question("x"), {"source": [(3,), (0,), (1,), (2,)]}, known)
    assert rank_files(ranked) == ["small.py", "big.py"]


def test_tests_and_prose_stand_back_unless_asked_for() -> None:
    known = {0: Place(0, "tests/test_a.py", "code", 0.0), 1: Place(1, "a.py", "code", 0.0)}
    lists = {"source": [(0,), (1,)]}
    assert rank_files(rank(read_question("where are cookies kept"), lists, known))[0] == "a.py"
    assert (
        rank_files(rank(read_question("what does test_cookies check"), lists, known))[0]
        == "tests/test_a.py"
    )
    prose = {0: Place(0, "NEWS.md", "text", 0.0), 1: Place(1, "a.py", "code", 0.0)}
    assert rank_files(rank(read_question("where are cookies kept"), lists, prose))[0] == "a.py"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("src/app/sessions.py", ["tests/app/test_sessions.py", "tests/unit/sessions_test.py"]),
        ("tests/app/test_sessions.py", ["src/app/sessions.py"]),
        ("src/app/_private.py", ["tests/test_private.py"]),
        ("web/form.ts", ["web/form.test.ts"]),
        ("src/app/__init__.py", []),
        ("tests/conftest.py", []),
        ("src/app/session.py", []),
    ],
)
def test_tests_and_what_they_test_are_companions(path: str, wanted: list[str]) -> None:
    paths = [
        "src/app/__init__.py", "src/app/_private.py", "src/app/session.py", "src/app/sessions.py",
        "tests/app/test_sessions.py", "tests/conftest.py", "tests/test_init.py", "tests/test_private.py",
        "tests/test_sessions.md", "tests/unit/sessions_test.py", "web/form.test.ts", "web/form.ts",
    ]  # fmt: skip
    assert companions(path, paths) == wanted


def test_a_file_that_much_refers_to_stands_before_its_equal() -> None:
    known = {
        0: Place(0, "a.py", "code", 0.0),
        1: Place(1, "b.py", "code", 0.0),
        2: Place(2, "b.py", "code", 0.9),
    }
    lists = {"source": [(0,)], "symbol": [(1,)]}
    weights = Weights({"source": 1, "symbol": 1})
    assert rank_files(rank(read_question("x"), lists, known, weights)) == ["b.py", "a.py"]


@given(st.lists(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=8), max_size=4))
def test_every_known_chunk_comes_once_best_first(entries: list[list[list[int]]]) -> None:
    known = places(*(f"f{number % 4}.py" for number in range(10)))
    ranked = rank(
        read_question("x"), {f"l{number}": one for number, one in enumerate(entries)}, known
    )
    ids = [found.chunk for found in ranked]
    wanted = {chunk for one in entries for entry in one for chunk in entry if chunk in known}
    assert sorted(ids) == sorted(wanted)
    assert [found.score for found in ranked] == sorted(
        (found.score for found in ranked), reverse=True
    )


def test_coverage_tells_what_is_there_from_what_is_not() -> None:
    frequencies = {"cookies": 3, "merged": 1, "sourdough": 0, "bread": 0}
    here = weigh(read_question("cookies merged"), frequencies, 10)
    assert coverage(here, frequencies, ["cookies are merged"]) == pytest.approx(1.0)
    away = weigh(read_question("sourdough bread cookies"), frequencies, 10)
    assert coverage(away, frequencies, ["cookies are merged"]) < 0.25
    assert coverage({}, {}, []) == 0.0


def test_rare_terms_and_names_weigh_more() -> None:
    idf = weigh(read_question("common rare `named`"), {"common": 9, "rare": 1, "named": 1}, 10)
    assert idf["named"] == 2 * idf["rare"] > idf["common"] > 0
