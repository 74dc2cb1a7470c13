"""The cited lines that are printed under an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from repo_mhm.answer.citations import Citation, State
from repo_mhm.answer.excerpt import excerpt
from repo_mhm.cli.located_lines import MOST_CHARACTERS
from repo_mhm.formatting import safe

if TYPE_CHECKING:
    from rich.text import Text

INDENT = "    "
_SAME_LINES: tuple[State, ...] = ("current", "moved")
"""States in which the lines at the citation's location are those that were read."""


def source_lines(
    citation: Citation, sentences: Iterable[str], width: int | None, *, coloured: bool
) -> Text | None:
    """The decisive lines of a citation for the `sentences` that cite it, with their numbers.

    They are cut to `width` columns; None leaves them whole. None where their text is not known.
    Lines of a file that has changed have no numbers, as it no longer holds them as they are.
    """
    from rich.text import Text

    lines = _plain_lines(citation.text)
    indices = excerpt(lines, sentences)
    if not indices:
        return None

    shown = _coloured_lines(citation) if coloured else [Text(line) for line in lines]
    indent = min(len(lines[i]) - len(lines[i].lstrip()) for i in indices if lines[i].strip())
    numbers = _numbers(citation, len(lines))
    text = Text()
    previous = indices[0] - 1
    for index in indices:
        if any(line.strip() for line in lines[previous + 1 : index]):
            text.append(f"{INDENT}{' ' * len(numbers[0])}  …\n", "dim")
        row = Text().append(f"{INDENT}{numbers[index]}  ", "dim").append_text(shown[index][indent:])
        row.truncate(width or MOST_CHARACTERS, overflow="ellipsis")
        text.append_text(row).append("\n")
        previous = index
    return text


def _numbers(citation: Citation, lines: int) -> list[str]:
    """The number of each line, all of one width; blank where the file has other lines now."""
    if citation.state not in _SAME_LINES:
        return [""] * lines
    start = citation.location.start
    width = len(str(start + lines - 1))
    return [f"{number:>{width}}" for number in range(start, start + lines)]


def _plain_lines(text: str) -> list[str]:
    return safe(text).expandtabs(4).split("\n")


def _coloured_lines(citation: Citation) -> list[Text]:
    """The cited lines with the syntax colours of the terminal's own palette."""
    from rich.syntax import Syntax

    # What a line is, code or the inside of a string, only the lines before it tell.
    before = _plain_lines(citation.text_before) if citation.text_before else []
    code = "\n".join([*before, *_plain_lines(citation.text)])
    # The colours of this theme are legible on dark and on light backgrounds.
    lexer = Syntax.guess_lexer(citation.location.path)
    syntax = Syntax(code, lexer, theme="ansi_light", background_color="default")
    coloured = syntax.highlight(code).split("\n", allow_blank=True)
    return list(coloured)[len(before) :]
