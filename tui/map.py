"""The map: files by value with the notes on each, and how far the index has come."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Resize
from textual.widgets import Input, Static

from repo_mhm.formatting import count
from tui.background_reader import BackgroundReader
from tui.formatting import LEGEND
from tui.index_text import progress_text
from tui.map_notes import notes_text
from tui.map_tree import (
    FILTERED_ROWS,
    FIRST_ROWS,
    Entry,
    FileTable,
    Scale,
    chunk_nodes,
    column_titles,
    entry_of,
    first_open_keys,
    map_row,
    scale_of,
)
from tui.rows import Row, Rows
from tui.source import OpenSource
from tui.state import AppState
from tui.tree import Node, Tree, TreeRows

if TYPE_CHECKING:
    from repo_mhm.commands.memory import NoteView
    from repo_mhm.commands.repository_map import RepositoryMap
    from repo_mhm.store import Store

WIDE = 120
"""From so many columns on, the notes stand beside the files; else below them."""
TYPING_SECONDS = 0.12
"""Files are filtered when nothing has been typed for so long."""
REST = 10
"""While the index runs, the map of a large repository is read again after so many times as long as
reading it takes."""
_LABEL_WIDTH = 15
"""Cells beside the bar: what it says, and the space around both."""
_SHOWN_NOTES = 40
"""Most notes on a directory or file that are shown."""


@dataclass(frozen=True, slots=True)
class ShownMap:
    """What the view has read."""

    source: RepositoryMap
    notes_by_path: dict[str, list[NoteView]]
    scale: Scale
    legend: Content


@dataclass(frozen=True, slots=True)
class ShownFiles:
    """The files that a filter leaves, as a tree."""

    filter: str
    count: int
    roots: Sequence[Node]
    open_keys: set[str]


class MapView(Vertical):
    """Directories, files and chunks under lines that say how far the index has come."""

    HELP = """
**The map**

- Each cell is a part of a file: the fuller, the more detailed its note
- Right and Left open and close a directory or a file
- Enter opens the source of a chunk
- / filters the files
- F5 reads the repository, or pauses
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("escape", "leave", "Back", show=False),
    ]
    DEFAULT_CSS = """
    MapView {
        #progress { height: auto; max-height: 3; padding: 0 1; }
        #filter { display: none; height: 3; border: round $accent; }
        #legend { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #columns { height: 1fr; }
        #tree { width: 1fr; height: 1fr; padding: 0 1; }
        #titles { height: 1; color: $text-muted; }
        #on-it { height: 30%; min-height: 5; border-top: solid $primary 30%; padding: 0 1; }
        #on-it Static { height: auto; }
        &.-wide #columns { layout: horizontal; }
        &.-wide #on-it {
            width: 34%; height: 1fr; border-top: none; border-left: vkey $primary 20%;
        }
        &.-filtering #filter { display: block; }
        &.-filtering #progress { display: none; }
    }
    """

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__(id="map")
        self._state = state
        self._reader = reader
        self._shown: ShownMap | None = None
        self._files: ShownFiles | None = None
        self._next_load = 0.0
        """When the map may be read again while the index runs, on the monotonic clock."""

    def compose(self) -> ComposeResult:
        """Yield the progress, the legend, the files and the notes on what is under the cursor."""
        # To lay them out anew at the first resize would take as long again.
        self.set_class(self.app.size.width >= WIDE, "-wide")
        yield Static("", id="progress")
        yield Input(id="filter", placeholder="Part of a path")
        yield Static("", id="legend")
        with Vertical(id="columns", classes="frame"):
            with Vertical(id="tree", classes="frame"):
                yield Static("", id="titles")
                yield TreeRows(dom_id="files")
            with VerticalScroll(id="on-it"):
                yield Static("")

    @property
    def files(self) -> TreeRows:
        """The tree of the files."""
        return self.query_one("#files", TreeRows)

    def on_resize(self, event: Resize) -> None:
        """Put the notes beside the files where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.draw_progress()

    @on(Rows.Resized, "#files")
    def _show_titles(self) -> None:
        titles = column_titles(self.files.scrollable_content_region.width)
        self.query_one("#titles", Static).update(Content(titles), layout=False)

    def draw_progress(self) -> None:
        """Show how far the index has come."""
        width = max(10, self.size.width - _LABEL_WIDTH)
        self.query_one("#progress", Static).update(progress_text(self._state.index, width))

    # Reading ----------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the map from the store and show it; of a large repository not at every call."""
        if not self._state.index.running or time.monotonic() >= self._next_load:
            self._load()

    @work(exclusive=True)
    async def _load(self) -> None:
        began = time.monotonic()
        if self._shown is None:
            self.files.show_rows([Row((("reading the map …", "dim"),))])
        shown = await self._reader.read_store(partial(_read_map, self._shown))
        self._next_load = time.monotonic() + REST * (time.monotonic() - began)
        if shown is None:
            self.files.show_rows([Row(((self._state.index.empty_memory_text, "dim"),))])
            return
        if shown is not self._shown:
            self._shown = shown
            await self._show_files()

    async def _show_files(self) -> None:
        shown = self._shown
        if shown is None:
            return
        text = self.query_one("#filter", Input).value if self.has_class("-filtering") else ""
        former = self._files if self._files and self._files.filter == text else None
        files = await self._reader.run(partial(_files_with, text, shown.source, former))
        self._files = files

        def row_of(node: Node, is_open: bool) -> Row:
            return map_row(node, is_open, self.files.scrollable_content_region.width, shown.scale)

        tree = await self._reader.run(lambda: Tree(files.roots, row_of, files.open_keys))
        self._files = ShownFiles(text, files.count, files.roots, tree.open_keys)
        self.files.show_tree(tree)
        self._show_titles()
        self._show_legend(shown, text)
        if not files.roots:
            empty = "No path has that." if text else self._state.index.empty_memory_text
            self.files.show_tree(Tree([], row_of))
            self.files.show_rows([Row(((empty, "dim"),))])
        self._describe()

    def _show_legend(self, shown: ShownMap, text: str) -> None:
        legend = shown.legend
        if text and self._files is not None:
            files = f"{self._files.count:,} of {count(len(shown.source), 'file')}"
            legend = Content(files)
        self.query_one("#legend", Static).update(legend, layout=False)

    @on(TreeRows.Unfilled)
    @work(group="fill")
    async def _fill(self, event: TreeRows.Unfilled) -> None:
        from repo_mhm.commands.repository_map import named_chunks

        entry = entry_of(event.node)
        named = await self._reader.read_store(lambda store: named_chunks(store, entry.path))
        self.files.fill(event.node, chunk_nodes(entry, named or ()))

    # The cursor -------------------------------------------------------------------------------

    def focus_rows(self) -> None:
        """Put the cursor on the files."""
        self.files.focus()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        from repo_mhm.answer.citations import Citation
        from repo_mhm.location import Location

        event.stop()
        entry = event.row.key
        if not isinstance(entry, Entry):
            return
        if entry.is_directory:
            self.files.action_toggle_fold()
            return
        start, end = entry.lines
        is_file = self.files.node is not None and self.files.node.is_branch
        self.post_message(
            OpenSource([Citation(Location(entry.path, start, start if is_file else end))])
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._describe()

    def _describe(self) -> None:
        """Show the notes on what is under the cursor."""
        node, shown = self.files.node, self._shown
        text = Content("")
        if node is not None and shown is not None:
            text = notes_text(entry_of(node), shown.notes_by_path)
        self.query_one("#on-it Static", Static).update(text)

    # The filter -------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Show the field for a part of a path."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def action_leave(self) -> None:
        """Leave the filter; without one, Escape is the app's."""
        if not self.has_class("-filtering"):
            raise SkipAction
        self.query_one("#filter", Input).value = ""
        self.remove_class("-filtering")
        self._filter()
        self.focus_rows()

    def key_down(self, event: Key) -> None:
        """Go from the field to the files."""
        if self.query_one("#filter", Input).has_focus:
            event.stop()
            self.focus_rows()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter()

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_rows()

    @work(exclusive=True, group="filter")
    async def _filter(self) -> None:
        await asyncio.sleep(TYPING_SECONDS)
        await self._show_files()


def _read_map(former: ShownMap | None, store: Store) -> ShownMap:
    """What the view shows; `former` itself where nothing has changed since."""
    from repo_mhm.commands.memory import live_notes
    from repo_mhm.commands.repository_map import repository_map

    source = repository_map(store)
    notes_by_path: dict[str, list[NoteView]] = {}
    for note in live_notes(store):
        notes_by_path.setdefault(note.path, []).append(note)
    is_same = former is not None and source == former.source
    if former is not None and is_same and notes_by_path == former.notes_by_path:
        return former
    return ShownMap(source, notes_by_path, scale_of(source), _legend(source))


def _files_with(text: str, source: RepositoryMap, former: ShownFiles | None) -> ShownFiles:
    """The files whose paths have these letters, open as they were, else as they are at first."""
    letters = text.strip()
    table = FileTable.of(source, letters)
    roots = table.nodes()
    if former is not None:
        open_keys = {key for key in former.open_keys if key.endswith("/")}
    else:
        open_keys = first_open_keys(roots, FILTERED_ROWS if letters else FIRST_ROWS)
    return ShownFiles(text, len(table), roots, open_keys)


def _legend(source: RepositoryMap) -> Content:
    counts = Counter(source.chunk_levels)
    parts = [f"{glyph} {label} {counts[level]:,}" for level, (glyph, label, _) in enumerate(LEGEND)]
    return Content("   ".join(parts))
