"""Recorded pictures of a terminal as one SVG that plays them.

A picture is a list of rows, a row a list of pieces with a style. From one picture to the next most
lines stay as they are. So each line of the screen is a strip of its own: the different rows that it
shows, one below the other, which an animation moves behind a slit. A row that several lines show,
as text scrolls, is written once and used by number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme

CELL_WIDTH, CELL_HEIGHT = 9, 19
"""Pixels of a cell. Glyphs of usual fonts are .6 times as wide as the font's size."""
FONT_SIZE = 15
BASELINE = 14
"""Pixels from the top of a row to its baseline."""
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

Piece = tuple[str, Style]
PictureRow = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the terminal showed, and for how many seconds."""

    rows: tuple[PictureRow, ...]
    seconds: float


def animated_svg(
    pictures: Sequence[Picture], columns: int, theme: TerminalTheme = SVG_EXPORT_THEME
) -> str:
    """An SVG that plays the pictures again and again."""
    lines = max(len(picture.rows) for picture in pictures)
    width, height = columns * CELL_WIDTH, lines * CELL_HEIGHT
    writer = _Writer(theme, _usual_background(pictures, theme))
    strips = "".join(writer.strip(line, pictures, width) for line in range(lines))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">',
            f"<style>text{{font:{FONT_SIZE}px {FONTS};white-space:pre}}{writer.rules()}</style>",
            f"<defs>{writer.definitions()}</defs>",
            f'<rect width="{width}" height="{height}" fill="{writer.background}"/>',
            strips,
            "</svg>\n",
        )
    )


def _usual_background(pictures: Sequence[Picture], theme: TerminalTheme) -> str:
    """The background that most cells have."""
    cells: Counter[str] = Counter()
    for picture in pictures:
        for row in picture.rows:
            for text, style in row:
                cells[_colours(style, theme)[1]] += len(text)
    return cells.most_common(1)[0][0]


def _colours(style: Style, theme: TerminalTheme) -> tuple[str, str]:
    """Of the text and of its background, as hexadecimal numbers."""
    front, back = theme.foreground_color.hex, theme.background_color.hex
    if style.color is not None and not style.color.is_default:
        front = style.color.get_truecolor(theme).hex
    if style.bgcolor is not None and not style.bgcolor.is_default:
        back = style.bgcolor.get_truecolor(theme, foreground=False).hex
    return (back, front) if style.reverse else (front, back)


class _Writer:
    """Writes each row and each look once."""

    def __init__(self, theme: TerminalTheme, background: str) -> None:
        self.background = background
        self._theme = theme
        self._numbers: dict[PictureRow, int] = {}
        self._definitions: list[str] = []
        self._classes: dict[str, str] = {}
        self._animations: list[str] = []

    def strip(self, line: int, pictures: Sequence[Picture], width: int) -> str:
        """What one line of the screen shows, and the animation that shows it in time."""
        total = sum(picture.seconds for picture in pictures)
        positions: dict[PictureRow, int] = {}
        steps: list[str] = []
        begin, shown = 0.0, -1
        for picture in pictures:
            row = picture.rows[line] if line < len(picture.rows) else ()
            position = positions.setdefault(row, len(positions))
            if position != shown:
                share = f"{100 * begin / total:.2f}".rstrip("0").rstrip(".")
                offset = f"{-position * CELL_HEIGHT}px"
                steps.append(f"{share}%{{transform:translateY({offset})}}")
                shown = position
            begin += picture.seconds

        uses = "".join(
            f'<use href="#r{self._number(row)}" y="{position * CELL_HEIGHT}"/>'
            for row, position in positions.items()
        )
        if len(steps) > 1:
            self._animations.append(
                f"@keyframes k{line}{{{''.join(steps)}}}"
                f".l{line}{{animation:k{line} {total:.1f}s step-end infinite}}"
            )
        frame = f'<svg y="{line * CELL_HEIGHT}" width="{width}" height="{CELL_HEIGHT}">'
        return f'{frame}<g class="l{line}">{uses}</g></svg>'

    def definitions(self) -> str:
        """All rows."""
        return "".join(self._definitions)

    def rules(self) -> str:
        """The style sheet: looks and animations; none for those who want nothing to move."""
        looks = "".join(f".{name}{{{rules}}}" for rules, name in self._classes.items())
        still = "@media(prefers-reduced-motion){g{animation:none!important}}"
        return f"{looks}{''.join(self._animations)}{still}"

    def _number(self, row: PictureRow) -> int:
        if row not in self._numbers:
            self._numbers[row] = len(self._numbers)
            self._definitions.append(f'<g id="r{self._numbers[row]}">{self._row(row)}</g>')
        return self._numbers[row]

    def _row(self, row: PictureRow) -> str:
        texts: list[str] = []
        column = 0
        for text, style in row:
            cells = cell_len(text)
            if text.strip():
                start = column + cell_len(text[: len(text) - len(text.lstrip())])
                shown = text.strip()
                texts.append(
                    f'<tspan x="{start * CELL_WIDTH}" textLength="{cell_len(shown) * CELL_WIDTH}" '
                    f'class="{self._class(style)}">{escape(shown, quote=False)}</tspan>'
                )
            column += cells
        return f'{self._rectangles(row)}<text y="{BASELINE}">{"".join(texts)}</text>'

    def _rectangles(self, row: PictureRow) -> str:
        """The backgrounds that are not the usual one; neighbours of one colour as one."""
        rectangles: list[str] = []
        column = 0
        backgrounds = ((_colours(style, self._theme)[1], cell_len(text)) for text, style in row)
        for colour, group in groupby(backgrounds, key=lambda background: background[0]):
            cells = sum(width for _, width in group)
            if colour != self.background:
                rectangles.append(
                    f'<rect x="{column * CELL_WIDTH}" width="{cells * CELL_WIDTH}" '
                    f'height="{CELL_HEIGHT}" fill="{colour}"/>'
                )
            column += cells
        return "".join(rectangles)

    def _class(self, style: Style) -> str:
        rules = f"fill:{_colours(style, self._theme)[0]}"
        if style.bold:
            rules += ";font-weight:bold"
        if style.italic:
            rules += ";font-style:italic"
        if style.underline:
            rules += ";text-decoration:underline"
        if style.dim:
            rules += ";opacity:.6"
        return self._classes.setdefault(rules, f"c{len(self._classes)}")
