"""Pictures of all views as text with its styles, at three sizes, in true colour and in 16 colours.

`UPDATE_SNAPSHOTS=1` writes them anew: look at them before you commit them. A line's styles stand
below it where they are not those of the line before: a letter of the legend for each run of cells,
and how many cells it has.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import re
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest
from rich.style import Style
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Input

from tests.tui.conftest import CART, Session, TestRepo

_FOLDER = Path(__file__).with_name("snapshots")
_SIZES = [(80, 24), (120, 40), (200, 60)]
_COMMITTED = "def add(self, name, price):"
_CHANGED = CART.replace(_COMMITTED, "def add(self, name, price, currency):")
_VIEWS: Sequence[tuple[str, str, Sequence[str], str]] = [
    ("chat", "", (), "y Copy"),
    ("source", "", ("ctrl+o",), "Next citation"),
    ("memory", "", ("escape", "f3"), "Cart.total"),
    ("map", "", ("f4",), "cart.py"),
    ("review", "", ("f6",), " finding"),
    ("palette", "", ("f2", "ctrl+p"), "Read or pause"),
    ("help", "", ("escape", "f1"), "Everywhere"),
    ("welcome", "/welcome", ("escape",), "Welcome"),
]
"""Name, what is typed into the prompt, the keys that lead there, and what is shown there."""
_VOLATILE = re.compile(
    r"(?<=@ )[0-9a-f]{6,8}|(?<=@)[0-9a-f]{7}|\d+(?=\.\d s)|(?<=\.)\d(?= s)|\d+(?=%)"
)
"""Ids of commits (a dialog may cover a part), seconds, and shares that other parts decide."""
_STABLE_SECONDS = 0.3
"""A picture that is written anew has not changed for so long."""
_UNCHANGED_SECONDS = 30.0
"""A picture that has not changed for so long will not become the expected one any more. The app
runs in the loop that looks at it, so a slow machine slows both.
"""


@pytest.mark.parametrize("colours", ["truecolour", "16-colours"])
async def test_every_view_looks_as_it_did(
    open_app, indexed_shop: TestRepo, monkeypatch: pytest.MonkeyPatch, colours: str
) -> None:
    indexed_shop.commit({"shop/buy.py": "from shop.cart import Cart\n\nCart().add(1, 2)\n"})
    indexed_shop.write({"shop/cart.py": _CHANGED})
    if colours == "16-colours":
        monkeypatch.delenv("COLORTERM")
        monkeypatch.setenv("TERM", "xterm")
    async with open_app(size=_SIZES[0]) as session:
        session.chat.prompt.cursor_blink = False
        await session.ask("where is Cart?")
        session.chat.exchanges[-1].focus()
        for view, command, keys, shown in _VIEWS:
            await session.press(*keys)
            if command:
                session.chat.prompt.text = command
                await session.press("enter")
            await session.until(lambda shown=shown: shown in session.text())
            if isinstance(session.app.focused, Input):
                session.app.focused.cursor_blink = False
            for size in _SIZES:
                await session.pilot.resize_terminal(*size)
                await _compare(session, f"{view}-{size[0]}x{size[1]}-{colours}.txt")


async def _compare(session: Session, name: str) -> None:
    """Wait until the screen is as in the file."""
    path = _FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(await _stable_picture(session), encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8")
    shown, since = "", time.monotonic()
    while (now := _picture(session)) != expected:
        if now != shown:
            shown, since = now, time.monotonic()
        if time.monotonic() > since + _UNCHANGED_SECONDS:
            lines = difflib.unified_diff(expected.splitlines(), shown.splitlines(), name, "now")
            pytest.fail("\n".join(lines))
        await asyncio.sleep(0.1)


async def _stable_picture(session: Session) -> str:
    shown, since = "", 0.0
    while time.monotonic() < since + _STABLE_SECONDS or not shown:
        await session.pilot.pause(0.05)
        if (now := _picture(session)) != shown:
            shown, since = now, time.monotonic()
    return shown


def _picture(session: Session) -> str:
    letters: dict[str, str] = {}
    lines: list[str] = []
    above = ""
    shown = _shown_region(session.app.screen)
    strips = session.app.screen._compositor.render_strips()[shown.y : shown.bottom]
    for strip in (strip.crop(shown.x, shown.right) for strip in strips):
        lines.append(_VOLATILE.sub(lambda match: "#" * len(match[0]), strip.text).rstrip())
        runs = _style_runs(strip)
        for look, _ in runs:
            letters.setdefault(look, chr(ord("a") + len(letters)))
        styles = "  ~ " + " ".join(f"{letters[look]}{length}" for look, length in runs)
        if styles != above:
            lines.append(styles)
        above = styles
    legend = [f"{letter}: {look}" for look, letter in letters.items()]
    return "\n".join([*lines, "", *legend, ""])


def _shown_region(screen: Screen[object]) -> Region:
    """A dialog's own cells; whether a resize draws what lies behind it is up to Textual."""
    visible = screen._compositor.visible_widgets if screen.is_modal else {}
    regions = [region.intersection(clip) for region, clip in visible.values()]
    own = [region for region in regions if region and region.size != screen.size]
    return Region.from_union(own) if own else screen.region


def _style_runs(strip: Strip) -> list[tuple[str, int]]:
    styles = [_look(segment.style) for segment in strip for _ in segment.text]
    return [(look, sum(1 for _ in cells)) for look, cells in groupby(styles)]


def _look(style: Style | None) -> str:
    return (
        "plain"
        if style is None
        else str(style.without_color + Style.from_color(style.color, style.bgcolor))
    )
