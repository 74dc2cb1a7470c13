"""The locations for a question: before the answer, as the answer, and when opened."""

from __future__ import annotations

from repo_mhm.commands.sessions import saved_turns
from repo_mhm.store import open_store
from tests.tui.conftest import Script, Session, TestRepo

QUESTION = "how is the total computed?"


def row_of(session: Session, text: str) -> int:
    lines = session.text().splitlines()
    return next(number for number, line in enumerate(lines) if text in line)


async def test_the_locations_are_shown_while_the_model_reads(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app(size=(140, 40)) as session:
        script.answer_gate.clear()
        await session.ask(QUESTION, wait=False)
        await session.until(lambda: "about" in session.text())
        shown = session.text()
        assert "Best locations" in shown
        assert "shop/cart.py:" in shown
        assert "(Cart.total)" in shown
        assert "reading" in shown
        script.answer_gate.set()
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)
        assert row_of(session, "Best locations") < row_of(session, "TAX_RATE added. [1]")


async def test_a_click_on_a_location_opens_its_line(open_app, indexed_shop, script: Script) -> None:
    async with open_app(size=(140, 40)) as session:
        script.answer_gate.clear()
        await session.ask(QUESTION, wait=False)
        await session.until(lambda: "(Cart.total)" in session.text())
        row = row_of(session, "(Cart.total)")
        line = session.text().splitlines()[row]
        place = line.split()[0]
        await session.pilot.click(offset=(line.index(place) + 2, row))
        source = session.app.main.source
        await session.until(lambda: source.is_open)
        location = source.citations[source.index].location
        assert f"{location.path}:{location.start}" == place
        script.answer_gate.set()
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)


async def test_without_a_model_the_locations_are_the_answer(
    open_app, indexed_shop, script: Script, shop: TestRepo
) -> None:
    script.missing = True
    async with open_app(size=(140, 40)) as session:
        await session.ask(QUESTION)
        shown = session.text()
        assert "Best locations" in shown
        assert shown.count("(Cart.total)") == 1
        assert "[1] shop/cart.py:" in shown
        await session.until(lambda: "/model gets one." in session.text())

        exchange = session.chat.exchanges[-1]
        await session.press("ctrl+up", "1")
        source = session.app.main.source
        await session.until(lambda: source.is_open)
        assert (source.citations, source.index) == (exchange.citations, 0)
        name = session.state.conversation
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        (turn,) = saved_turns(store, name)
    assert turn.result["model"] == ""

    async with open_app(size=(140, 40)) as session:
        await session.until(lambda: "Best locations" in session.text())
        assert session.text().count("(Cart.total)") == 1


async def test_what_code_alone_answers_is_listed_once_without_a_model(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app(size=(140, 40)) as session:
        await session.ask("where is Cart.total defined?")
        shown = session.text()
        assert "1 definition of Cart.total" in shown
        assert shown.count("def total(self):") == 1
        assert "[1] shop/cart.py:" in shown
        assert "[?]" not in shown
        assert all(not engine.prompts for engine in script.engines)
        exchange = session.chat.exchanges[-1]
        await session.press("ctrl+up", "enter")
        source = session.app.main.source
        await session.until(lambda: source.is_open)
        assert source.citations == exchange.citations
