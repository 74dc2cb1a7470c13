"""What the palette (Ctrl+P) finds beside the app's commands: files, symbols, conversations, models.

Each provider asks in the background and yields what fits; the palette mixes them by their scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from textual.command import Hit, Hits, Provider
from textual.content import Content

from repo_mhm.errors import RepoMhmError
from tui.safe_text import single_line
from tui.settings import current_values

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.store import Store
    from tui.app import ChatApp

T = TypeVar("T")

_MOST_HITS = 8
"""Hits of each kind."""
_SHORTEST_NAME = 2
"""Letters from which on files and symbols are looked for."""
_TYPED_SCORE = 0.6
"""Score of what holds the typed text as it is, though the matcher finds it elsewhere in its name.

From 0 to 1: an exact title of a command comes first.
"""


class _Finder(Provider):
    @property
    def chat_app(self) -> ChatApp:
        """The app, with its readers and actions."""
        return cast("ChatApp", self.app)

    async def read(self, function: Callable[[Store], T]) -> T | None:
        """Read the store; nothing where that fails: the view that is affected says why."""
        try:
            return await self.chat_app.lookups.read_store(function)
        except RepoMhmError:
            return None

    def hit(self, query: str, text: str, run: Callable[[], object], kind: str) -> Hit:
        """Show a text that fits, with its kind below it."""
        score = max(_TYPED_SCORE, self.matcher(query).match(text) * _TYPED_SCORE)
        return Hit(score, Content(text), run, text=text, help=kind)


class NameProvider(_Finder):
    """Files and symbols; choosing one opens its source."""

    async def search(self, query: str) -> Hits:
        """Yield the files and symbols whose names hold the text."""
        if len(query) < _SHORTEST_NAME:
            return
        names = await self.read(partial(_names, text=query))
        for name, kind, citation in names or ():
            run = partial(self.app.call_later, self.chat_app.main.open_source, [citation])
            yield self.hit(query, single_line(name), run, kind)


class ConversationProvider(_Finder):
    """Conversations; choosing one opens it."""

    async def search(self, query: str) -> Hits:
        """Yield the conversations that fit by their names."""
        matcher = self.matcher(query)
        sessions = await self.read(lambda store: store.sessions()) or []
        fitting = [session for session in sessions if matcher.match(session.name) > 0]
        for session in fitting[:_MOST_HITS]:
            run = partial(self.chat_app.open_conversation, session.name)
            yield self.hit(query, single_line(session.name), run, "conversation")


class ModelProvider(_Finder):
    """Models; choosing one lets it answer from now on."""

    async def search(self, query: str) -> Hits:
        """Yield the models that fit by their names."""
        state = self.chat_app.state
        try:
            values = await self.chat_app.lookups.run(
                partial(current_values, state.root, state.overrides)
            )
        except RepoMhmError:
            return
        matcher = self.matcher(query)
        for name, model_state in values.models:
            if matcher.match(name) > 0:
                run = partial(self.chat_app.use_model, name)
                yield self.hit(query, single_line(name), run, f"model, {model_state}")


def _names(store: Store, text: str) -> list[tuple[str, str, Citation]]:
    """Name, kind and location of the files and symbols whose names hold a text."""
    from repo_mhm.answer.citations import Citation
    from repo_mhm.location import Location

    files = [
        (path, "file", Citation(Location(path, 1, 1)))
        for path in store.paths_like(text, _MOST_HITS)
    ]
    symbols = [
        (name, f"{kind} in {single_line(path)}:{line}", Citation(Location(path, line, line)))
        for name, kind, path, line in store.symbols_like(text, _MOST_HITS)
    ]
    return [*symbols, *files]
