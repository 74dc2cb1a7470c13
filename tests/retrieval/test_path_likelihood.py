"""The order of files by how likely a model names each as the one to change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.path_likelihood import prompt, reordered
from repo_mhm.retrieval.ranking import RankedChunk


def chunk(number: int, path: str, score: float) -> RankedChunk:
    return RankedChunk(number, path, score, ("source",))


def test_the_prompt_shows_title_and_prose_within_limits() -> None:
    text = "\n  Stamps are lost\n\n- [x] I have searched\nThey never arrive.\n" + "post " * 1000
    asked = prompt(text)
    assert asked is not None
    assert asked.user.startswith("Issue: Stamps are lost\nThey never arrive.\npost post")
    assert "searched" not in asked.user
    assert len(asked.user) < 1000
    assert prompt(" \n") is None


def test_a_likely_file_goes_up_and_all_its_chunks_with_it() -> None:
    ranked = [chunk(1, "a.py", 1.0), chunk(2, "b.py", 0.9), chunk(3, "b.py", 0.8)]
    result = reordered(ranked, {"a.py": -9.0, "b.py": -1.0})
    assert [item.chunk for item in result] == [2, 3, 1]
    assert result[0].found_by == ("source", "model")


def test_the_ranking_decides_where_the_model_sees_little_difference() -> None:
    ranked = [chunk(1, "a.py", 1.0), chunk(2, "b.py", 0.5)]
    assert [item.chunk for item in reordered(ranked, {"a.py": -1.5, "b.py": -1.0})] == [1, 2]


scores = st.floats(0.001, 10)
logarithms = st.floats(-500, 0)


@given(st.lists(st.tuples(scores, logarithms), min_size=1, max_size=12), st.integers(0, 12))
def test_files_that_were_not_judged_pass_none_that_was_better(
    files: list[tuple[float, float]], judged: int
) -> None:
    ordered = sorted(files, reverse=True)
    ranked = [chunk(at, f"{at}.py", score) for at, (score, _) in enumerate(ordered)]
    likelihoods = {f"{at}.py": value for at, (_, value) in enumerate(ordered[:judged])}
    result = reordered(ranked, likelihoods)
    assert {item.chunk for item in result} == {item.chunk for item in ranked}
    position = {item.chunk: at for at, item in enumerate(result)}
    rest = [item.chunk for item in result if item.chunk >= judged]
    assert rest == sorted(rest)
    assert all(position[better] < position[at] for at in rest for better in range(judged))
