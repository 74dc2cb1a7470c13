"""Pictures of the chat as text with its styles, at three sizes, in true colour and in 16 colours.

`UPDATE_SNAPSHOTS=1` writes them anew. Below each line that is not plain stand its styles: a letter
of the legend for each run of cells, and how many cells it has.
"""

from __future__ import annotations

import os
import re
from itertools import groupby
from pathlib import Path

import pytest
from rich.style import Style

from tests.tui.conftest import Session

_FOLDER = Path(__file__).with_name("snapshots")
_VOLATILE = re.compile(
    r"(?<=@ )[0-9a-f]{8}|(?<=@)[0-9a-f]{7}|\d+(?=\.\d s)|(?<=\.)\d(?= s)|\d+(?=%)"
)
"""Ids of commits, seconds, and shares that other parts decide."""


@pytest.mark.parametrize("colours", ["truecolour", "16-colours"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_chat_looks_as_it_did(
    open_app,
    indexed_shop,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    colours: str,
) -> None:
    if colours == "16-colours":
        monkeypatch.delenv("COLORTERM")
        monkeypatch.setenv("TERM", "xterm")
    async with open_app(size=size) as session:
        session.chat.prompt.cursor_blink = False
        await session.ask("where is Cart?")
        session.chat.exchanges[-1].focus()
        await session.until(lambda: "fresh" in session.text() and "y Copy" in session.text())
        path = _FOLDER / f"chat-{size[0]}x{size[1]}-{colours}.txt"
        shown = _picture(session)
        if os.environ.get("UPDATE_SNAPSHOTS"):
            _FOLDER.mkdir(exist_ok=True)
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8")


def _picture(session: Session) -> str:
    letters: dict[str, str] = {}
    lines: list[str] = []
    strips = session.app.screen._compositor.render_strips()[: session.app.size.height]
    for strip in strips:
        lines.append(_VOLATILE.sub(lambda match: "#" * len(match[0]), strip.text).rstrip())
        styles = [_look(segment.style) for segment in strip for _ in segment.text]
        runs = [(look, sum(1 for _ in cells)) for look, cells in groupby(styles)]
        for look, _ in runs:
            letters.setdefault(look, chr(ord("a") + len(letters)))
        lines.append("  ~ " + " ".join(f"{letters[look]}{length}" for look, length in runs))
    legend = [f"{letter}: {look}" for look, letter in letters.items()]
    return "\n".join([*lines, "", *legend, ""])


def _look(style: Style | None) -> str:
    return (
        "plain"
        if style is None
        else str(style.without_color + Style.from_color(style.color, style.bgcolor))
    )
