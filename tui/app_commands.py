"""The commands of the palette, and the providers of what else it finds, imported when it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.command import Provider

PALETTE_COMMANDS = (
    ("New conversation", "Start another one; this one is kept", "new_conversation"),
    ("Conversations", "Open, rename, delete or export one", "conversations"),
    ("Export", "Write this conversation as Markdown", "export"),
    ("Chat", "Ask the repository", "view('chat')"),
    ("Memory", "Heads and notes", "view('memory')"),
    ("Review", "What a change may break", "view('review')"),
    ("Map", "How detailed the notes on each file are", "view('map')"),
    ("Read or pause", "Read the repository into memory, or pause that", "toggle_index"),
    ("Settings", "Model, heads, time to the first word", "settings"),
    ("Keys", "Those of what has the focus first", "toggle_help"),
    ("Model", "Choose the model that answers, or add one", "model"),
    ("Welcome", "The model and the reading, as on the first run", "welcome"),
)
"""Title, help and action of the commands in the palette."""


def _name_provider() -> type[Provider]:
    from tui.palette import NameProvider

    return NameProvider


def _conversation_provider() -> type[Provider]:
    from tui.palette import ConversationProvider

    return ConversationProvider


def _model_provider() -> type[Provider]:
    from tui.palette import ModelProvider

    return ModelProvider


PROVIDERS = frozenset({_name_provider, _conversation_provider, _model_provider})
"""What yields the providers, as Textual takes them."""
