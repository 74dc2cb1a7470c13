"""What it looks like: a few pictures as text, in every kind of terminal."""

from __future__ import annotations

import re

import pytest

from tests.tui.conftest import Script

_SIZES = [(80, 24), (200, 60)]


@pytest.mark.parametrize("size", _SIZES)
async def test_every_view_fits(open_app, size: tuple[int, int]) -> None:
    async with open_app(size=size) as session:
        await session.read()
        await session.ask("how is the total computed?")
        for key, expected in (("f2", "Ask a question"), ("f3", "/512"), ("f4", "symbol"), ("f1", "Scroll Left")):
            await session.press(key)
            await session.until(lambda expected=expected: expected in session.text())
            lines = session.text().splitlines()
            assert len(lines) <= size[1]
            assert all(len(line) <= size[0] for line in lines)
            assert "F2 Chat" in lines[0]
            assert any("shop @ " in line for line in lines[-2:])


async def test_the_chat_as_a_picture(open_app) -> None:
    async with open_app(size=(80, 24)) as session:
        await session.read()
        await session.ask("how is the total computed?")
        await session.until(lambda: "to the first word" in session.text())
        shown = [line.strip() for line in _steady(session.text()).splitlines()]
        start = shown.index("› how is the total computed?")
        assert shown[start : start + 8] == [
            "› how is the total computed?",
            "",
            "The total is the sum of the prices with the tax rate TAX_RATE added. [1]",
            "Items are reserved in the warehouse by reserve. [2][1][3]",
            "",
            "• add puts an item into the cart [4]",
            "",
            "It charges frobnicate_everything on holidays too. [?]",
        ]


async def test_the_map_as_a_picture(open_app) -> None:
    async with open_app(size=(80, 24)) as session:
        await session.read()
        await session.press("f4")
        await session.until(lambda: "not read 0" in session.text())
        shown = [line.strip() for line in session.text().splitlines()]
        start = next(number for number, line in enumerate(shown) if line.startswith("./"))
        assert [re.sub(" +", " ", line) for line in shown[start : start + 5]] == [
            "./ 1 of 1 chunks",
            "README.md ▓",
            "shop/ 2 of 2 chunks",
            "cart.py █",
            "stock.py █",
        ]


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "xterm")])
async def test_without_colours_the_terminals_own_are_used(
    open_app, script: Script, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    async with open_app() as session:
        assert session.app.theme == "textual-dark"
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv(variable, value)
    async with open_app() as session:
        assert session.app.theme == "ansi-dark"
        await session.read()
        await session.ask("how is the total computed?")
        segments = [
            segment
            for strip in session.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None
        ]
        styles = {segment.style for segment in segments}
        # A blank shows no foreground, whatever its style says.
        seen = {segment.style.color for segment in segments if segment.text.strip()}
        colours = {colour for colour in seen | {style.bgcolor for style in styles} if colour is not None}
        if variable == "NO_COLOR":
            assert all(colour.is_default for colour in colours)
        else:
            assert all(colour.is_default or (colour.number is not None and colour.number < 16) for colour in colours)
        assert any(style.bold for style in styles), "what matters can be told apart all the same"


async def test_commands_are_in_the_palette(open_app) -> None:
    async with open_app() as session:
        await session.press("ctrl+p")
        await session.until(lambda: "Search for commands" in session.text())
        titles = {command.title for command in session.app.get_system_commands(session.app.screen)}
        assert {
            "New conversation",
            "Conversations",
            "Export",
            "Memory",
            "Map",
            "Settings",
            "Read on or pause",
        } <= titles
        assert "Theme" in titles


def _steady(text: str) -> str:
    return re.sub(r"\d+\.\d s", "0.0 s", text)
