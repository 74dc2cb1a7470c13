"""Which of the cited lines are shown under an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.excerpt import excerpt

LINES = '''\
def deliver(parcel, link):
    """Deliver a parcel."""
    attempts = 0

    while attempts < RETRY_LIMIT:
        attempts += 1
        if link.attempt_once(parcel):
            return attempts
        sleep(attempts)

    log.warning("given up")
    raise LostParcel(parcel)
'''.splitlines()


def shown(sentence: str) -> list[str]:
    return [LINES[index].strip() for index in excerpt(LINES, [sentence])]


def test_the_lines_with_the_names_of_the_sentence_are_shown() -> None:
    assert "raise LostParcel(parcel)" in shown("It raises `LostParcel`.")
    assert "while attempts < RETRY_LIMIT:" in shown("It tries until `RETRY_LIMIT` is reached.")


def test_the_names_of_all_sentences_count() -> None:
    sentences = ["It raises `LostParcel`.", "It compares with `RETRY_LIMIT`."]
    lines = [LINES[index].strip() for index in excerpt(LINES, sentences)]
    assert "raise LostParcel(parcel)" in lines
    assert "while attempts < RETRY_LIMIT:" in lines


def test_a_sentence_that_shares_nothing_shows_the_beginning() -> None:
    assert excerpt(LINES, ["Bread needs flour."]) == [0, 1, 2, 4, 5, 6]


def test_few_lines_are_shown_whole_without_the_blank_ones_at_the_ends() -> None:
    assert excerpt(["", "a = 1", "", "b = 2", ""], ["`b` is 2."]) == [1, 2, 3]
    assert excerpt(["", " "], ["`b` is 2."]) == []


@given(
    st.lists(st.sampled_from([*LINES, "", "x"])),
    st.lists(st.sampled_from(["`attempts` is 0", "log given_up", ""])),
    st.integers(1, 8),
)
def test_the_lines_are_few_and_in_order(lines: list[str], sentences: list[str], most: int) -> None:
    indices = excerpt(lines, sentences, most)
    assert indices == sorted(set(indices))
    assert len(indices) <= most
    assert bool(indices) == any(line.strip() for line in lines)
    if indices:
        assert lines[indices[0]].strip()
        assert lines[indices[-1]].strip()
