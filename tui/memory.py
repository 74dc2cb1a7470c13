"""The memory view: heads by name, the notes of one as a tree, one note in full, and a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.widgets import Static

from tui.background_reader import BackgroundReader
from tui.formatting import fitted
from tui.note_pane import NotePane
from tui.note_rows import (
    COLUMN_TITLES,
    NoteLooks,
    head_rows,
    head_summary,
    note_citations,
    note_row,
)
from tui.note_search import NoteSearch
from tui.note_tree import branch_of
from tui.rows import Row, Rows
from tui.shown_memory import ShownMemory, arranged
from tui.source import OpenSource
from tui.state import AppState
from tui.tree import Node, Tree, TreeRows

if TYPE_CHECKING:
    from repo_mhm.commands.memory import HeadView, NoteView

WIDE = 130
"""From so many columns on, the note stands beside the tree; else below it."""


class MemoryView(Vertical):
    """Heads, notes and one note, side by side where there is room."""

    HELP = """
**Memory**

- Up and Down choose a head; Right goes to its notes, Left back
- Space folds; Enter opens the source of a note
- / searches all notes, also retired ones
- n goes to the next note that the last answer used
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search"),
        Binding("n", "next_used", "Next used"),
        Binding("right_square_bracket", "head(1)", "Heads", key_display="[ ]"),
        Binding("left_square_bracket", "head(-1)", "Head before", show=False),
        Binding("escape", "leave", "Back", show=False),
    ]
    DEFAULT_CSS = """
    MemoryView {
        #panes { height: 1fr; }
        #heads { width: 26; padding: 0 1; border-right: vkey $primary 20%; }
        #tree { width: 1fr; padding: 0 0 0 1; }
        #summary { height: 1; color: $text-primary; text-style: bold; padding: 0 1 0 0; }
        #nothing { padding: 1 3; color: $text-muted; display: none; }
        #note { height: 30%; min-height: 6; border-top: solid $primary 30%; padding: 0 1; }
        #note Static { height: auto; }
        #columns { height: 1fr; }
        &.-wide #columns { layout: horizontal; }
        &.-wide #heads { width: 34; }
        &.-wide #note {
            width: 36%; height: 1fr; border-top: none; border-left: vkey $primary 20%;
        }
        &.-searching #panes { display: none; }
        &.-empty #columns { display: none; }
        &.-empty #nothing { display: block; }
    }
    """

    def __init__(self, state: AppState, reader: BackgroundReader) -> None:
        super().__init__(id="memory")
        self._state = state
        self._reader = reader
        self._shown: ShownMemory | None = None
        self._head = 0
        """The head whose notes are shown."""
        self._trees: dict[int, Tree] = {}
        """By head: the tree of its notes as it was shown last."""
        self._cursor_keys: dict[int, str] = {}
        self._wants_used = False
        """Whether the cursor is to go to a note that the last answer used, once it is known."""

    def compose(self) -> ComposeResult:
        """Yield the search with its results, the heads with their notes, and one note in full."""
        self.add_class("-empty")  # until something has been read
        with Vertical(id="columns", classes="frame"):
            yield NoteSearch(self._reader)
            with Horizontal(id="panes", classes="frame"):
                yield Rows(dom_id="heads")
                with Vertical(id="tree", classes="frame"):
                    yield Static("", id="summary")
                    yield TreeRows(dom_id="notes")
            yield NotePane(self._reader)
        yield Static("reading the memory …", id="nothing")

    @property
    def head_list(self) -> Rows:
        """The heads."""
        return self.query_one("#heads", Rows)

    @property
    def notes(self) -> TreeRows:
        """The notes of one head."""
        return self.query_one("#notes", TreeRows)

    @property
    def search(self) -> NoteSearch:
        """The search of all notes."""
        return self.query_one(NoteSearch)

    @property
    def pane(self) -> NotePane:
        """One note in full."""
        return self.query_one(NotePane)

    def on_resize(self, event: Resize) -> None:
        """Put the note beside the tree where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")

    @on(Rows.Resized, "#heads")
    def _fit_heads(self) -> None:
        self._show_heads()

    @on(Rows.Resized, "#notes")
    def _fit_summary(self) -> None:
        self._show_summary()

    # Reading ----------------------------------------------------------------------------------

    @work(exclusive=True)
    async def load(self) -> None:
        """Read the memory from the store and show it."""
        views = await self._read_heads()
        was_empty = self._shown is None or self.has_class("-empty")
        is_empty = not any(view.notes for view in views)
        self.set_class(is_empty, "-empty")
        self.query_one("#nothing", Static).update(self._state.index.empty_memory_text)
        if not views:
            return

        used = self._state.memory.used_citations
        shown = self._shown
        if shown is None or shown.heads != views or shown.used != used:
            # In the reader's thread: thousands of notes would block the event loop.
            self._shown = await self._reader.run(partial(arranged, views, used))
            self._show_all()
        if was_empty and not is_empty and self.display and not self._is_focus_elsewhere:
            self.focus_rows()
        self._go_to_used()

    @property
    def _is_focus_elsewhere(self) -> bool:
        """Whether something that is displayed has the focus."""
        focused = self.screen.focused
        return focused is not None and all(node.display for node in focused.ancestors_with_self)

    async def _read_heads(self) -> Sequence[HeadView]:
        from repo_mhm.commands.memory import show

        heads, head_tokens = self._state.memory.heads, self._state.memory.head_tokens
        if not heads:
            return ()
        return await self._reader.read_store(lambda store: show(store, heads, head_tokens)) or ()

    def _show_all(self) -> None:
        shown = self._shown
        if shown is None:
            return
        if not self._trees:
            # Begin with the head that has most to show.
            self._head = max(shown.heads, key=lambda view: view.tokens).head
        self._head = min(self._head, len(shown.heads) - 1)
        self._show_heads()
        self._show_tree()

    def _show_heads(self) -> None:
        shown, heads = self._shown, self.head_list
        if shown is not None:
            width = heads.scrollable_content_region.width
            heads.show_rows(head_rows(shown.heads, shown.names, width), self._head)

    def _show_tree(self) -> None:
        """Show the notes of the head under the cursor, folded as they were."""
        shown, number = self._shown, self._head
        if shown is None:
            return
        roots = shown.roots[number]
        looks = NoteLooks(shown.used_ids, sum(branch_of(root).value for root in roots))

        def row_of(node: Node, is_open: bool) -> Row:
            return note_row(node, is_open, self.notes.scrollable_content_region.width, looks)

        tree = Tree(roots, row_of, self._open_keys(number, roots))
        self._trees[number] = tree
        self.notes.show_tree(tree, self._cursor_keys.get(number))
        self._show_summary()
        self.pane.show_node(self.notes.node)

    def _open_keys(self, number: int, roots: Sequence[Node]) -> set[str]:
        """The nodes of a head's tree that are open: all but those that the user has closed."""
        keys = _keys(roots)
        former = self._trees.get(number)
        return keys if former is None else keys - (_keys(former.roots) - former.open_keys)

    def _show_summary(self) -> None:
        shown, line = self._shown, self.query_one("#summary", Static)
        if shown is None:
            return
        width = line.content_size.width - len(COLUMN_TITLES) - 1
        title = head_summary(shown.heads[self._head], shown.names[self._head])
        if width > len(COLUMN_TITLES):
            title = f"{fitted(title, width)} {COLUMN_TITLES}"
        line.update(Content(title), layout=False)

    # The cursor -------------------------------------------------------------------------------

    def focus_rows(self) -> None:
        """Put the cursor on the notes, or on what a search has found."""
        if self.search.is_open:
            self.search.results.focus()
        elif self._shown is not None and not self.has_class("-empty"):
            # While the palette closes, nothing is laid out yet: the rows may have no region.
            self.notes.focus()

    def action_head(self, by: int) -> None:
        """Show the head that is `by` further."""
        if self._shown is not None:
            self.head_list.cursor = (self._head + by) % len(self._shown.heads)

    @on(Rows.Moved, "#heads")
    def _head_moved(self, event: Rows.Moved) -> None:
        event.stop()
        if isinstance(event.row.key, int) and event.row.key != self._head:
            self._head = event.row.key
            self._show_tree()

    @on(Rows.Chosen, "#heads")
    def _head_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.notes.focus()

    def key_right(self, event: Key) -> None:
        """Go from the heads to the notes."""
        if self.head_list.has_focus:
            event.stop()
            self.notes.focus()

    @on(TreeRows.LeftTop)
    def _go_to_heads(self, event: TreeRows.LeftTop) -> None:
        event.stop()
        self.head_list.focus()

    @on(Rows.Moved, "#notes")
    def _note_moved(self, event: Rows.Moved) -> None:
        event.stop()
        node = self.notes.node
        if node is not None:
            self._cursor_keys[self._head] = node.key
        self.pane.show_node(self.notes.node)

    @on(Rows.Moved, "#results")
    def _result_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self.pane.show_note(_note(event.row))

    @on(Rows.Chosen, "#notes, #results")
    def _note_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        note = _note(event.row)
        citations = note_citations(note) if note is not None else []
        if citations:
            self.post_message(OpenSource(citations))
        elif event.rows is self.notes:
            self.notes.action_toggle_fold()

    # What the last answer used ----------------------------------------------------------------

    def show_used(self) -> None:
        """Go to the first note that the last answer used, once the memory has been read."""
        self._wants_used = True
        self._close_search()
        self.load()

    def _go_to_used(self) -> None:
        shown = self._shown
        if not self._wants_used or shown is None:
            return
        self._wants_used = False
        if shown.first_used is None:
            self.notify("The memory has no note on what this answer used.")
        else:
            self._go_to(shown.first_used)

    def action_next_used(self) -> None:
        """Go to the next note that the last answer used, in this head or a later one."""
        shown = self._shown
        if shown is None or not shown.used_ids:
            self.notify("The last answer used no note.")
            return
        order = [(head.head, note) for head in shown.heads for note in shown.nodes_in(head.head)]
        current = self.notes.node
        start = next(
            (
                index
                for index, (head, node) in enumerate(order)
                if head == self._head and current is not None and node.key == current.key
            ),
            -1,
        )
        for _, node in [*order[start + 1 :], *order[: start + 1]]:
            note = branch_of(node).note
            if note is not None and note.id in shown.used_ids:
                self._go_to(note)
                return

    def _go_to(self, note: NoteView) -> None:
        """Put the cursor on a note, wherever it is."""
        shown = self._shown
        if shown is None:
            return
        for head in shown.heads:
            for node in shown.nodes_in(head.head):
                own = branch_of(node).note
                if own is not None and own.id == note.id:
                    self._show_node(head.head, node)
                    return

    def _show_node(self, head: int, node: Node) -> None:
        self._head = head
        self._cursor_keys[head] = node.key
        if head in self._trees:
            self._trees[head].open_keys.update(above.key for above in node.ancestors)
        self._show_heads()
        self._show_tree()
        # The list knows how far it can scroll only after it has been laid out.
        self.call_after_refresh(lambda: self.notes.reveal(self.notes.cursor))
        self.notes.focus()

    # The search -------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Show the search field."""
        shown = self._shown
        live = [note for head in shown.heads for note in head.notes] if shown else []
        self.add_class("-searching")
        self.search.open(live, shown.used_ids if shown else ())

    def search_for(self, words: str) -> None:
        """Show the notes with these words."""
        self.action_search()
        self.search.field.value = words

    def action_leave(self) -> None:
        """Leave the search; outside it, Escape is the app's."""
        if not self.search.is_open:
            raise SkipAction
        self._close_search()
        # Lists that were hidden can have the focus only after they have been laid out.
        self.call_after_refresh(self.focus_rows)

    def _close_search(self) -> None:
        self.search.close()
        self.remove_class("-searching")
        self.pane.show_node(self.notes.node)


def _keys(roots: Sequence[Node]) -> set[str]:
    return {node.key for root in roots for node in root.walk()}


def _note(row: Row) -> NoteView | None:
    """The note of a row; None for a directory or file without one of its own."""
    from repo_mhm.commands.memory import NoteView

    return row.key if isinstance(row.key, NoteView) else None
