"""What comes while a view, the source panel or an exchange is still being built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.widget import Widget

from repo_mhm.answer.citations import Citation
from repo_mhm.location import Location
from tests.tui.conftest import Session, TestRepo
from tui.locations import LocationList

pytestmark = pytest.mark.slow

Hold = Callable[[str], asyncio.Event]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """`hold(name)` keeps widgets of that class without parts until the event is set."""

    def held(name: str) -> asyncio.Event:
        gate = asyncio.Event()
        compose = Widget._compose

        async def slow_compose(widget: Widget) -> None:
            if type(widget).__name__ == name:
                await gate.wait()
            await compose(widget)

        monkeypatch.setattr(Widget, "_compose", slow_compose)
        return gate

    return held


async def _held(session: Session, name: str) -> Widget:
    """The widget that is being built; `until` would wait for its messages, which wait as well."""
    while not (found := _widgets(session, name)):
        await asyncio.sleep(0.01)
    return found[0]


def _widgets(session: Session, name: str) -> list[Widget]:
    return [widget for widget in session.app.main.query() if type(widget).__name__ == name]


@pytest.mark.parametrize(
    ("name", "widget"), [("memory", "MemoryView"), ("map", "MapView"), ("review", "ReviewView")]
)
async def test_a_view_that_is_being_built_is_left_alone(
    open_app, indexed_shop: TestRepo, hold: Hold, name: str, widget: str
) -> None:
    gate = hold(widget)
    async with open_app() as session:
        main = session.app.main
        shown = [asyncio.create_task(session.app.action_view(name)) for _ in range(2)]
        assert not (await _held(session, widget)).children
        session.state.needs_redraw = True
        main.draw()
        main.views.reload()
        main.views.highlight_used()
        main.views.focus_view()
        gate.set()
        await asyncio.gather(*shown)
        await session.until(lambda: main.views.shown == name)
        assert len(_widgets(session, widget)) == 1


async def test_the_view_that_was_asked_for_last_is_shown(
    open_app, indexed_shop: TestRepo, hold: Hold
) -> None:
    gate = hold("MapView")
    async with open_app() as session:
        views = session.app.main.views
        shown = [asyncio.create_task(views.show("map"))]
        await _held(session, "MapView")
        shown.append(asyncio.create_task(views.show("chat")))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*shown)
        assert views.shown == "chat"


async def test_two_sources_opened_at_once_leave_the_last_one(
    open_app, indexed_shop: TestRepo, hold: Hold
) -> None:
    gate = hold("SourcePanel")
    async with open_app(size=(200, 30)) as session:
        main = session.app.main
        citations = [Citation(Location(path, 1, 3)) for path in ("shop/cart.py", "shop/stock.py")]
        opened = [asyncio.create_task(main.open_source([citation])) for citation in citations]
        await _held(session, "SourcePanel")
        gate.set()
        await asyncio.gather(*opened)
        await session.until(lambda: '"""What lies in the warehouse."""' in session.text())


async def test_an_answer_that_comes_at_once_finds_its_exchange(
    open_app, indexed_shop: TestRepo, hold: Hold
) -> None:
    gate = hold("Exchange")
    async with open_app() as session:
        # As "ask again" does it: not in a handler, which would keep the answer's events waiting.
        asked = asyncio.create_task(session.app.ask("where is Cart.total defined?"))
        await _held(session, "Exchange")
        # Time for an answer, if it were looked for already.
        await asyncio.sleep(1)
        gate.set()
        await asked
        exchange = session.chat.exchanges[0]
        await session.until(lambda: not exchange.unfinished)
        assert exchange.query(LocationList)
