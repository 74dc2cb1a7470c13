"""The line at the top with the views, and the status line at the bottom. They show what the app hands them."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from tui.glyphs import bar
from tui.marks import one_line
from tui.reading import Reading

VIEWS = (("chat", "Chat", "F2"), ("memory", "Memory", "F3"), ("map", "Map", "F4"))


@dataclass(slots=True)
class Facts:
    """What the status line says; empty where it is not known yet. `fill` is the share of the memory's budget."""

    repository: str = ""
    commit: str = ""
    dirty: int = 0
    stale: int | None = None
    model: str = ""
    device: str = ""
    on_gpu: bool = False
    tokens_per_second: float = 0.0
    fill: float = 0.0
    note: str = ""


class Tabs(Static):
    """The views by name, the one shown in bold; a click switches."""

    DEFAULT_CSS = """
    Tabs {
        height: 1; background: $panel; padding: 0 1;
        link-style: none; link-color: $text-muted; link-style-hover: bold; link-background-hover: $primary;
    }
    Tabs:ansi { background: ansi_default; }
    """

    def show(self, current: str, reading: Reading, session: str) -> None:
        """Draw it anew."""
        text = " repo-mhm "
        spans = [Span(0, len(text), "bold $text-accent")]
        for name, title, key in VIEWS:
            label = f" {key} {title} "
            look = "bold reverse" if name == current else "$text-muted"
            spans += [
                Span(len(text) + 1, len(text) + 1 + len(label), look),
                Span(len(text) + 1, len(text) + 1 + len(label), Style.from_meta({"@click": f"app.view('{name}')"})),
            ]
            text += " " + label
        right = one_line(session)
        if reading.running:
            share = f" {reading.done / reading.total:.0%}" if reading.total else ""
            right = f"{reading.state}{share}"
        room = self.content_size.width - len(text) - 2
        self.update(Content(text, spans=spans) + Content(f"{right[: max(0, room)]:>{max(0, room)}}"))


class StatusLine(Static):
    """Repository and commit, staleness, model and device, speed, fill."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $text-muted; padding: 0 1; }
    StatusLine:ansi { background: ansi_default; color: ansi_default; }
    """

    def show(self, facts: Facts, reading: Reading) -> None:
        """Draw it anew; what matters least is left out where there is no room."""
        parts = _parts(facts, reading)
        width = self.content_size.width
        while len(parts) > 3 and sum(len(part) + 3 for part in parts) - 3 > width:
            parts.pop()
        self.update(Content(" · ".join(parts)))


def _parts(facts: Facts, reading: Reading) -> list[str]:
    """Most important first."""
    where = one_line(facts.repository) or "opening …"
    if facts.commit:
        where += f" @ {facts.commit[:8]}"
    parts = [where, one_line(facts.model) or "no model yet"]
    if reading.chunks:
        read = reading.skimmed / reading.chunks
        parts.append("all read" if read >= 1 else f"{read:.0%} read")
    if facts.device:
        parts.append(("GPU " if facts.on_gpu else "") + one_line(facts.device))
    if facts.stale is not None:
        parts.append(f"{facts.stale} stale" if facts.stale else "fresh")
    if facts.fill:
        parts.append(f"memory {bar(facts.fill, 6)} {facts.fill:.0%}")
    if facts.tokens_per_second:
        parts.append(f"{facts.tokens_per_second:,.0f} tokens/s")
    if facts.dirty:
        parts.append(f"{facts.dirty} changed")
    return parts
