"""The frame around the views: keys, the lines at the top and the bottom, messages, colours."""

from __future__ import annotations

import asyncio

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.query import NoMatches
from textual.widgets._toast import Toast
from textual.worker import WorkerFailed

from tests.tui.conftest import screen_text
from tui import events
from tui.app import ChatApp
from tui.terminal_colours import ReadableColours


async def test_the_first_picture_has_the_keys(open_app, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: list[str] = []
    begin = ChatApp._begin

    def begin_after_a_picture(app: ChatApp) -> None:
        pictures.append(screen_text(app))
        begin(app)

    monkeypatch.setattr(ChatApp, "_begin", begin_after_a_picture)
    async with open_app(size=(80, 24)):
        keys = pictures[0].splitlines()[-1]
        assert all(key in keys for key in ("⏎ Ask", "f1 Keys", "^p palette", "^q Quit"))


async def test_a_click_on_a_key_presses_it(open_app) -> None:
    async with open_app() as session:
        line = session.text().splitlines()[-1]
        await session.pilot.click(offset=(line.index("f1 Keys"), session.app.size.height - 1))
        await session.until(lambda: "Asking" in session.text())


async def test_the_lines_at_the_top_and_the_bottom_follow_the_width(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 24)) as session:
        await session.ask("where is Cart?")
        await session.until(lambda: "memory " in session.text())
        margin = 120 - len(session.text().splitlines()[0])
        for width, fill in ((70, "mem "), (160, "memory ")):
            session.state.needs_redraw = False
            await session.pilot.resize_terminal(width, 24)
            await session.until(
                lambda width=width: len(session.text().splitlines()[0]) == width - margin
            )
            assert fill in "".join(session.text().splitlines()[-2:])


async def test_a_narrow_line_leaves_the_conversation_a_name_or_nothing(
    open_app, indexed_shop
) -> None:
    async with open_app(size=(60, 24)) as session:
        await session.ask("where is Cart?")
        await session.until(lambda: "where is Car…" in session.text().splitlines()[0])
        assert "repo-mhm" not in session.text().splitlines()[0]
        await session.pilot.resize_terminal(46, 24)
        await session.until(lambda: "whe" not in session.text().splitlines()[0])
        assert "F6 Review" in session.text().splitlines()[0]


@pytest.mark.parametrize("size", [(60, 16), (120, 40)])
async def test_messages_never_cover_the_prompt(open_app, size: tuple[int, int]) -> None:
    async with open_app(size=size) as session:
        for number in range(3):
            session.app.notify(f"message {number} " + "with many words " * 4)
        await session.until(lambda: len(session.app.screen.query(Toast)) == 3)
        prompt = session.chat.prompt.region
        await session.until(lambda: "message 2" in session.text())
        assert "Ask a question" in session.text()
        covered = session.text().splitlines()[prompt.y : prompt.bottom]
        assert not any("message" in line for line in covered)


def test_no_text_is_dark_blue_or_black_on_black() -> None:
    behind = Color(0, 0, 0)
    colours = {
        name: ReadableColours().apply([Segment("x", Style.parse(name))], behind)[0].style
        for name in ("blue", "black", "black on white", "bright_blue", "cyan bold")
    }
    assert {name: str(style) for name, style in colours.items()} == {
        "blue": "color(6)",
        "black": "color(8)",
        "black on white": "black on white",
        "bright_blue": "bright_blue",
        "cyan bold": "bold cyan",
    }


async def test_lines_of_answers_have_at_most_100_columns(open_app, indexed_shop, script) -> None:
    script.answer = "The total of the cart is a long story. " * 12
    async with open_app(size=(240, 40)) as session:
        await session.ask("how is the total computed?")
        answer_lines = [line for line in session.text().splitlines() if "long story" in line]
        assert answer_lines
        assert all(len(line[: line.rindex("story") + 6].rstrip()) <= 100 for line in answer_lines)


async def test_what_runs_in_the_background_may_lose_its_widgets_while_the_app_closes(
    open_app,
) -> None:
    async with open_app() as session:
        app = session.app

        async def look_for_a_widget() -> None:
            while app.is_running:
                await asyncio.sleep(0)
            app.main.query_one("#gone")

        task = app.main.run_worker(look_for_a_widget())
    assert isinstance(task.error, NoMatches)
    assert not app.return_code


async def test_events_of_the_worker_may_lose_their_widgets_while_the_app_closes(
    open_app, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as session:
        app = session.app

        async def lose_a_widget(event: events.Event) -> None:
            raise NoMatches("gone")

        monkeypatch.setattr(app._handlers, "handle", lose_a_widget)
        app._exit = True
        app._post(events.IndexPaused())
        await asyncio.sleep(0.1)
    assert not app.return_code


async def test_what_loses_its_widgets_while_the_app_runs_is_a_defect(open_app) -> None:
    with pytest.raises(WorkerFailed):
        async with open_app() as session:

            async def look_for_a_widget() -> None:
                session.app.main.query_one("#gone")

            session.app.main.run_worker(look_for_a_widget())
            await asyncio.sleep(0.1)
