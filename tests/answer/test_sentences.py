from __future__ import annotations

from repo_mhm.answer.sentences import next_sentence


def split(text: str) -> list[str]:
    sentences = []
    position = 0
    while span := next_sentence(text, position, final=True):
        start, position = span
        sentences.append(text[start:position])
    return sentences


def test_full_stops_end_sentences_unless_they_belong_to_a_word() -> None:
    text = (
        "It calls `a. B` first, e.g. via net.send. Then v1.2 is used! Really? "
        "Yes (see below.) Done..."
    )
    assert split(text) == [
        "It calls `a. B` first, e.g. via net.send.",
        "Then v1.2 is used!",
        "Really?",
        "Yes (see below.)",
        "Done...",
    ]


def test_lists_headings_and_code_blocks_are_sentences_of_their_own() -> None:
    text = "# Why\nBecause:\n1. First. More\n- second\n```py\nx = 1. \n\ny\n```\nEnd"
    assert split(text) == [
        "# Why",
        "Because:",
        "1. First.",
        "More",
        "- second",
        "```py\nx = 1. \n\ny\n```",
        "End",
    ]


def test_a_sentence_only_ends_once_that_is_certain() -> None:
    assert next_sentence("It ends.", 0, final=False) is None
    assert next_sentence("It ends. ", 0, final=False) is None
    assert next_sentence("It ends. N", 0, final=False) == (0, 8)
    assert next_sentence("It ends.", 0, final=True) == (0, 8)
