"""The source panel: a file beside the chat, with syntax colours and the cited lines marked.

It shows a file as citations count its lines: as it was indexed, or as it is now where it has
changed since.
"""

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
from tui.background_reader import BackgroundReader
from tui.rows import Part, Row, Rows
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.repository_map import SourceText
    from repo_mhm.location import Location

_MOST_COLOURED = 400_000
"""Characters; longer files are shown without syntax colours."""
_LINES_ABOVE = 3
"""Lines that are shown above the first cited one."""


class OpenSource(Message):
    """The source of citations is to be shown, at the one with number `index` (from 0)."""

    def __init__(self, citations: Sequence[Citation], index: int = 0) -> None:
        super().__init__()
        self.citations = citations
        self.index = index


class SourcePanel(Vertical):
    """Shows the source of one citation at a time."""

    HELP = """
**A source**

- n and p go to the next and previous citation
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
        #location { height: 1; text-style: bold; color: $text-primary; }
        Rows { scrollbar-size-horizontal: 1; }
        #hint { height: 1; text-style: dim; }
    }
    """

    class EditFile(Message):
        """A file is to be opened in the user's editor."""

        def __init__(self, path: str, line: int) -> None:
            super().__init__()
            self.path = path
            self.line = line

    class Closed(Message):
        """The panel was closed."""

    def __init__(self, reader: BackgroundReader) -> None:
        super().__init__(id="source")
        self._reader = reader
        self.citations: Sequence[Citation] = ()
        self.index = 0
        """Number of the citation that is shown, from 0."""
        self._location: Location | None = None
        """Where its lines are in the file that is shown."""

    def compose(self) -> ComposeResult:
        """Yield the location, the file and the keys."""
        yield Static("", id="location")
        yield Rows(dom_id="lines", scrolls_sideways=True)
        yield Static("n next · p previous · e edit · esc close", id="hint")

    def open(self, citations: Sequence[Citation], index: int) -> None:
        """Show citation number `index` (from 0) of an answer or a note."""
        if not citations:
            return
        self.citations = tuple(citations)
        self.index = max(0, min(index, len(citations) - 1))
        self._location = self.citations[self.index].location
        self.add_class("-open")
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether the panel is visible."""
        return self.has_class("-open")

    def action_step(self, by: int) -> None:
        """Go to the citation that is `by` further."""
        if self.citations:
            self.index = (self.index + by) % len(self.citations)
            self._show()

    def action_close(self) -> None:
        """Close the panel."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def action_edit(self) -> None:
        """Edit the file at the first cited line, or at the cursor where it has left them."""
        location = self._location
        if location is not None:
            line = self.query_one(Rows).cursor + 1
            cited = location.start <= line <= location.end
            self.post_message(self.EditFile(location.path, location.start if cited else line))

    @work(exclusive=True)
    async def _show(self) -> None:
        citation = self.citations[self.index]
        lines, location = await self._read(citation)
        self._location = location
        position = f"{self.index + 1} of {len(self.citations)}"
        title = Content(f"{single_line(str(location))}   {position}")
        self.query_one("#location", Static).update(title)

        rows = self.query_one(Rows)
        rows.show_rows(lines or [Row((("There is no such file.", "warn"),))], location.start - 1)
        rows.focus()
        # The panel knows how far it can scroll only after it has been laid out.
        top = max(0, location.start - 1 - _LINES_ABOVE)
        self.call_after_refresh(rows.scroll_to, 0, top, animate=False, immediate=True)

    async def _read(self, citation: Citation) -> tuple[list[Row], Location]:
        """The rows of the cited file, and where it has the cited lines."""
        from repo_mhm.commands.repository_map import current_source, indexed_source

        path, start = citation.location.path, citation.location.start
        if citation.state == "current":
            shown = await self._reader.read_store(
                lambda store: self._rows_of(indexed_source(store, path, start), citation)
            )
        else:
            shown = await self._reader.read_workspace(
                lambda _, workspace: self._rows_of(
                    current_source(workspace.snapshot, path), citation
                )
            )
        return shown or ([], citation.location)

    def _rows_of(self, source: SourceText, citation: Citation) -> tuple[list[Row], Location]:
        from repo_mhm.commands.repository_map import location_in

        citations = [other for other in self.citations if other.location.path == source.path]
        locations = [location_in(source, other) for other in citations]
        marked = [(location.start, location.end) for location in locations]
        return _rows(source, marked), location_in(source, citation)


def _rows(source: SourceText, marked: Sequence[tuple[int, int]]) -> list[Row]:
    """Rows of a file; `marked` are ranges of lines, from 1 and inclusive."""
    width = len(str(len(source.lines)))
    rows = []
    for number, parts in enumerate(_coloured(source), 1):
        cited = any(start <= number <= end for start, end in marked)
        bar = ("▌" if cited else " ", "warn")
        gutter = (f"{number:>{width}} ", "dim")
        rows.append(Row((bar, gutter, *parts), number, "marked" if cited else ""))
    return rows


def _coloured(source: SourceText) -> list[tuple[Part, ...]]:
    """Each line's parts, coloured where the file's language is known."""
    lines = [safe(line).expandtabs(4).replace("\n", " ") for line in source.lines]
    text = "\n".join(lines)
    plain: list[tuple[Part, ...]] = [((line, ""),) for line in lines]
    if len(text) > _MOST_COLOURED:
        return plain
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(source.path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return plain

    coloured: list[list[Part]] = [[]]
    for kind, value in lexer.get_tokens(text):
        look = _look(kind)
        first, *others = value.split("\n")
        coloured[-1].append((first, look))
        coloured += [[(other, look)] for other in others]
    return [tuple(parts) for parts in coloured[: len(lines)]]


_LOOKS_BY_TOKEN = (
    ("Comment", "comment"),
    ("Keyword", "keyword"),
    ("Operator.Word", "keyword"),
    ("String", "string"),
    ("Number", "number"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Decorator", "kind"),
    ("Name.Builtin", "kind"),
    ("Name.Tag", "keyword"),
    ("Name.Attribute", "kind"),
    ("Heading", "name"),
)
"""Parts of the names of Pygments' tokens, and the looks of such tokens; the first one counts."""


def _look(token_kind: object) -> str:
    name = str(token_kind)
    return next((look for part, look in _LOOKS_BY_TOKEN if part in name), "")
