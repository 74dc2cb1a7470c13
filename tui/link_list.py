"""Where a line of source leads: looks up definitions and users, and lists them to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from repo_mhm.formatting import count
from tui.background_reader import BackgroundReader
from tui.rows import Rows
from tui.safe_text import single_line
from tui.source_rows import link_row

if TYPE_CHECKING:
    from repo_mhm.commands.code_links import CodeLink, SourceLine
    from repo_mhm.store import Store

T = TypeVar("T")
SLOW_SECONDS = 0.6
"""A search that takes longer is announced."""
SLOW = "Looking for it in all files …"
"""It is shown briefly: it lies above what is found."""


class LinkList(Vertical):
    """A title and the links, hidden while there are none to choose from."""

    DEFAULT_CSS: ClassVar[str] = """
    LinkList {
        height: 30%; min-height: 5; display: none; border-top: solid $primary 30%;
        &.-open { display: block; }
        #links-title { height: 1; text-style: bold; }
    }
    """

    class Followed(Message):
        """The source of a link is to be shown."""

        def __init__(self, link: CodeLink) -> None:
            super().__init__()
            self.link = link

    def __init__(self, reader: BackgroundReader) -> None:
        super().__init__(id="link-list")
        self._reader = reader
        self._asks_for_users = False
        """Whether the users of what is chosen are wanted, not its own source."""

    def compose(self) -> ComposeResult:
        """Yield the title and the links."""
        yield Static("", id="links-title")
        yield Rows(dom_id="links")

    @property
    def is_open(self) -> bool:
        """Whether there are links to choose from."""
        return self.has_class("-open")

    def close(self) -> None:
        """Hide the list."""
        self.remove_class("-open")

    @work(exclusive=True, group="links")
    async def find_definitions(self, line: SourceLine) -> None:
        """Go to the definition of the name on a line; where it has several names, list them."""
        from repo_mhm.commands.code_links import definitions

        links = await self._look_up(lambda store: definitions(store, line))
        if not links:
            self.notify("No other definition is known for the names on this line.")
        elif len(links) == 1:
            self.post_message(self.Followed(links[0]))
        else:
            self._show("Which definition?", links)

    @work(exclusive=True, group="links")
    async def find_users(self, line: SourceLine) -> None:
        """List the lines that use the symbol on a line; where it has several, ask which."""
        from repo_mhm.commands.code_links import subjects

        links = await self._look_up(lambda store: subjects(store, line))
        if not links:
            self.notify("No symbol is known on this line.")
        elif len(links) == 1:
            await self._list_users(links[0])
        else:
            self._show("Users of which one?", links, asks_for_users=True)

    async def _look_up(self, function: Callable[[Store], T]) -> T | None:
        """What a function finds in the store; says so where that takes long."""
        slow = self.set_timer(SLOW_SECONDS, partial(self.notify, SLOW, timeout=2))
        try:
            return await self._reader.read_store(function)
        finally:
            slow.stop()

    async def _list_users(self, subject: CodeLink) -> None:
        from repo_mhm.commands.code_links import users

        symbol = subject.symbol
        if symbol is None:
            return
        found = await self._look_up(lambda store: users(store, symbol))
        name = single_line(subject.name)
        links = found.links if found else []
        left_out = found.left_out if found else 0
        not_searched = f"; {count(left_out, 'file')} not searched" if left_out else ""
        if links:
            self._show(f"{count(len(links), 'use')} of {name}{not_searched}", links)
        else:
            self.notify(f"No line uses {name}{not_searched}.", markup=False)

    def _show(self, title: str, links: Sequence[CodeLink], *, asks_for_users: bool = False) -> None:
        self._asks_for_users = asks_for_users
        self.query_one("#links-title", Static).update(Content(title), layout=False)
        rows = self.query_one("#links", Rows)
        rows.show_rows([link_row(link) for link in links], 0)
        self.add_class("-open")
        # A list that was hidden can have the focus only after it has been laid out.
        self.call_after_refresh(rows.focus)

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        from repo_mhm.commands.code_links import CodeLink

        event.stop()
        link = event.row.key
        if not isinstance(link, CodeLink):
            return
        if self._asks_for_users:
            self._list_users_of(link)
        else:
            self.close()
            self.post_message(self.Followed(link))

    @work(exclusive=True, group="links")
    async def _list_users_of(self, link: CodeLink) -> None:
        await self._list_users(link)
