"""What it looks like: a few pictures as text, in every kind of terminal."""

from __future__ import annotations

import re

import pytest

from tests.tui.conftest import Script
from tui.state import RepositoryState

pytestmark = pytest.mark.slow

_SIZES = [(80, 24), (200, 60)]


@pytest.mark.parametrize("size", _SIZES)
async def test_every_view_fits(open_app, indexed_shop, size: tuple[int, int]) -> None:
    async with open_app(size=size) as session:
        await session.ask("how is the total computed?")
        for key, expected in (
            ("f2", "Ask a question"),
            ("f3", "[ ] Heads"),
            ("f4", "symbol"),
            ("f1", "The map"),
        ):
            await session.press(key)
            await session.until(
                lambda expected=expected, key=key: (
                    expected in session.text() and (key == "f1" or _has_status(session.text()))
                )
            )
            lines = session.text().splitlines()
            assert len(lines) <= size[1]
            assert all(len(line) <= size[0] for line in lines)
            assert key == "f1" or "F2 Chat" in lines[0]


def _has_status(shown: str) -> bool:
    return any(re.search(r"shop ?@", line) for line in shown.splitlines()[-2:])


async def test_the_chat_as_a_picture(open_app, indexed_shop) -> None:
    async with open_app(size=(80, 60)) as session:
        await session.ask("how is the total computed?")
        await session.until(lambda: "to the first word" in session.text())
        shown = [line.strip() for line in _steady(session.text()).splitlines()]
        start = shown.index("› how is the total computed?")
        assert shown[start + 1 : start + 3] == ["", "Best locations"]
        assert shown[start + 3].startswith("shop/cart.py:")
        start = shown.index("", start + 2)
        # Which citations support a sentence is tested elsewhere.
        assert [re.sub(r"(\[[\d?]\])+", "[n]", line) for line in shown[start : start + 7]] == [
            "",
            "The total is the sum of the prices with the tax rate TAX_RATE added. [n]",
            "Items are reserved in the warehouse by reserve. [n]",
            "",
            "• add puts an item into the cart [n]",
            "",
            "It charges frobnicate_everything on holidays too. [n]",
        ]


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "xterm")])
async def test_without_colours_the_terminals_own_are_used(
    open_app,
    indexed_shop,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    async with open_app() as session:
        assert session.app.theme == "textual-dark"
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv(variable, value)
    async with open_app() as session:
        assert session.app.theme == "terminal"
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
        colours = {
            colour for colour in seen | {style.bgcolor for style in styles} if colour is not None
        }
        if variable == "NO_COLOR":
            assert all(colour.is_default for colour in colours)
        else:
            assert all(
                colour.is_default or (colour.number is not None and colour.number < 16)
                for colour in colours
            )
        assert any(style.bold for style in styles), "what matters can be distinguished all the same"


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
            "Read or pause",
        } <= titles
        assert "Theme" in titles


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, "repo-mhm@1234567 · qwen2.5-cod… · 64% read · CPU · 3 stale · mem 38% · 61 t/s"),
        (
            200,
            "repo-mhm @ 12345678 · qwen2.5-coder-1.5b-instruct · 64% read · CPU (threads: 2)"
            " · 3 stale · memory ━━──── 38% · 61 tokens/s · 2 changed",
        ),
    ],
)
async def test_the_status_line_says_all_that_matters(open_app, width: int, expected: str) -> None:
    async with open_app(size=(width, 24)) as session:
        state = session.state

        def is_shown() -> bool:
            # Each time anew, since what the app itself finds out may arrive late.
            state.repository = RepositoryState(True, "repo-mhm", "1234567890", dirty_files=2)
            state.model.name, state.model.device = "qwen2.5-coder-1.5b-instruct", "CPU (threads: 2)"
            state.model.tokens_per_second = 61.2
            state.memory.stale_chunks, state.memory.fill = 3, 0.38
            state.index.chunks, state.index.skimmed = 14, 9
            state.needs_redraw = True
            return f" {expected}" in session.text().splitlines()

        await session.until(is_shown)


async def test_a_command_of_the_palette_is_run(open_app, indexed_shop, tmp_path) -> None:
    async with open_app() as session:
        await session.ask("how is the total computed?")
        for typed, expected in (("memory", "[ ] Heads"), ("export", "Export to")):
            await session.press("ctrl+p")
            await session.until(lambda: "Search for commands" in session.text())
            session.app.focused.value = typed
            await session.press("enter")
            await session.until(lambda expected=expected: expected in session.text())
        await session.fill(str(tmp_path / "out.md"))
        await session.until((tmp_path / "out.md").exists)


async def test_a_theme_is_chosen_and_a_view_clicked(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.press("ctrl+t")
        await session.until(lambda: "Search for themes" in session.text())
        session.app.focused.value = "nord"
        await session.until(lambda: session.app.screen.query_one("CommandList").option_count == 1)
        await session.press("enter")
        await session.until(lambda: session.app.theme == "nord")
        await session.pilot.click(offset=(session.text().splitlines()[0].index("Memory"), 0))
        await session.until(lambda: "[ ] Heads" in session.text())


async def test_help_begins_with_what_matters_here(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 40)) as session:
        await session.press("f1")
        await session.until(lambda: "Enter asks" in session.text())
        await session.press("f1", "f3", "f1")
        await session.until(lambda: "**" not in session.text() and "Memory" in session.text())
        await session.until(lambda: "Everywhere" in session.text())
        assert "Enter asks" not in session.text()
        await session.press("escape")
        await session.until(lambda: "Everywhere" not in session.text())


def _steady(text: str) -> str:
    return re.sub(r"\d+\.\d s", "0.0 s", text)
