"""The palette beyond commands, and the welcome screen that comes back."""

from __future__ import annotations

import asyncio
import threading

from textual.events import Key

from tests.tui.conftest import Script, Session
from tui import events
from tui.palette import Palette


async def _find(session: Session, text: str, expected: str) -> None:
    await session.press("ctrl+p")
    await session.until(lambda: "Search for commands" in session.text())
    session.app.focused.value = text
    await session.until(lambda: expected in session.text())


async def test_files_symbols_conversations_and_models_are_found(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 40)) as session:
        await session.ask("where is Cart?")
        await _find(session, "smollm2-135m-instruct", "model, ")
        await session.press("escape")
        await _find(session, "where is C", "conversation")
        await session.press("escape")
        await _find(session, "stock.py", "file")
        await session.press("escape")
        await _find(session, "reserve", "function in shop/stock.py:4")
        await session.press("enter")
        source = session.app.main.source
        await session.until(lambda: source.is_open)
        assert source.citations[0].location.path == "shop/stock.py"


async def test_the_welcome_returns_and_a_download_can_be_stopped(open_app, script: Script) -> None:
    script.missing = True
    async with open_app(size=(100, 30)) as session:
        stopped: list[bool] = []
        session.app.worker.stop_download = lambda: stopped.append(True)
        await session.press("f5")
        await session.until(lambda: "Welcome" in session.text())
        assert "search and exact answers work all the same" in session.text()
        session.app._post(events.DownloadProgress(250_000_000, 1_000_000_000, "part 1 of 22"))
        await session.until(lambda: "25%  250.0 MB of 1.0 GB" in session.text())
        await session.pilot.click("#stop")
        await session.until(lambda: stopped)
        await session.press("escape")
        await session.until(lambda: "Welcome" not in session.text())
        session.chat.prompt.text = "/welcome"
        await session.press("enter")
        await session.until(lambda: "25%  250.0 MB of 1.0 GB" in session.text())


async def test_enter_waits_for_what_fits_the_typed_text(open_app, indexed_shop) -> None:
    """Nothing is waited for between the keys, and the search for the text takes its time."""
    is_searched = threading.Event()
    async with open_app() as session:
        reading = asyncio.create_task(session.app.lookups.run(is_searched.wait))
        try:
            for key in ("ctrl+p", *"memory", "enter"):
                session.app.post_message(Key(key, key if len(key) == 1 else None))
            await session.until(lambda: isinstance(session.app.screen, Palette))
            await session.until(lambda: session.app.focused.value == "memory")
            assert session.app.main.views.shown == "chat"
            assert session.app.screen_stack[-1] is not session.app.main
        finally:
            is_searched.set()
        await reading
        await session.until(lambda: "[ ] Heads" in session.text())
        assert session.app.screen is session.app.main
