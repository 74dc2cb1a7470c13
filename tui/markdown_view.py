"""Markdown as answers need it: lists of one widget an entry, of which only changes are redrawn.

Textual's own lists are four widgets an entry and are rebuilt with every piece that streams in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock, MarkdownFence, MarkdownListItem

from tui.citation_marks import parser

_INDENT = 2
"""Cells that a nested list is indented by."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One paragraph of a list: its text, its bullet and its depth, 0 for the outermost list.

    Paragraphs of an item after its first have an empty bullet.
    """

    content: Content
    bullet: str
    depth: int


class ListEntry(MarkdownBlock):
    """An entry with its bullet in the margin; lines after the first are indented under it."""

    def __init__(self, owner: FlatList, entry: Entry) -> None:
        super().__init__(owner._markdown, owner._token)
        self._bullet = ""
        self.show(entry)

    def show(self, entry: Entry) -> None:
        """Show another entry instead."""
        indent = _INDENT * entry.depth
        self._bullet = " " * indent + entry.bullet
        self.styles.padding = (0, 0, 0, indent + max(_INDENT, len(entry.bullet)))
        self.set_content(entry.content)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render the text, with the bullet drawn over the padding of its first line."""
        strips = super().render_lines(crop)
        if strips and crop.y == 0 and crop.x == 0 and self._bullet:
            bullet = Strip([Segment(self._bullet, self.rich_style)])
            strips[0] = Strip.join([bullet, strips[0].crop(bullet.cell_length)])
        return strips


class FlatList(MarkdownBlock):
    """A list with the lists nested in it."""

    DEFAULT_CSS = "FlatList { height: auto; margin: 0 0 1 0; }"

    def entries(self, depth: int = 0) -> list[Entry]:
        """Return all entries in order."""
        return list(self._walk(depth))

    def _walk(self, depth: int) -> Iterator[Entry]:
        for item in self._blocks:
            bullet = _bullet(item)
            for block in item._blocks:
                if isinstance(block, FlatList):
                    yield from block.entries(depth + 1)
                    continue
                yield Entry(_content(block), bullet, depth)
                bullet = ""

    def compose(self) -> ComposeResult:
        """Yield a widget for each entry."""
        self._shown: Sequence[Entry] = self.entries()
        for entry in self._shown:
            yield ListEntry(self, entry)

    async def _update_from_block(self, block: MarkdownBlock) -> None:
        if not isinstance(block, FlatList):
            await super()._update_from_block(block)
            return
        entries = block.entries()
        widgets = list(self.query(ListEntry))

        for widget, shown, entry in zip(widgets, self._shown, entries, strict=False):
            if shown != entry:
                widget.show(entry)
        for widget in widgets[len(entries) :]:
            await widget.remove()
        added = entries[len(widgets) :]
        if added:
            await self.mount_all([ListEntry(self, entry) for entry in added])
        self._shown = entries


def _bullet(item: MarkdownBlock) -> str:
    bullet = item.bullet if isinstance(item, MarkdownListItem) else ""
    return f"{bullet}. " if bullet.isdigit() else "• "


def _content(block: MarkdownBlock) -> Content:
    return block._highlighted_code if isinstance(block, MarkdownFence) else block._content


class AnswerMarkdown(Markdown):
    """An answer: citation marks become links, and links do not open by themselves."""

    BLOCKS: ClassVar[dict[str, type[MarkdownBlock]]] = {  # type: ignore[misc]
        **Markdown.BLOCKS,
        "bullet_list_open": FlatList,
        "ordered_list_open": FlatList,
    }

    def __init__(self) -> None:
        super().__init__(parser_factory=parser, open_links=False)
