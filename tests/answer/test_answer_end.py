from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.answer_end import MAX_ITEMS, MAX_SENTENCES, MAX_UNSUPPORTED, AnswerEnd
from repo_mhm.answer.citations import Sentence


def sentence(text: str, *, supported: bool | None = True) -> Sentence:
    return Sentence(text, 0, len(text), supported=supported)


def kept(texts: list[str]) -> list[str]:
    return [new.text for new in AnswerEnd().new_sentences([sentence(text) for text in texts])]


def test_a_sentence_that_comes_again_ends_the_answer() -> None:
    loop = ["`send` opens a socket.", "It retries twice.", "`send` opens a  Socket.", "Done now."]
    assert kept(loop) == loop[:2]


def test_a_step_that_comes_again_under_another_number_ends_the_answer() -> None:
    assert kept(["1. Open the socket.", "2. Send the parcel.", "3. Open the socket."]) == [
        "1. Open the socket.",
        "2. Send the parcel.",
    ]


def test_short_sentences_may_come_again() -> None:
    assert kept(["No.", "It retries twice.", "No."]) == ["No.", "It retries twice.", "No."]


def test_prose_ends_after_eight_sentences_and_a_list_only_later() -> None:
    prose = [f"Sentence {number} is about parcels." for number in range(20)]
    items = [f"- Item {number} is about parcels." for number in range(20)]
    assert kept(prose) == prose[:MAX_SENTENCES]
    assert kept(items) == items[:MAX_ITEMS]


def test_an_answer_ends_once_it_has_said_enough_that_nothing_supports() -> None:
    end = AnswerEnd()
    supported = [sentence("`send` opens a socket.")]
    unsupported = [sentence(f"Guess {n} is bold.", supported=False) for n in range(9)]
    assert end.new_sentences([*supported, *unsupported]) == [
        *supported,
        *unsupported[:MAX_UNSUPPORTED],
    ]
    assert end.is_reached


def test_a_list_is_not_cut_where_prose_would_be() -> None:
    items = [sentence(f"- Item {n} is bold.", supported=False) for n in range(5)]
    assert AnswerEnd().new_sentences(items) == items


def test_headings_and_lead_ins_do_not_count() -> None:
    end = AnswerEnd()
    end.new_sentences([sentence(f"Part {number}:", supported=None) for number in range(20)])
    assert not end.is_reached


def test_a_beginning_is_kept_back_while_it_may_be_a_repetition() -> None:
    end = AnswerEnd()
    end.new_sentences([sentence("`send` opens a socket.")])
    assert end.may_repeat("\n- `send` ope")
    assert not end.may_repeat("\n- `send` waits")
    assert not end.may_repeat("  ")


@given(st.lists(st.sampled_from(["One parcel flies.", "Two parcels fly.", "None flies today."])))
def test_no_sentence_is_kept_twice(texts: list[str]) -> None:
    result = kept(texts)
    assert len(set(result)) == len(result)
    assert result == texts[: len(result)]
