"""The gate of a deep pass: what opens a section, and how few a question with a name opens."""

from __future__ import annotations

from collections.abc import Sequence

from repo_mhm.deep.facts import Section
from repo_mhm.deep.gate import SectionGate
from repo_mhm.retrieval.query import parse_question
from repo_mhm.source.scan import scan_bytes

WORDS = "anchor ballast capstan deck ensign fender gunwale halyard jib keel".split()


def sections(count: int, special: dict[int, str] | None = None) -> list[Section]:
    """Sections of common words, some with a line of their own."""
    made = []
    for number in range(count):
        own = (special or {}).get(number, "    pass")
        word = WORDS[number % len(WORDS)]
        text = f"def {word}{number}(queue):\n    # the number of jobs of a {word}\n{own}\n"
        (chunk,) = scan_bytes(f"f{number}.py", text.encode()).chunks
        made.append(Section(chunk, text, 0))
    return made


def gate(question: str, of: Sequence[Section], *, is_selective: bool = True) -> SectionGate:
    return SectionGate(parse_question(question), of, is_selective=is_selective)


def open_numbers(of: SectionGate) -> list[int]:
    return [int(section.chunk.path[1:-3]) for section in of.open_sections]


def test_a_question_with_a_name_opens_few_sections_however_many_there_are() -> None:
    question = "What is the number of jobs of `velvet_sextant`?"
    for count in (50, 500):
        all_sections = sections(count, {count - 3: "    velvet_sextant(queue)"})
        assert open_numbers(gate(question, all_sections)) == [0, count - 3]


def test_as_many_of_the_best_found_are_open_as_share_the_words() -> None:
    opened = open_numbers(gate("how is the keel halyard set?", sections(100)))
    keels = [number for number in range(100) if WORDS[number % 10] in ("keel", "halyard")]
    assert opened == sorted({*keels, *range(len(keels))})


def test_a_name_in_a_fact_opens_the_sections_that_hold_it() -> None:
    all_sections = sections(60, {9: "    velvet_sextant()", 40: "    copper_rivet()"})
    opened = gate("What does `velvet_sextant` do?", all_sections)
    assert 40 not in open_numbers(opened)
    opened.open_for_names(["copper_rivet"], lambda name: [name])  # type: ignore[list-item]
    assert 40 in open_numbers(opened)


def test_a_gate_that_is_not_selective_opens_all() -> None:
    assert len(gate("anything", sections(30), is_selective=False).open_sections) == 30
