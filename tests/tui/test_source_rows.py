"""The rows of a file: wrapping loses nothing, and every line is found again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from repo_mhm.commands.repository_map import SourceText
from repo_mhm.location import Location
from tui.source_rows import source_rows, wrapped

_TEXTS = st.lists(st.text("ab c日é\u0301\t", max_size=80), max_size=6)


@given(_TEXTS, st.integers(4, 60))
def test_wrapped_lines_have_all_the_text_within_the_width(lines: list[str], width: int) -> None:
    source = source_rows(SourceText("a.txt", tuple(lines)), {})
    pieces = wrapped(source, width)
    gutter = 4 + len(str(len(lines)))
    for number, row in enumerate(source.rows, 1):
        own = [piece for piece in pieces.rows if piece.key == number]
        code = "".join(text for piece in own for text, _ in piece.parts[-len(piece.parts) + 1 :])
        assert "".join(code.split()).endswith("".join(row.text.split()))
        assert pieces.rows[pieces.row_of(number)] is own[0]
        assert all(cell_len(piece.text) <= max(width, 10 + gutter) for piece in own)


def test_a_long_line_is_wrapped_in_linear_time() -> None:
    source = source_rows(SourceText("a.txt", ("word " * 200_000,)), {})
    assert len(wrapped(source, 84).rows) > 10_000


def test_the_first_line_of_each_cited_range_has_its_number() -> None:
    cited = {1: Location("a.txt", 2, 3), 12: Location("a.txt", 3, 4), 3: Location("a.txt", 2, 2)}
    rows = source_rows(SourceText("a.txt", ("a", "b", "c", "d", "e")), cited).rows
    assert [row.parts[0][0] for row in rows] == ["   ", " 1▌", "12▌", "  ▌", "   "]
    assert [row.look for row in rows] == ["", "marked", "marked", "marked", ""]


def test_lines_beyond_the_file_lead_to_its_last_one() -> None:
    source = source_rows(SourceText("a.txt", ("a", "b")), {})
    assert [source.row_of(line) for line in (0, 1, 2, 9)] == [0, 0, 1, 1]
    assert source_rows(SourceText("a.txt", ()), {}).row_of(3) == 0
