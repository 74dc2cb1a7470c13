"""The source panel: a file beside the chat, with syntax colours, the cited lines marked, and the next citation a key
away. Reads files as citations mean their lines: as they were indexed, or as they are now where they changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from repo_mhm.formatting import safe
from tui.background_reader import Reader
from tui.citation_marks import one_line
from tui.rows import Part, Row, Rows

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.repository_map import SourceText

_LARGEST = 400_000
"""Characters; longer files are shown without syntax colours."""


class SourcePanel(Vertical):
    """Shows one of several places at a time."""

    HELP = """
**A source**

- n and p go to the next and previous place
- e opens it in $EDITOR, at the line
- Escape closes it
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "step(1)", "Next citation"),
        Binding("p,N", "step(-1)", "Previous"),
        Binding("e", "edit", "Edit"),
        Binding("escape", "close", "Close"),
    ]
    DEFAULT_CSS = """
    SourcePanel {
        width: 1fr; display: none; border-left: vkey $primary 40%; padding: 0 0 0 1;
        &.-open { display: block; }
        #place { height: 1; text-style: bold; color: $text-primary; }
        Rows { scrollbar-size-horizontal: 1; }
        #hint { height: 1; text-style: dim; }
    }
    """

    class Edit(Message):
        """The user wants a place in an editor."""

        def __init__(self, path: str, line: int) -> None:
            super().__init__()
            self.path = path
            self.line = line

    class Closed(Message):
        """The panel was closed."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="source")
        self._reader = reader
        self.places: Sequence[Citation] = ()
        self.at = 0
        self._loaded = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="place")
        yield Rows(dom_id="lines")
        yield Static("n next · p previous · e edit · esc close", id="hint")

    def open(self, places: Sequence[Citation], at: int) -> None:
        """Show the place numbered `at` (from 0) of an answer's or a note's places."""
        if not places:
            return
        if tuple(places) != tuple(self.places):
            self._loaded = ""
        self.places, self.at = tuple(places), max(0, min(at, len(places) - 1))
        self.add_class("-open")
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return self.has_class("-open")

    def action_step(self, by: int) -> None:
        if self.places:
            self.at = (self.at + by) % len(self.places)
            self._show()

    def action_close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed())

    def action_edit(self) -> None:
        if self.places:
            place = self.places[self.at].location
            line = self.query_one(Rows).cursor + 1
            inside = place.start <= line <= place.end
            self.post_message(self.Edit(place.path, line if not inside else place.start))

    @work(exclusive=True)
    async def _show(self) -> None:
        from repo_mhm.commands.repository_map import current_source, indexed_source

        place = self.places[self.at].location
        title = f"{one_line(place.path)}:{place.start}-{place.end}"
        self.query_one("#place", Static).update(
            Content(f"{title}   {self.at + 1} of {len(self.places)}")
        )
        marked = [
            (one.start, one.end)
            for one in (citation.location for citation in self.places)
            if one.path == place.path
        ]
        if self.places[self.at].state == "current":
            found = await self._reader.read(
                lambda store: _rows(indexed_source(store, place.path, place.start), marked)
            )
        else:
            found = await self._reader.survey(
                lambda _, now: _rows(current_source(now.snapshot, place.path), marked)
            )
        rows = self.query_one(Rows)
        rows.show_rows(found or [Row((("There is no such file.", "warn"),))], place.start - 1)
        rows.focus()
        # Only after the panel has been laid out does it know how far it can scroll.
        self.call_after_refresh(
            rows.scroll_to, 0, max(0, place.start - 4), animate=False, immediate=True
        )


def _rows(source: SourceText, marked: Sequence[tuple[int, int]]) -> list[Row]:
    width = len(str(len(source.lines)))
    rows = []
    for number, parts in enumerate(_coloured(source), 1):
        inside = any(start <= number <= end for start, end in marked)
        bar = ("▌" if inside else " ", "warn")
        gutter = (f"{number:>{width}} ", "dim")
        rows.append(Row((bar, gutter, *parts), number, "marked" if inside else ""))
    return rows


def _coloured(source: SourceText) -> list[tuple[Part, ...]]:
    lines = [safe(line).expandtabs(4).replace("\n", " ") for line in source.lines]
    text = "\n".join(lines)
    if len(text) > _LARGEST:
        return [((line, ""),) for line in lines]
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(source.path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [((line, ""),) for line in lines]
    coloured: list[list[Part]] = [[]]
    for kind, value in lexer.get_tokens(text):
        look = _look(kind)
        first, *others = value.split("\n")
        coloured[-1].append((first, look))
        for other in others:
            coloured.append([(other, look)])
    return [tuple(parts) for parts in coloured[: len(lines)]]


def _look(kind: object) -> str:
    name = str(kind)
    for part, look in _KINDS:
        if part in name:
            return look
    return ""


_KINDS = (
    ("Comment", "comment"), ("Keyword", "keyword"), ("Operator.Word", "keyword"), ("String", "string"),
    ("Number", "number"), ("Name.Function", "name"), ("Name.Class", "name"), ("Name.Decorator", "kind"),
    ("Name.Builtin", "kind"), ("Name.Tag", "keyword"), ("Name.Attribute", "kind"), ("Heading", "name"),
)  # fmt: skip
