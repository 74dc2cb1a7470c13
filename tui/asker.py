"""What is typed into the prompt: questions go to the worker, commands to the app's actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.notices import show_error_text
from tui.prompt_commands import command_named, parse_command
from tui.question import Question
from tui.source_lookup import find_source

if TYPE_CHECKING:
    from tui.app import ChatApp
    from tui.exchange import Exchange


class Asker:
    """Asks questions and runs commands for the app."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app
        self._run_by_name: Mapping[str, Callable[[str], Awaitable[object]]] = {
            "deep": self._ask_deep,
            "path": self._ask_within,
            "search": self._search,
            "memory": self._show_memory,
            "source": self._open_source,
            "review": self._review,
            "model": self._use_model,
        }
        """Commands that take an argument; the others are actions of the app."""

    async def submit(self, text: str) -> None:
        """Ask a question, or run a command; a command that is none stays in the prompt."""
        prompt = self._app.main.chat.prompt
        parsed = parse_command(text)
        if parsed is None:
            prompt.clear()
            await self.ask(Question(text))
            return

        name, argument = parsed
        command = command_named(name)
        if command is None:
            show_error_text(self._app, f"There is no command /{name}", "/help lists them.")
        elif not argument and not command.is_complete:
            show_error_text(self._app, f"/{command.name} needs {command.argument}")
        else:
            prompt.clear()
            run = self._run_by_name.get(command.name)
            await (run(argument) if run else self._app.run_action(_ACTIONS[command.name]))

    async def ask(self, question: Question) -> None:
        """Ask a question; it follows up on the conversation that is shown."""
        app = self._app
        chat = app.main.chat
        if not question.conversation:
            question = replace(question, conversation=chat.name_conversation(question.text))
        await app.main.show_view("chat")
        is_behind = bool(chat.unfinished)
        exchange = await chat.add(question)
        exchange.begin(is_behind=is_behind)
        # Only now, since what is found at once needs an exchange that can show it.
        chat.expect(app.worker.ask(question), exchange)

    async def ask_again(self, exchange: Exchange, model: str) -> None:
        """Ask the question of an exchange again, of the model of that name."""
        await self.ask(replace(exchange.asked, model=model, conversation="", show_all=False))

    async def show_all(self, exchange: Exchange) -> None:
        """Ask the question of an exchange again, for all lines of its exact answer."""
        await self.ask(replace(exchange.asked, conversation="", show_all=True))

    # Commands ---------------------------------------------------------------------------------

    async def _ask_deep(self, text: str) -> None:
        await self.ask(Question(text, deep=True))

    async def _ask_within(self, argument: str) -> None:
        folder, _, text = argument.partition(" ")
        if text.strip():
            await self.ask(Question(text.strip(), folder=folder))
        else:
            show_error_text(self._app, "/path needs FOLDER QUESTION", "/path src who calls open")

    async def _search(self, text: str) -> None:
        await self.ask(Question(text, no_model=True))

    async def _show_memory(self, words: str) -> None:
        await self._app.action_view("memory")
        if words:
            self._app.main.views.search_memory(words)

    async def _open_source(self, name: str) -> None:
        if not name:
            await self._app.action_sources()
            return
        citation = await self._app.lookups.read_store(lambda store: find_source(store, name))
        if citation is None:
            hint = "Type @ and a part of the name to see what there is."
            show_error_text(self._app, f"There is no file or symbol {name!r}", hint)
        else:
            await self._app.main.open_source([citation])

    async def _review(self, change: str) -> None:
        await self._app.main.show_review(change)

    async def _use_model(self, name: str) -> None:
        if name:
            self._app.use_model(name)
        else:
            self._app.action_model()


_ACTIONS = {
    "help": "toggle_help",
    "clear": "new_conversation",
    "conversations": "conversations",
    "export": "export",
    "map": "view('map')",
    "read": "toggle_index",
    "welcome": "welcome",
    "settings": "settings",
}
"""The app's action of each command that takes no argument."""
