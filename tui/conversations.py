"""The conversation that is shown, and the ones kept: opened, renamed, deleted and exported through the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from repo_mhm.errors import RepoMhmError, UsageError
from tui.citation_marks import one_line

if TYPE_CHECKING:
    from repo_mhm.store import Store
    from tui.app import ChatApp

T = TypeVar("T")


class Talks:
    """Knows the name of the conversation that is shown; the store knows the rest."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app
        self.name = ""

    def new(self) -> None:
        """Begin another conversation."""
        self._app.run_worker(self._begin(), group="talks", exclusive=True)

    def load_last(self) -> None:
        """Go on with the conversation that last went on."""
        self._app.run_worker(self._load_last(), group="talks", exclusive=True)

    def choose(self) -> None:
        """Let the user pick one, or do something to one."""
        self._app.run_worker(self._choose(), group="talks", exclusive=True)

    def export(self, name: str) -> None:
        """Write one as Markdown."""
        self._app.run_worker(self._export(name), group="talks", exclusive=True)

    async def _begin(self) -> None:
        from repo_mhm.commands.sessions import new_name

        self.name = new_name()
        await self._app.chat.show(())
        await self._app.action_view("chat")

    async def _load_last(self) -> None:
        from repo_mhm.commands.sessions import new_name

        last = await self._guarded(lambda store: store.last_session())
        if last and not self._app.chat.exchanges:
            await self._show(last)
        elif not self.name:
            self.name = new_name()

    async def _show(self, name: str) -> None:
        from repo_mhm.commands.sessions import exchanges

        kept = await self._guarded(lambda store: exchanges(store, name)) or []
        self.name = name
        await self._app.chat.show(kept)

    async def _choose(self) -> None:
        from repo_mhm.commands.sessions import sessions
        from tui.dialogs import SessionsDialog

        while True:
            known = await self._guarded(sessions) or []
            choice = await self._app.push_screen_wait(SessionsDialog(known, self.name))
            if choice is None:
                return
            what, name = choice
            if what == "open":
                await self._show(name)
                await self._app.action_view("chat")
                return
            if what == "new":
                await self._begin()
                return
            if what == "rename":
                await self._rename(name)
            elif what == "delete":
                await self._delete(name)
            else:
                await self._export(name)
                return

    async def _rename(self, old: str) -> None:
        from repo_mhm.commands.sessions import rename
        from tui.dialogs import LineDialog

        shown = one_line(old)
        new = await self._app.push_screen_wait(LineDialog("Rename the conversation", shown))
        if not new or new == shown:
            return
        try:
            await self._app.reader.read(lambda store: rename(store, old, new))
        except RepoMhmError as exc:
            self._app.complain(exc.message, exc.hint)
            return
        if self.name == old:
            self.name = " ".join(new.split())

    async def _delete(self, name: str) -> None:
        from repo_mhm.commands.sessions import delete
        from tui.dialogs import YesNo

        if not await self._app.push_screen_wait(YesNo(f"Delete {one_line(name)}?")):
            return
        await self._guarded(lambda store: delete(store, name))
        if name == self.name:
            await self._begin()

    async def _export(self, name: str) -> None:
        from repo_mhm.commands.sessions import exchanges, export
        from tui.dialogs import LineDialog

        kept = await self._guarded(lambda store: exchanges(store, name, 10_000)) or []
        if not kept:
            self._app.notify("There is nothing to export yet.")
            return
        wanted = await self._app.push_screen_wait(LineDialog("Export to", f"{_file_name(name)}.md"))
        if not wanted:
            return
        path = Path(wanted).expanduser()
        try:
            await self._app.reader.settle(lambda: _write(path, export(kept, name)))
        except RepoMhmError as exc:
            self._app.complain(exc.message, exc.hint)
        else:
            self._app.notify(one_line(f"Written: {path.absolute()}"), markup=False)

    async def _guarded(self, function: Callable[[Store], T]) -> T | None:
        try:
            return await self._app.reader.read(function)
        except RepoMhmError as exc:
            self._app.complain(exc.message, exc.hint)
            return None


def _file_name(session: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in session)
    return f"conversation-{kept.strip('-')[:80]}"


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as exc:
        raise UsageError(f"{path} exists", hint="Choose another name.") from exc
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="Choose another place."
        ) from exc
