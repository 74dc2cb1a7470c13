"""The commands that are typed into the prompt, such as `/review staged`. No widgets here."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMAND = re.compile(r"/([a-z]*)(?:\s+(.*))?", re.DOTALL)
"""A path such as `/etc/hosts` is no command: it has another slash."""


@dataclass(frozen=True, slots=True)
class PromptCommand:
    """One command: its name without the slash, what follows it, and what it does."""

    name: str
    argument: str
    """What may follow; in brackets where it may be left out, empty where nothing follows."""
    help: str

    @property
    def is_complete(self) -> bool:
        """Whether the name alone can be run."""
        return not self.argument or self.argument.startswith("[")


COMMANDS = (
    PromptCommand("help", "", "The keys that matter"),
    PromptCommand("deep", "QUESTION", "Read the repository for a question, then answer"),
    PromptCommand("path", "FOLDER QUESTION", "Ask, and only look in this folder or file"),
    PromptCommand("search", "WORDS", "The best locations, without a model"),
    PromptCommand("memory", "[WORDS]", "The notes, or those with these words"),
    PromptCommand("source", "FILE[:LINE] or SYMBOL", "Open a source"),
    PromptCommand("review", "[staged|working|RANGE]", "What a change may break"),
    PromptCommand("model", "[NAME]", "Choose the model that answers"),
    PromptCommand("clear", "", "Begin another conversation"),
    PromptCommand("conversations", "", "Open, rename, delete or export one"),
    PromptCommand("export", "", "Write this conversation as Markdown"),
    PromptCommand("map", "", "How much of each file has been read"),
    PromptCommand("read", "", "Read the repository into memory, or pause that"),
    PromptCommand("welcome", "", "The model and the reading, as on the first run"),
    PromptCommand("settings", "", "Models, heads, time to the first word"),
)


def parse_command(text: str) -> tuple[str, str] | None:
    """Return the name and the argument of a command; None where the text is a question.

    The name need not be that of a command.
    """
    match = _COMMAND.fullmatch(text.strip())
    return None if match is None else (match[1], (match[2] or "").strip())


def command_named(name: str) -> PromptCommand | None:
    """Return the command of that name, or the only one whose name begins so."""
    fitting = [command for command in COMMANDS if command.name.startswith(name)] if name else []
    exact = [command for command in fitting if command.name == name]
    if exact:
        return exact[0]
    return fitting[0] if len(fitting) == 1 else None
