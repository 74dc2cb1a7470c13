"""The line of keys at the bottom: those of the focused widget first, then those of the app.

One widget that draws the bindings in force, so that it is there from the first picture on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Resize
from textual.style import Style
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen

_GAP = "  "
_LAST_ACTIONS = ("app.quit", "quit")
"""Actions whose keys come after all others."""


class KeyLine(Static):
    """The keys that work now; a click presses one. What does not fit is left to F1."""

    DEFAULT_CSS = """
    KeyLine {
        height: 1; background: $panel; padding: 0 1; text-wrap: nowrap;
        link-style: none; link-color: $foreground; link-background: transparent;
        link-style-hover: bold; link-color-hover: $text-accent;
        link-background-hover: transparent;
    }
    KeyLine:ansi { background: ansi_default; color: ansi_default; link-color: ansi_default; }
    """

    def on_mount(self) -> None:
        """Draw now, and whenever other keys come into force."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Draw as many keys as fit."""
        self._draw()

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self._draw()

    def _draw(self) -> None:
        width = self.content_size.width or self.app.size.width - 2
        self.update(_keys_content(self._labels(), width), layout=False)

    def _labels(self) -> list[tuple[str, str, str]]:
        """Key as it is pressed, as it is shown, and what it does; the last keys come last."""
        shown = {
            active.binding.action: active.binding
            for active in reversed(self.screen.active_bindings.values())
            if active.binding.show and active.enabled
        }
        palette = self.screen.active_bindings.get(self.app.COMMAND_PALETTE_BINDING)
        bindings = [*reversed(shown.values())]
        if palette is not None:
            bindings.append(palette.binding)
        ordered = sorted(bindings, key=lambda binding: binding.action in _LAST_ACTIONS)
        return [(binding.key, *self._label(binding)) for binding in ordered]

    def _label(self, binding: Binding) -> tuple[str, str]:
        return self.app.get_key_display(binding), binding.description


def _keys_content(labels: list[tuple[str, str, str]], width: int) -> Content:
    """The keys in one line of at most `width` cells: only whole ones, and always the last one."""
    lengths = [len(display) + 1 + len(description) for _, display, description in labels]
    room = width - sum(lengths[-1:])
    parts: list[Content] = []
    for number, (key, display, description) in enumerate(labels, 1):
        is_last = number == len(labels)
        room -= 0 if is_last else lengths[number - 1] + len(_GAP)
        if room < 0 and not is_last:
            continue
        click = Style.from_meta({"@click": f"app.simulate_key({key!r})"})
        part = Content.assemble((display, "bold $text-accent"), f" {description}")
        parts.append(part.stylize(click))
    return Content(_GAP).join(parts)
