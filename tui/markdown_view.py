"""Markdown as answers need it: lists of one widget an entry, of which only what has changed is laid out again.

Textual's own lists are four widgets an entry and are built anew with every piece that streams in.
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One paragraph of a list: its text, the bullet before it (empty for what follows it), how deep it stands."""

    content: Content
    bullet: str
    depth: int


class ListEntry(MarkdownBlock):
    """An entry with its bullet in the margin, so that lines after the first hang under it."""

    def __init__(self, owner: FlatList, entry: Entry) -> None:
        super().__init__(owner._markdown, owner._token)
        self._bullet = ""
        self.show(entry)

    def show(self, entry: Entry) -> None:
        """Show another entry in its place."""
        indent = 2 * entry.depth
        self._bullet = " " * indent + entry.bullet
        self.styles.padding = (0, 0, 0, indent + max(2, len(entry.bullet)))
        self.set_content(entry.content)

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        if strips and crop.y == 0 and crop.x == 0 and self._bullet:
            bullet = Strip([Segment(self._bullet, self.rich_style)])
            strips[0] = Strip.join([bullet, strips[0].crop(bullet.cell_length)])
        return strips


class FlatList(MarkdownBlock):
    """A list, nested ones included."""

    DEFAULT_CSS = "FlatList { height: auto; margin: 0 0 1 0; }"

    def entries(self, depth: int = 0) -> list[Entry]:
        """All entries in order."""
        return list(self._walk(depth))

    def _walk(self, depth: int) -> Iterator[Entry]:
        for item in self._blocks:
            bullet = item.bullet if isinstance(item, MarkdownListItem) else ""
            bullet = f"{bullet}. " if bullet.isdigit() else "• "
            for block in item._blocks:
                if isinstance(block, FlatList):
                    yield from block.entries(depth + 1)
                    continue
                content = (
                    block._highlighted_code if isinstance(block, MarkdownFence) else block._content
                )
                yield Entry(content, bullet, depth)
                bullet = ""

    def compose(self) -> ComposeResult:
        self._shown: Sequence[Entry] = self.entries()
        for entry in self._shown:
            yield ListEntry(self, entry)

    async def _update_from_block(self, block: MarkdownBlock) -> None:
        if not isinstance(block, FlatList):
            await super()._update_from_block(block)
            return
        new = block.entries()
        widgets = list(self.query(ListEntry))
        for widget, old, entry in zip(widgets, self._shown, new, strict=False):
            if old != entry:
                widget.show(entry)
        for widget in widgets[len(new) :]:
            await widget.remove()
        if len(new) > len(widgets):
            await self.mount_all([ListEntry(self, entry) for entry in new[len(widgets) :]])
        self._shown = new


class Prose(Markdown):
    """An answer: marks become links, nothing opens by itself."""

    BLOCKS: ClassVar[dict[str, type[MarkdownBlock]]] = {  # type: ignore[misc]
        **Markdown.BLOCKS,
        "bullet_list_open": FlatList,
        "ordered_list_open": FlatList,
    }

    def __init__(self) -> None:
        super().__init__(parser_factory=parser, open_links=False)
