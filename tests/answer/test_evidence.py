from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.evidence import (
    Evidence,
    collect_evidence,
)
from repo_mhm.answer.evidence_pieces import Source, pieces, segments
from repo_mhm.location import Location
from repo_mhm.source.chunks import Chunk, chunk_text
from repo_mhm.source.scan import scan_bytes

CODE = '''\
"""Sessions keep cookies."""

LIMIT = 30


class Session:
    """Keeps cookies."""

    def send(self, request):
        """Send it."""
        return self.adapter.deliver(request)

    def close(self):
        self.adapter.shutdown()


def rebuild(url):
    def inner(part):
        return part.zebra

    return inner(url)
'''


def source(code: str = CODE, path: str = "app/sessions.py", score: float = 1.0) -> Source:
    scanned = scan_bytes(path, code.encode())
    (chunk,) = scanned.chunks
    return Source(chunk, chunk_text(code.encode(), chunk), scanned.symbols, score)


def count(text: str) -> int:
    return len(text.split())


def gather(
    sources: list[Source], term_weights: dict[str, float], names: list[str], tokens: int
) -> list[Evidence]:
    return collect_evidence(sources, term_weights, names).within(tokens, count)


def test_a_method_comes_with_its_class_signature_and_without_its_neighbours() -> None:
    (piece,) = gather([source()], {"deliver": 1.0}, [], 500)
    assert piece.location == Location("app/sessions.py", 9, 11)
    assert piece.text.startswith("    def send(self, request):")
    assert piece.context == "class Session"


def test_the_symbol_that_the_question_names_comes_first() -> None:
    pieces = gather([source()], {"adapter": 1.0, "session": 0.1}, ["Session.close"], 500)
    assert "def close" in pieces[0].text


def test_inner_functions_stay_with_their_function() -> None:
    (piece,) = gather([source()], {"zebra": 1.0}, [], 500)
    assert (piece.location.start, piece.location.end) == (17, 21)


def test_chosen_neighbours_are_joined_into_one_piece() -> None:
    (piece,) = gather([source()], {"adapter": 1.0}, [], 500)
    assert (piece.location.start, piece.location.end) == (9, 14)


def test_a_long_function_is_cut_to_the_window_that_matters() -> None:
    body = [f"    step_{number}()" for number in range(100)]
    body[70] = "    explode(zebra)"
    long = source("def run():\n" + "\n".join(body) + "\n")
    signature, decisive = gather([long], {"zebra": 1.0}, [], 60)
    assert signature.text.startswith("def run")
    assert decisive.location.start <= 72 <= decisive.location.end
    assert decisive.location.end - decisive.location.start < 20
    assert "def run" in decisive.context


def test_a_function_indented_with_tabs_is_cut_like_one_with_spaces() -> None:
    blocks = [
        f"    if step_{number}:\n        a = {number}\n        for b in a:\n            zebra(b)"
        for number in range(20)
    ]
    spaced = "def run():\n" + "\n".join(blocks) + "\n"
    tabbed = spaced.replace("    ", "\t")
    locations = [
        [segment.location for segment in segments(piece)]
        for text in (spaced, tabbed)
        for piece in pieces(source(text))
    ]
    assert locations[0] == locations[1]
    assert len(locations[0]) > 5


def test_the_later_paragraphs_of_a_docstring_give_way_to_code() -> None:
    prose = "\n".join(f"    zebra {number} is described." for number in range(20))
    code = "\n".join(f"    step_{number}()" for number in range(20))
    long = source(f'def run():\n    """Run.\n\n{prose}\n    """\n{code}\n')
    shown = "\n".join(piece.text for piece in gather([long], {"zebra": 1.0}, [], 60))
    assert "step_0" in shown
    assert "is described" not in shown


def test_lines_that_only_import_are_left_out() -> None:
    imports = "".join(f"from zebra import stripe_{number}\n" for number in range(20))
    pieces = gather([source(imports + CODE)], {"zebra": 1.0}, [], 500)
    assert not any("import" in piece.text for piece in pieces)


def test_pieces_without_a_term_of_the_question_are_left_out() -> None:
    assert gather([source()], {"sourdough": 1.0}, [], 500) == []
    assert gather([], {"x": 1.0}, [], 500) == []


LINES = st.lists(
    st.sampled_from(
        [
            "def f():",
            "class A:",
            "    def g(self):",
            "        zebra = 1",
            "    return 2",
            "",
            "x = zebra",
        ]
    ),
    min_size=1,
    max_size=60,
)


@given(LINES, st.integers(0, 300), st.integers(1, 50))
def test_pieces_are_real_lines_in_budget_and_never_overlap(
    lines: list[str], tokens: int, start: int
) -> None:
    text = "\n".join(lines)
    if not text.strip():
        return
    symbols = scan_bytes("a.py", b"\n" * (start - 1) + text.encode()).symbols
    end = start + len(lines) - 1
    chunk = Chunk("a.py", start, end, 0, len(text), "code", "", (), 1, "id", "")
    pieces = gather(
        [Source(chunk, text, symbols, 1.0)], {"zebra": 1.0, "return": 0.5}, ["g"], tokens
    )
    for piece in pieces:
        assert start <= piece.location.start <= piece.location.end <= end
        assert (
            piece.text.split("\n")
            == lines[piece.location.start - start : piece.location.end - start + 1]
        )
    spans = sorted((piece.location.start, piece.location.end) for piece in pieces)
    assert all(spans[index][1] < spans[index + 1][0] for index in range(len(spans) - 1))
    assert sum(count(piece.text) for piece in pieces) <= tokens


def test_tests_at_the_end_of_a_source_file_count_as_tests() -> None:
    code = (
        "fn lexes(text: &str) -> usize {\n    text.len() + LEXEMES\n}\n\n"
        "#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
        "    fn lexes_twice() {\n        lexes(LEXEMES); lexes(LEXEMES);\n    }\n}\n"
    )
    pool = collect_evidence([source(code, "src/lexer.rs")], {"lexes": 1.0, "lexemes": 1.0}, [])
    scores = {piece.symbol: piece.score for piece in pool.pieces}
    assert scores["tests::lexes_twice"] < 0.7 * scores["lexes"]
