"""Renders blocks as Markdown, as GitHub and CommonMark read it. Pure.

Texts of a repository are hostile: in prose every character that Markdown acts on is escaped, code
stands between more back-ticks than it holds, and a path in a link is percent-encoded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from repo_mhm.formatting import fenced, single_line
from repo_mhm.location import Location
from repo_mhm.pages.blocks import (
    Block,
    Code,
    Drawing,
    Heading,
    Item,
    Items,
    Line,
    Paragraph,
    Span,
    Strong,
    Unchecked,
)
from repo_mhm.pages.mermaid import mermaid

UNCHECKED_BEGIN = "<!-- not compared by --check -->"
UNCHECKED_END = "<!-- compared again -->"

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#~|$&@^=])|(?<=\w)(:)(?=//)|(?<=www)(\.)")
_LIST_START = re.compile(r"^([-+]|\d+[.)])(?=\s)")


def markdown(blocks: Iterable[Block], folder: str = "") -> str:
    """The page; its links lead to files from `folder`, relative to the repository's root."""
    return "\n".join(_Renderer(folder).lines(blocks)) + "\n"


def escaped(text: str) -> str:
    r"""Prose on one line, in which nothing is markup.

    >>> print(escaped("a *b* <c> [d](e)"))
    a \*b\* \<c\> \[d\](e)
    """
    text = _ACTIVE.sub(lambda match: f"\\{match[0]}", single_line(text))
    return _LIST_START.sub(lambda match: f"{match[1][:-1]}\\{match[1][-1]}", text)


def code(text: str) -> str:
    """A span of code on one line, between more back-ticks than it holds."""
    text = single_line(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


class _Renderer:
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def lines(self, blocks: Iterable[Block]) -> Iterator[str]:
        for index, block in enumerate(blocks):
            if index:
                yield ""
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield f"{'#' * block.level} {escaped(block.text)}"
        elif isinstance(block, Paragraph):
            yield self._line(block.line)
        elif isinstance(block, Items):
            yield from self._items(block)
        elif isinstance(block, Drawing):
            yield fenced(mermaid(block)).rstrip("\n").replace("```text", "```mermaid", 1)
        else:
            yield from self._unchecked(block)

    def _items(self, block: Items) -> Iterator[str]:
        if block.title:
            yield f"<details><summary>{escaped(block.title)}</summary>"
            yield ""
        for number, item in enumerate(block.items, 1):
            yield from self._item(item, f"{number}." if block.is_numbered else "-")
        if block.title:
            yield ""
            yield "</details>"

    def _item(self, item: Item, mark: str) -> Iterator[str]:
        yield f"{mark} {self._line(item.line)}"
        depth = " " * (len(mark) + 1)
        for line in item.below:
            yield f"{depth}- {self._line(line)}"

    def _unchecked(self, block: Unchecked) -> Iterator[str]:
        yield UNCHECKED_BEGIN
        yield ""
        yield from self.lines(block.blocks)
        yield ""
        yield UNCHECKED_END

    def _line(self, line: Line) -> str:
        return "".join(map(self._span, line))

    def _span(self, span: Span) -> str:
        if isinstance(span, Location):
            return self._link(span)
        if isinstance(span, Code):
            return code(span.text)
        if isinstance(span, Strong):
            return f"**{escaped(span.text)}**"
        return _escaped_inside(span)

    def _link(self, location: Location) -> str:
        """A location as a link to its file, with the lines as GitHub and GitLab name them."""
        path = posixpath.relpath(location.path, self._folder or ".")
        lines = f"L{location.start}" + (
            f"-L{location.end}" if location.end > location.start else ""
        )
        return f"[{code(location.short)}]({quote(path)}#{lines})"


def _escaped_inside(text: str) -> str:
    """Prose that goes on a line: the white space at its ends separates it from what is around."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return f"{before}{escaped(text)}{after}"
