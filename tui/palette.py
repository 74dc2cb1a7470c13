"""The palette (Ctrl+P), and what it finds beside commands: files, symbols, conversations, models.

Each provider asks in the background and yields what fits; the palette mixes them by their scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from textual import on
from textual.command import CommandList, CommandPalette, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input
from textual.worker import Worker

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


class Palette(CommandPalette):
    """Textual's palette, in which Enter chooses from all that fits the text that was typed.

    Textual's chooses from what is listed at that moment. While a search runs, that is what fits an
    earlier text: who types quickly would run another command.
    """

    def __init__(self) -> None:
        super().__init__(id="--command-palette")
        self._early_choice: Input.Submitted | None = None
        """Enter, pressed while the search for the text runs."""

    @on(Input.Changed)
    def _text_changed(self) -> None:
        self._early_choice = None
        # What was moved to belongs to the former text.
        self.query_one(CommandList).highlighted = 0

    @on(Input.Submitted)
    def _keep_early_choice(self, event: Input.Submitted) -> None:
        # Who has moved in the list means what is listed.
        has_moved = bool(self.query_one(CommandList).highlighted)
        if self._is_searching and not has_moved:
            self._early_choice = event
            event.stop()
            event.prevent_default()

    @on(Worker.StateChanged)
    def _choose(self) -> None:
        choice = self._early_choice
        if choice is not None and not self._is_searching:
            self._early_choice = None
            self.post_message(Input.Submitted(choice.input, choice.value))

    @property
    def _is_searching(self) -> bool:
        return any(worker.node is self and not worker.is_finished for worker in self.workers)


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
        """Yield the conversations that fit by what they are called."""
        from repo_mhm.commands.sessions import title_of

        matcher = self.matcher(query)
        sessions = await self.read(lambda store: store.sessions()) or []
        titled = [(title_of(session.name, session.first), session.name) for session in sessions]
        fitting = [(title, name) for title, name in titled if matcher.match(title) > 0]
        for title, name in fitting[:_MOST_HITS]:
            run = partial(self.chat_app.open_conversation, name)
            yield self.hit(query, single_line(title), run, "conversation")


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
