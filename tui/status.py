"""The line at the top with the views, and the status line at the bottom. They show what the app hands them."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content, Span
from textual.style import Style
from textual.widgets import Static

from tui.citation_marks import one_line
from tui.formatting import bar, spinner
from tui.index_progress import Reading

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
                Span(
                    len(text) + 1,
                    len(text) + 1 + len(label),
                    Style.from_meta({"@click": f"app.view('{name}')"}),
                ),
            ]
            text += " " + label
        right = one_line(session)
        if reading.running:
            share = f" {reading.done / reading.total:.0%}" if reading.total else ""
            right = f"{spinner(reading.seconds)} {reading.state}{share}"
        room = self.content_size.width - len(text) - 2
        self.update(
            Content(text, spans=spans) + Content(f"{right[: max(0, room)]:>{max(0, room)}}")
        )


class StatusLine(Static):
    """Repository and commit, staleness, model and device, speed, fill."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; color: $text-muted; padding: 0 1; }
    StatusLine:ansi { background: ansi_default; color: ansi_default; }
    """

    def show(self, facts: Facts, reading: Reading) -> None:
        """Draw it anew; where there is no room it is said more briefly, and at last what matters least is left out."""
        width = self.content_size.width
        parts = _parts(facts, reading)
        if _width(parts) > width:
            parts = _parts(facts, reading, brief=True)
        while len(parts) > 3 and _width(parts) > width:
            parts.pop()
        self.update(Content(" · ".join(parts)))


def _width(parts: list[str]) -> int:
    return sum(len(part) + 3 for part in parts) - 3


def _parts(facts: Facts, reading: Reading, *, brief: bool = False) -> list[str]:
    """Most important first."""
    where = one_line(facts.repository) or "opening …"
    if facts.commit:
        where += f"@{facts.commit[:7]}" if brief else f" @ {facts.commit[:8]}"
    parts = [where, _shortened(one_line(facts.model) or "no model yet", 12 if brief else 60)]
    if reading.chunks:
        read = reading.skimmed / reading.chunks
        parts.append("all read" if read >= 1 else f"{read:.0%} read")
    if facts.device:
        name = "CPU" if facts.device.startswith("CPU") else _shortened(one_line(facts.device), 10)
        long = ("GPU " if facts.on_gpu else "") + one_line(facts.device)
        parts.append(("GPU" if facts.on_gpu else name) if brief else long)
    if facts.stale is not None:
        parts.append(f"{facts.stale} stale" if facts.stale else "fresh")
    if facts.fill:
        parts.append(
            f"mem {facts.fill:.0%}" if brief else f"memory {bar(facts.fill, 6)} {facts.fill:.0%}"
        )
    if facts.tokens_per_second:
        parts.append(f"{facts.tokens_per_second:,.0f} {'t/s' if brief else 'tokens/s'}")
    if facts.dirty:
        parts.append(f"{facts.dirty} changed")
    return parts


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
