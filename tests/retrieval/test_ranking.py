from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.query import parse_question
from repo_mhm.retrieval.ranking import (
    RANK_CONSTANT,
    FileEvidence,
    RankableChunk,
    Weights,
    rank,
    rank_files,
)


def chunks_of(*paths: str) -> dict[int, RankableChunk]:
    return {number: RankableChunk(number, path, "code", 0.0) for number, path in enumerate(paths)}


def test_a_chunk_that_several_lists_name_comes_first() -> None:
    chunks = chunks_of("a.py", "b.py", "c.py")
    lists = {"note": [(0,), (1,)], "symbol": [(2,), (1,)]}
    ranked = rank(parse_question("x"), lists, chunks, Weights({"note": 1, "symbol": 1}))
    assert ranked[0].path == "b.py"
    assert set(ranked[0].found_by) == {"note", "symbol"}
    assert ranked[0].score == pytest.approx(2 / (RANK_CONSTANT + 2))


def test_unread_chunks_are_not_pushed_down_by_notes_on_others() -> None:
    chunks = chunks_of("a.py", "b.py", "c.py")
    lists = {"source": [(0,), (1,), (2,)], "note": [(1,), (2,)]}
    weights = Weights({"note": 1, "source": 1})
    assert [chunk.path for chunk in rank(parse_question("x"), lists, chunks, weights)] == [
        "b.py",
        "c.py",
        "a.py",
    ]
    fair = rank(parse_question("x"), lists, chunks, weights, unread={0})
    assert [chunk.path for chunk in fair] == ["a.py", "b.py", "c.py"]
    assert fair[0].found_by == ("source",)


def test_files_rank_by_their_best_chunk_not_by_their_sum() -> None:
    chunks = chunks_of("big.py", "big.py", "big.py", "small.py")
    ranked = rank(parse_question("x"), {"source": [(3,), (0,), (1,), (2,)]}, chunks)
    assert rank_files(ranked) == ["small.py", "big.py"]


def test_tests_and_prose_rank_lower_unless_asked_for() -> None:
    chunks = {
        0: RankableChunk(0, "tests/test_a.py", "code", 0.0),
        1: RankableChunk(1, "a.py", "code", 0.0),
    }
    lists = {"source": [(0,), (1,)]}
    assert rank_files(rank(parse_question("where are cookies kept"), lists, chunks))[0] == "a.py"
    assert (
        rank_files(rank(parse_question("what does test_cookies check"), lists, chunks))[0]
        == "tests/test_a.py"
    )
    prose = {0: RankableChunk(0, "NEWS.md", "text", 0.0), 1: RankableChunk(1, "a.py", "code", 0.0)}
    assert rank_files(rank(parse_question("where are cookies kept"), lists, prose))[0] == "a.py"


def test_of_equal_files_the_one_that_is_referred_to_most_comes_first() -> None:
    chunks = {
        0: RankableChunk(0, "a.py", "code", 0.0),
        1: RankableChunk(1, "b.py", "code", 0.0),
        2: RankableChunk(2, "b.py", "code", 0.9),
    }
    lists = {"source": [(0,)], "symbol": [(1,)]}
    weights = Weights({"source": 1, "symbol": 1})
    assert rank_files(rank(parse_question("x"), lists, chunks, weights)) == ["b.py", "a.py"]


@given(st.lists(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=8), max_size=4))
def test_every_named_chunk_comes_once_best_first(entries: list[list[list[int]]]) -> None:
    chunks = chunks_of(*(f"f{number % 4}.py" for number in range(10)))
    ranked = rank(
        parse_question("x"), {f"l{number}": list_ for number, list_ in enumerate(entries)}, chunks
    )
    ids = [chunk.chunk for chunk in ranked]
    wanted = {chunk for list_ in entries for entry in list_ for chunk in entry if chunk in chunks}
    assert sorted(ids) == sorted(wanted)
    assert [chunk.score for chunk in ranked] == sorted(
        (chunk.score for chunk in ranked), reverse=True
    )


def test_a_list_of_files_raises_all_chunks_of_a_file_alike() -> None:
    chunks = chunks_of("a.py", "b.py", "b.py")
    lists = {"source": [(0,), (1,), (2,)]}
    files = FileEvidence({"commit": ["b.py", "unknown.py"]})

    ranked = rank(parse_question("x"), lists, chunks, files=files)

    assert [chunk.chunk for chunk in ranked] == [1, 2, 0]
    assert [chunk.found_by for chunk in ranked] == [
        ("source", "commit"),
        ("source", "commit"),
        ("source",),
    ]


def test_of_equal_chunks_the_one_of_the_smaller_file_comes_first() -> None:
    chunks = chunks_of("big.py", "small.py")
    files = FileEvidence(chunk_counts={"big.py": 40, "small.py": 2})

    ranked = rank(parse_question("x"), {"source": [(0, 1)]}, chunks, files=files)

    assert rank_files(ranked) == ["small.py", "big.py"]


def test_tests_and_prose_push_nothing_else_down_in_a_list() -> None:
    chunks = chunks_of("tests/test_a.py", "tests/test_b.py", "a.py", "tests/test_c.py", "b.py")
    lists = {"source": [(0,), (1,), (2,), (3,), (4,)]}
    weights = Weights({"source": 1}, test_factor=1, chunk_bonus=0, file_bonus=0)

    scores = {
        chunk.path: chunk.score
        for chunk in rank(parse_question("where are cookies kept"), lists, chunks, weights)
    }

    assert scores["a.py"] == pytest.approx(1 / (RANK_CONSTANT + 1))
    assert scores["b.py"] == pytest.approx(1 / (RANK_CONSTANT + 2))
    assert scores["tests/test_c.py"] == pytest.approx(1 / (RANK_CONSTANT + 4))


def test_settings_and_declarations_push_no_code_down_unless_asked_for() -> None:
    chunks = {
        0: RankableChunk(0, "Cargo.toml", "code", 0.0),
        1: RankableChunk(1, "store.h", "code", 0.0, declares=True),
        2: RankableChunk(2, "store.c", "code", 0.0),
    }
    lists = {"source": [(0,), (1,), (2,)]}

    ranked = rank(parse_question("where are entries stored"), lists, chunks)
    assert rank_files(ranked) == ["store.c", "store.h", "Cargo.toml"]
    assert ranked[0].score == rank(parse_question("x"), {"source": [(2,)]}, chunks)[0].score

    about_settings = rank(parse_question("which dependencies does it have"), lists, chunks)
    assert rank_files(about_settings)[0] == "Cargo.toml"
    about_declarations = rank(parse_question("which interfaces are there"), lists, chunks)
    assert rank_files(about_declarations)[0] == "store.h"
