"""The map: every file, each chunk a cell shaded by how finely memory holds it, and the index that fills it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from repo_mhm.formatting import duration
from tui.background_reader import Reader
from tui.citation_marks import one_line
from tui.formatting import GLYPHS, LEGEND, LEVELS, bar, spinner
from tui.rows import Part, Row, Rows

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.repository_map import FileCoverage
    from tui.index_progress import Reading

_NAME = 34
"""Cells for names."""


class MapView(Vertical):
    """Directories and files over a line that says how far the index has come."""

    HELP = """
**The map**

- A cell is a chunk: the darker, the finer memory holds it
- Enter opens a file
- Space reads on, or pauses
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "app.read_on", "Read on / pause"),
    ]
    DEFAULT_CSS = """
    MapView {
        #progress { height: 4; padding: 0 1; border-bottom: solid $primary 30%; }
        #legend { height: 1; padding: 0 1; }
        #files { padding: 0 1; }
    }
    """

    class Open(Message):
        """A file is wanted."""

        def __init__(self, places: Sequence[Citation]) -> None:
            super().__init__()
            self.places = places

    def __init__(self, reader: Reader, reading: Reading) -> None:
        super().__init__(id="map")
        self._reader = reader
        self._reading = reading
        self._covers: list[FileCoverage] = []

    def compose(self) -> ComposeResult:
        yield Static("", id="progress")
        yield Static("", id="legend")
        yield Rows(dom_id="files")

    def show(self) -> None:
        """Say how far the index has come."""
        self.query_one("#progress", Static).update(
            progress_text(self._reading, max(10, self.size.width - 30))
        )

    @work(exclusive=True)
    async def load(self) -> None:
        """Show the map as it is now."""
        from repo_mhm.commands.repository_map import repository_map

        covers = await self._reader.read(repository_map) or []
        if covers == self._covers and covers:
            return
        self._covers = covers
        rows = await self._reader.settle(lambda: list(_rows(covers)))
        self.query_one(Rows).show_rows(rows or [Row(((self._reading.invitation, "dim"),))])
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
            self.post_message(self.Open([Citation(Location(event.row.key, 1, 1))]))

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()


def _legend(covers: Sequence[FileCoverage]) -> Content:
    counts = [0] * len(LEVELS)
    for cover in covers:
        for level in cover.levels:
            counts[level] += 1
    parts = [
        f"{glyph} {name} {count:,}" for (glyph, name, _), count in zip(LEGEND, counts, strict=True)
    ]
    return Content("   ".join(parts))


def _rows(covers: Sequence[FileCoverage]) -> Iterator[Row]:
    directories: dict[str, list[FileCoverage]] = {}
    for cover in sorted(covers, key=lambda cover: cover.path):
        directories.setdefault(cover.path.rpartition("/")[0], []).append(cover)
    for directory, inside in sorted(directories.items()):
        levels = [level for cover in inside for level in cover.levels]
        read = sum(level < len(LEVELS) - 1 for level in levels)
        share = f"{read:,} of {len(levels):,} chunk{'s' * (len(levels) != 1)}"
        yield Row(((f"{one_line(directory) or '.'}/".ljust(_NAME), "kind"), (f"  {share}", "dim")))
        for cover in inside:
            name = _fitted(one_line(cover.path.rpartition("/")[2]), _NAME - 2)
            yield Row(((f"  {name}", ""), ("  ", ""), *_cells(cover.levels)), cover.path)


def _fitted(name: str, width: int) -> str:
    return name.ljust(width) if len(name) <= width else f"{name[: width - 1]}…"


def _cells(levels: Sequence[int]) -> Iterator[Part]:
    start = 0
    for at in range(1, len(levels) + 1):
        if at == len(levels) or levels[at] != levels[start]:
            yield GLYPHS[levels[start]] * (at - start), LEVELS[levels[start]]
            start = at


def progress_text(reading: Reading, width: int) -> Content:
    """Three lines: what is going on, how far, and the last path."""
    head = {
        "idle": "Not reading", "scanning": "Scanning files", "reading": "Reading", "saving": "Saving memory's state",
        "paused": "Paused", "done": "All read" if reading.chunks else "Nothing to read", "failed": "Stopped",
    }[reading.state]  # fmt: skip
    if reading.running:
        head = f"{spinner(reading.seconds)} {head}"
    share = reading.done / reading.total if reading.total else float(reading.state == "done")
    said = [head]
    if reading.total:
        said.append(
            f"{reading.done:,} of {reading.total:,} {'files' if reading.state == 'scanning' else 'steps'}"
        )
    if reading.tokens_per_second:
        said.append(f"{reading.tokens_per_second:,.0f} tokens/s")
    if reading.state == "reading":
        said.append(f"{duration(reading.eta_seconds)} to go")
    keys = "space or F5 pauses" if reading.running else "space or F5 reads on"
    return Content.assemble(
        (" · ".join(said), "bold"), "\n",
        (bar(share, width), "$accent"), f" {share:4.0%}\n",
        (one_line(reading.path or reading.detail) or keys, "dim"),
    )  # fmt: skip
