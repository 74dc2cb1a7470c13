"""The map: each chunk as a cell that shows how detailed its note is, and the index's progress."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from repo_mhm.formatting import count, rough_duration
from tui.background_reader import BackgroundReader
from tui.formatting import GLYPHS, LEGEND, LEVELS, bar, shortened, spinner
from tui.rows import Part, Row, Rows
from tui.safe_text import single_line
from tui.source import OpenSource
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.commands.repository_map import FileCoverage
    from tui.index_progress import IndexState

_NAME_WIDTH = 34
"""Cells for the names of directories and files."""
_UNREAD = len(LEVELS) - 1


class MapView(Vertical):
    """Directories and files under lines that say how far the index has come."""

    HELP = """
**The map**

- Each cell is a chunk: the fuller, the more detailed its note
- Enter opens a file
- Space reads the repository, or pauses
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "app.toggle_index", "Read/pause"),
    ]
    DEFAULT_CSS = """
    MapView {
        #progress { height: 4; padding: 0 1; border-bottom: solid $primary 30%; }
        #legend { height: 1; padding: 0 1; }
        #files { padding: 0 1; }
    }
    """

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__(id="map")
        self._state = state
        self._reader = reader
        self._covers: list[FileCoverage] = []

    def compose(self) -> ComposeResult:
        """Yield the progress, the legend and the files."""
        yield Static("", id="progress")
        yield Static("", id="legend")
        yield Rows(dom_id="files")

    def draw_progress(self) -> None:
        """Show how far the index has come."""
        width = max(10, self.size.width - 30)
        self.query_one("#progress", Static).update(progress_text(self._state.index, width))

    @work(exclusive=True)
    async def load(self) -> None:
        """Read the map from the store and show it."""
        from repo_mhm.commands.repository_map import repository_map

        covers = await self._reader.read_store(repository_map) or []
        if covers == self._covers and covers:
            return
        self._covers = covers
        rows = await self._reader.run(lambda: list(_rows(covers)))
        if not rows:
            rows = [Row(((self._state.index.empty_memory_text, "dim"),))]
        self.query_one(Rows).show_rows(rows)
        self.query_one("#legend", Static).update(_legend(covers))

    def focus_rows(self) -> None:
        """Put the cursor on the files."""
        self.query_one(Rows).focus()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        from repo_mhm.answer.citations import Citation
        from repo_mhm.location import Location

        event.stop()
        if isinstance(event.row.key, str):
            self.post_message(OpenSource([Citation(Location(event.row.key, 1, 1))]))

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()


def _legend(covers: Sequence[FileCoverage]) -> Content:
    counts = Counter(level for cover in covers for level in cover.levels)
    parts = [f"{glyph} {label} {counts[level]:,}" for level, (glyph, label, _) in enumerate(LEGEND)]
    return Content("   ".join(parts))


def _rows(covers: Sequence[FileCoverage]) -> Iterator[Row]:
    """A row for each directory, followed by one for each of its files."""
    covers_by_directory: dict[str, list[FileCoverage]] = defaultdict(list)
    for cover in sorted(covers, key=lambda cover: cover.path):
        covers_by_directory[cover.path.rpartition("/")[0]].append(cover)
    for directory, inside in sorted(covers_by_directory.items()):
        yield _directory_row(directory, inside)
        for cover in inside:
            yield _file_row(cover)


def _directory_row(directory: str, covers: Sequence[FileCoverage]) -> Row:
    levels = [level for cover in covers for level in cover.levels]
    read = sum(level < _UNREAD for level in levels)
    share = f"  {read:,} of {count(len(levels), 'chunk')}"
    name = f"{single_line(directory) or '.'}/".ljust(_NAME_WIDTH)
    return Row(((name, "kind"), (share, "dim")))


def _file_row(cover: FileCoverage) -> Row:
    width = _NAME_WIDTH - 2
    name = shortened(single_line(cover.path.rpartition("/")[2]), width).ljust(width)
    return Row(((f"  {name}", ""), ("  ", ""), *_cells(cover.levels)), cover.path)


def _cells(levels: Sequence[int]) -> Iterator[Part]:
    """One part for each run of equal levels."""
    start = 0
    for end in range(1, len(levels) + 1):
        if end == len(levels) or levels[end] != levels[start]:
            yield GLYPHS[levels[start]] * (end - start), LEVELS[levels[start]]
            start = end


def progress_text(index: IndexState, width: int) -> Content:
    """Return three lines: what the index does, how far it is, and the last path."""
    keys = "space or F5: pause" if index.running else "space or F5: read"
    return Content.assemble(
        (" · ".join(_progress_facts(index)), "bold"),
        "\n",
        (bar(index.share, width), "$accent"),
        f" {index.share:4.0%}\n",
        (single_line(index.path or index.detail) or keys, "dim"),
    )


def _done_label(index: IndexState) -> str:
    if not index.chunks:
        return "Nothing to read"
    return "Read what adds most" if index.left else "All read"


def _progress_facts(index: IndexState) -> list[str]:
    labels = {
        "idle": "Not reading",
        "planning": "Scanning files",
        "scanning": "Scanning files",
        "indexing": "Reading",
        "saving": "Saving memory's state",
        "paused": "Paused",
        "done": _done_label(index),
        "failed": "Stopped",
    }
    label = labels[index.phase]
    facts = [f"{spinner(index.seconds)} {label}" if index.running else label]
    if index.phase == "indexing":
        facts.append(f"{index.tokens:,} of about {index.expected_tokens:,} tokens")
    if index.total:
        unit = "files" if index.phase in ("planning", "scanning") else "steps"
        facts.append(f"{index.done:,} of {index.total:,} {unit}")
    if index.tokens_per_second:
        facts.append(f"{index.tokens_per_second:,.0f} tokens/s")
    if index.phase == "indexing" and index.eta_seconds is not None:
        facts.append(f"about {rough_duration(index.eta_seconds)} to go")
    return facts
