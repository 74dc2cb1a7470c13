"""The line at the top with the views, and the status line at the bottom, drawn from AppState."""

from __future__ import annotations

from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from repo_mhm.formatting import count, rough_duration
from tui.formatting import bar, shortened, spinner
from tui.index_progress import IndexState
from tui.index_text import read_label, shown_share
from tui.safe_text import single_line
from tui.state import AppState

VIEWS = (
    ("chat", "Chat", "F2"),
    ("memory", "Memory", "F3"),
    ("map", "Map", "F4"),
    ("review", "Review", "F6"),
)
"""Name, title and key of each view."""
LEAST_SHARE = 0.005
"""A smaller share of the chunks is shown as none: then purposes say what the memory has."""
_LEAST_PARTS = 3
"""Parts of the status line that are shown however narrow it is."""
_LEAST_LABEL = 12
"""Columns for the name of the model where there is little room."""
_NARROW_TABS = 70
"""Below so many columns the line of the views leaves out the program's name."""
_LEAST_RIGHT = 8
"""Columns in which the name of a conversation still says something."""


class Tabs(Static):
    """The views by name, the current one in bold; a click switches."""

    DEFAULT_CSS = """
    Tabs {
        height: 1; background: $panel; padding: 0 1;
        link-style: none; link-color: $text-muted;
        link-style-hover: bold; link-background-hover: $primary;
    }
    Tabs:ansi { background: ansi_default; }
    """

    _drawn: tuple[AppState, str] | None = None

    def on_resize(self) -> None:
        """Draw again what was drawn, in the new width."""
        if self._drawn is not None:
            self.draw(*self._drawn)

    def draw(self, state: AppState, current: str) -> None:
        """Show the views, and the conversation or what the index does."""
        self._drawn = (state, current)
        is_narrow = 0 < self.content_size.width < _NARROW_TABS
        text, spans = _tabs(current, "" if is_narrow else " repo-mhm ")
        width = max(0, self.content_size.width - len(text) - 2)
        is_busy = state.index.running or state.index.phase == "planning"
        right = _index_text(state.index) if is_busy else state.conversation_title
        right = shortened(single_line(right), width) if width >= _LEAST_RIGHT else ""
        self.update(Content(text, spans=spans) + Content(f"{right:>{width}}"), layout=False)


def _tabs(current: str, text: str) -> tuple[str, list[Span]]:
    """The views behind a text, with what can be clicked."""
    spans = [Span(0, len(text), "bold $text-accent")]
    for name, title, key in VIEWS:
        label = f" {key} {title} "
        start = len(text) + 1
        end = start + len(label)
        look = "bold reverse" if name == current else "$text-muted"
        click = Style.from_meta({"@click": f"app.view('{name}')"})
        spans += [Span(start, end, look), Span(start, end, click)]
        text += f" {label}"
    return text, spans


def _index_text(index: IndexState) -> str:
    label = {"indexing": "reading", "planning": "scanning"}.get(index.phase, index.phase)
    share = f" · {shown_share(index)[1]}" if index.total else ""
    is_timed = index.phase == "indexing" and index.eta_seconds is not None
    left = f" · {rough_duration(index.eta_seconds or 0)} to go" if is_timed else ""
    return f"{spinner(index.seconds)} {label}{share}{left}"


class StatusLine(Static):
    """Repository and commit, staleness, model and device, speed, fill."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $text-muted; padding: 0 1; }
    StatusLine:ansi { background: ansi_default; color: ansi_default; }
    """

    _drawn: AppState | None = None

    def on_resize(self) -> None:
        """Draw again what was drawn, in the new width."""
        if self._drawn is not None:
            self.draw(self._drawn)

    def draw(self, state: AppState) -> None:
        """Show the state; where it does not fit, briefly, and without what matters least."""
        self._drawn = state
        width = self.content_size.width
        parts = _long_parts(state)
        if _width(parts) > width:
            label = len(state.model.label)
            excess = _width(_brief_parts(state, label)) - width
            parts = _brief_parts(state, max(_LEAST_LABEL, label - max(0, excess)))
        while len(parts) > _LEAST_PARTS and _width(parts) > width:
            parts.pop()
        self.update(Content(" · ".join(parts)), layout=False)


def _width(parts: list[str]) -> int:
    return sum(len(part) + 3 for part in parts) - 3


def _long_parts(state: AppState) -> list[str]:
    """The most important part first."""
    repository, model, memory = state.repository, state.model, state.memory
    device = single_line(model.device)
    parts = [
        f"{_name(state)} @ {repository.commit[:8]}" if repository.commit else _name(state),
        shortened(single_line(model.label), 60),
        _coverage(state.index),
        f"GPU {device}" if model.on_gpu else device,
        _staleness(memory.stale_chunks),
        f"memory {bar(memory.fill, 6)} {memory.fill:.0%}" if memory.fill else "",
        f"{model.tokens_per_second:,.0f} tokens/s" if model.tokens_per_second else "",
        _changed(repository.dirty_files),
    ]
    return [part for part in parts if part]


def _brief_parts(state: AppState, label_width: int) -> list[str]:
    repository, model, memory = state.repository, state.model, state.memory
    parts = [
        f"{_name(state)}@{repository.commit[:7]}" if repository.commit else _name(state),
        shortened(single_line(model.label), label_width),
        _coverage(state.index),
        _brief_device(model.device, model.on_gpu),
        _staleness(memory.stale_chunks),
        f"mem {memory.fill:.0%}" if memory.fill else "",
        f"{model.tokens_per_second:,.0f} t/s" if model.tokens_per_second else "",
        _changed(repository.dirty_files),
    ]
    return [part for part in parts if part]


def _name(state: AppState) -> str:
    return single_line(state.repository.name) or "opening …"


def _coverage(index: IndexState) -> str:
    if not index.chunks:
        return ""
    share = index.skimmed / index.chunks
    if share < LEAST_SHARE and index.purposes:
        return count(index.purposes, "purpose")
    return "all read" if share >= 1 else read_label(index)


def _brief_device(device: str, on_gpu: bool) -> str:
    if on_gpu:
        return "GPU" if device else ""
    return "CPU" if device.startswith("CPU") else shortened(single_line(device), 10)


def _staleness(stale_chunks: int | None) -> str:
    if stale_chunks is None:
        return ""
    return f"{stale_chunks} stale" if stale_chunks else "fresh"


def _changed(dirty_files: int) -> str:
    return f"{dirty_files} changed" if dirty_files else ""
