"""F1: the keys of what has the focus, then those that work everywhere, then the typed commands."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.prompt_commands import COMMANDS

_EVERYWHERE = (
    ("F2 F3 F4 F6", "chat, memory, map, review"),
    ("F5", "read the repository, or pause"),
    ("Ctrl+P", "find files, symbols, conversations, models and commands"),
    ("Ctrl+O", "the sources of the last answer"),
    ("Ctrl+R", "conversations"),
    ("Ctrl+N", "another conversation"),
    ("Ctrl+T", "theme"),
    ("F9", "settings"),
    ("Escape", "stop an answer, close what is open"),
    ("Ctrl+Q", "quit"),
)
"""Keys of the app, the ones that matter most first."""
_KEY_WIDTH = 16


class HelpScreen(ModalScreen[None]):
    """The keys; any of F1, Escape and Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,escape,enter,q", "dismiss", "Close"),
    ]
    DEFAULT_CSS = """
    HelpScreen VerticalScroll { height: auto; }
    """

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        """Yield the keys of what had the focus, those of the app, and the commands."""
        with VerticalScroll(classes="dialog wide"):
            yield Static(help_content(self._here))
            yield Static("esc close · arrows scroll", classes="keys")

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one(VerticalScroll).focus()


def help_content(here: str) -> Content:
    """The text: `here` is the HELP of what has the focus, a heading and a list in Markdown."""
    parts = [*_lines_of(here), Content("")] if here else []
    parts.append(Content.styled("Everywhere", "bold $text-accent"))
    parts += [_key_line(keys, what) for keys, what in _EVERYWHERE]
    parts += [Content(""), Content.styled("Typed into the prompt", "bold $text-accent")]
    parts += [
        _key_line(f"/{command.name}", f"{command.help} {command.argument}".rstrip())
        for command in COMMANDS
    ]
    parts.append(_key_line("@name", "a file or a symbol; the question is about it"))
    return Content("\n").join(parts)


def _lines_of(markdown: str) -> list[Content]:
    lines = [line for line in markdown.strip().splitlines() if line.strip()]
    return [
        Content.styled(line.strip("*"), "bold $text-accent")
        if line.startswith("**")
        else Content(f"  {line.removeprefix('- ')}")
        for line in lines
    ]


def _key_line(keys: str, what: str) -> Content:
    return Content.assemble("  ", (keys.ljust(_KEY_WIDTH), "bold"), what)
