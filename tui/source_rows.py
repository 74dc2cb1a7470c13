"""The lines of a file as rows: coloured, with the cited ones marked, wrapped or not. No widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from repo_mhm.formatting import safe
from tui.rows import Part, Row
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.commands.code_links import CodeLink, OutlineEntry
    from repo_mhm.commands.repository_map import SourceText
    from repo_mhm.location import Location

_MOST_COLOURED = 400_000
"""Characters; longer files are shown without syntax colours."""
_LEAST_WRAPPED = 10
"""Cells of code that a wrapped line has at least."""
_CHARACTERS_OF_CELL = 4
"""Most characters of a cell that are looked at: joiners and marks have no width."""
_GUTTER_PARTS = 2
"""Parts of a row before the code: the mark of a citation, and the line's number."""


@dataclass(frozen=True, slots=True)
class SourceRows:
    """The rows of a file, with the first row of each line, and how wide the widest one is."""

    rows: Sequence[Row]
    first_rows: Sequence[int]
    """By line, from 0."""
    width: int

    def row_of(self, line: int) -> int:
        """The first row of a line, counted from 1; of the last one for lines beyond it."""
        if not self.first_rows:
            return 0
        return self.first_rows[max(0, min(line, len(self.first_rows)) - 1)]


def source_rows(source: SourceText, cited: Mapping[int, Location]) -> SourceRows:
    """The rows of a file. `cited` has the cited locations in it, by their numbers."""
    number_width = len(str(len(source.lines)))
    mark_width = max((len(str(number)) for number in cited), default=0)
    first_lines = {
        location.start: str(number) for number, location in reversed(list(cited.items()))
    }
    marked_lines = {
        line
        for location in cited.values()
        for line in range(location.start, min(location.end, len(source.lines)) + 1)
    }
    rows = []
    for number, parts in enumerate(_coloured(source), 1):
        is_cited = number in marked_lines
        bar = "▌" if is_cited else " "
        mark = (f"{first_lines.get(number, ''):>{mark_width}}{bar}", "warn")
        gutter = (f"{number:>{number_width}} ", "dim")
        rows.append(Row((mark, gutter, *parts), number, "marked" if is_cited else ""))
    width = max((cell_len(row.text) for row in rows), default=0)
    return SourceRows(rows, range(len(rows)), width)


def wrapped(source: SourceRows, width: int) -> SourceRows:
    """The same rows, those wider than `width` cells as several."""
    rows: list[Row] = []
    first_rows: list[int] = []
    for row in source.rows:
        first_rows.append(len(rows))
        if cell_len(row.text) <= width:
            rows.append(row)
        else:
            rows += _pieces(row, width)
    return SourceRows(rows, first_rows, 0)


def _pieces(row: Row, width: int) -> Iterator[Row]:
    """A row in as many as it needs; those that follow have an empty gutter."""
    gutter, code = row.parts[:_GUTTER_PARTS], row.parts[_GUTTER_PARTS:]
    gutter_width = sum(len(text) for text, _ in gutter)
    blank: tuple[Part, ...] = ((" " * gutter_width, "dim"),)
    room = max(_LEAST_WRAPPED, width - gutter_width)
    text = "".join(text for text, _ in code)
    start = 0
    parts = iter(code)
    part = next(parts)
    for end in _ends(text, room):
        piece: list[Part] = []
        while start < end:
            own = part[0][: end - start]
            piece.append((own, part[1]))
            start += len(own)
            # What is left of the part, or the next one.
            part = (part[0][len(own) :], part[1])
            if not part[0]:
                part = next(parts, ("", ""))
        yield Row((*gutter, *piece), row.key, row.look)
        gutter = blank


def _ends(text: str, width: int) -> Iterator[int]:
    """Where the pieces of text end, each of at most `width` cells: at a late space, if any."""
    start = 0
    while start < len(text):
        # Joiners and marks have no width.
        window = text[start : start + width * _CHARACTERS_OF_CELL]
        piece = chop_cells(window, width)[0] if cell_len(window) > width else window
        space = piece.rfind(" ") + 1
        is_last = start + len(piece) >= len(text)
        if not is_last and space > len(piece) // 2:
            piece = piece[:space]
        start += len(piece)
        yield start


def outline_row(entry: OutlineEntry) -> Row:
    """The row of a symbol in the outline of its file."""
    symbol = entry.symbol
    name = single_line(symbol.name)
    return Row(
        (("  " * entry.depth, ""), (name, "name"), (f"  {single_line(symbol.kind)}", "dim")),
        symbol.start,
    )


def link_row(link: CodeLink) -> Row:
    """The row of a definition or a use."""
    remark = f"  ({link.remark})" if link.remark else ""
    name = f"  {single_line(link.name)}" if link.name else ""
    return Row(
        (
            (single_line(f"{link.location.path}:{link.location.start}"), "name"),
            (f"  {single_line(link.code)}", ""),
            (name, "kind"),
            (remark, "warn"),
        ),
        link,
    )


def _coloured(source: SourceText) -> list[tuple[Part, ...]]:
    """Each line's parts, coloured where the file's language is known."""
    lines = [safe(line).expandtabs(4).replace("\n", " ") for line in source.lines]
    text = "\n".join(lines)
    plain: list[tuple[Part, ...]] = [((line, ""),) for line in lines]
    if len(text) > _MOST_COLOURED:
        return plain
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(source.path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return plain

    coloured: list[list[Part]] = [[]]
    for kind, value in lexer.get_tokens(text):
        look = _look(kind)
        first, *others = value.split("\n")
        coloured[-1].append((first, look))
        coloured += [[(other, look)] for other in others]
    return [tuple(parts) for parts in coloured[: len(lines)]]


_LOOKS_BY_TOKEN = (
    ("Comment", "comment"),
    ("Keyword", "keyword"),
    ("Operator.Word", "keyword"),
    ("String", "string"),
    ("Number", "number"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Decorator", "kind"),
    ("Name.Builtin", "kind"),
    ("Name.Tag", "keyword"),
    ("Name.Attribute", "kind"),
    ("Heading", "name"),
)
"""Parts of the names of Pygments' tokens, and the looks of such tokens; the first one counts."""


def _look(token_kind: object) -> str:
    name = str(token_kind)
    return next((look for part, look in _LOOKS_BY_TOKEN if part in name), "")
