"""The memory view and the map: heads, notes, what an answer used, and a head of 2,000 notes."""

from __future__ import annotations

import re
import time

import pytest

from repo_mhm.answer.citations import Citation
from repo_mhm.commands.repository_map import UNREAD, FileCoverage, indexed_source, repository_map
from repo_mhm.location import Location
from repo_mhm.memory.notes import CHUNK, Note, Step
from repo_mhm.store import open_store
from tests.tui.conftest import CART, README, Script, TestRepo
from tests.tui.ticks import Ticks
from tui.map import MapView
from tui.memory import Head, MemoryView
from tui.rows import Row, Rows

pytestmark = pytest.mark.slow


def _notes(session) -> list[Row]:
    return [row for head in session.app.query(Head) for row in head.query_one(Rows).rows]


async def test_heads_show_their_fill_and_their_notes_by_module(open_app, indexed_shop) -> None:
    async with open_app(size=(160, 40)) as session:
        await session.press("f3")
        await session.until(lambda: len(session.app.query(Head)) == 8 and _notes(session))
        texts = [row.text for row in _notes(session)]
        assert "shop/" in texts
        assert any(text.startswith("▓ cart.py:1-") for text in texts)
        assert any(text.startswith("█   Cart") for text in texts), (
            "symbol notes follow their chunk's"
        )
        assert any(text.startswith("▒ cart.py ") for text in texts), "the overview of the file"
        assert re.search(r"\d+/[\d,]+  \d+ notes", session.text())
        holder = next(
            head
            for head in session.app.query(Head)
            if "cart.py" in str([r.text for r in head.query_one(Rows).rows])
        )
        rows = holder.query_one(Rows)
        rows.focus()
        texts = [row.text for row in rows.rows]
        rows.cursor = next(n for n, text in enumerate(texts) if text.startswith("▓ cart.py:1-"))
        await session.until(lambda: "chunk note, " in session.text())
        assert "shop/cart.py:1-18" in session.text(), "a note says where it comes from"
        await session.press("enter")
        await session.until(lambda: session.app.main.source.is_open)
        await session.until(lambda: "The cart of a shop." in session.text())


async def test_what_the_last_answer_used_is_highlighted(open_app, indexed_shop) -> None:
    async with open_app(size=(160, 40)) as session:
        await session.ask("how is the total computed?")
        await session.press("up", "m")
        await session.until(lambda: any(row.look == "highlighted" for row in _notes(session)))
        lit = [row for row in _notes(session) if row.look == "highlighted"]
        assert any("cart.py" in row.text for row in lit)
        assert len(lit) < len(_notes(session))
        await session.press("n")
        focused = session.app.focused
        assert isinstance(focused, Rows)
        assert focused.current is not None and focused.current.look == "highlighted"


async def test_notes_are_searched_over_the_whole_ledger(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f3")
        await session.until(lambda: _notes(session))
        await session.press("slash")
        await session.fill("cart")
        results = session.app.query_one("#results", Rows)
        await session.until(lambda: results.rows)
        assert all(row.key.path == "shop/cart.py" for row in results.rows[:2])
        await session.press("escape")
        await session.until(lambda: not session.app.query_one(MemoryView).has_class("-results"))


async def test_a_head_of_two_thousand_notes_scrolls_fluidly(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    async with open_app(size=(100, 40)) as session:
        with open_store(shop.root / ".git" / "repo-mhm") as store:
            content = store.chunks()[0].chunk.content_id
            first = store.next_note_id()
            notes = tuple(
                Note(
                    first + index,
                    0,
                    CHUNK,
                    f"shop/cart.py:{index}-{index}",
                    "shop/cart.py",
                    f"note {index}",
                    5,
                    (content,),
                    "read",
                    1,
                )
                for index in range(2000)
            )
            store.record(Step(0, "note", "", "shop/cart.py", "read", notes, ()), "scripted-1")
        async with Ticks() as ticks:
            await session.press("f3")
            await session.until(
                lambda: any(
                    len(head.query_one(Rows).rows) > 2000 for head in session.app.query(Head)
                )
            )
            session.state.memory.used_citations = tuple(
                Citation(Location("shop/cart.py", line, line)) for line in range(1, 9)
            )
            session.app.main.views.highlight_used()
            await session.until(lambda: any(row.look == "highlighted" for row in _notes(session)))
        assert ticks.worst < ticks.limit
        rows = session.app.query_one("#head-0", Head).query_one(Rows)
        rows.focus()
        rendered = 0
        original = rows.render_line

        def counting(y: int):  # type: ignore[no-untyped-def]
            nonlocal rendered
            rendered += 1
            return original(y)

        rows.render_line = counting  # type: ignore[method-assign]
        began = time.thread_time()
        for _ in range(8):
            await session.press("pagedown")
        spent = (time.thread_time() - began) / 8
        assert rows.cursor > 150
        assert rendered < 40 * 8 * 4, "only what is seen is rendered"
        assert spent < ticks.limit


async def test_notes_that_arrive_while_memory_is_shown_can_be_walked_through(open_app) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f3")
        await session.until(lambda: any(row.text.startswith("▒") for row in _notes(session)))
        await session.press("f5")
        await session.until(lambda: any(row.text.startswith("▓") for row in _notes(session)))
        await session.until(lambda: isinstance(session.app.focused, Rows))
        await session.press("down")
        await session.until(lambda: " note, " in session.text())
        await session.press("escape")
        await session.until(lambda: session.app.main.views.shown == "chat")


async def test_a_folder_without_anything_to_read_says_so(open_app, make_repo) -> None:
    async with open_app(path=make_repo({}, name="bare").root) as session:
        await session.index()
        for key in ("f3", "f4"):
            await session.press(key)
            await session.until(lambda: "There is nothing here to read" in session.text())
        await session.until(lambda: "Nothing to read" in session.text())


async def test_the_map_shades_files_by_level_and_fills_in(open_app, script: Script) -> None:
    async with open_app(size=(100, 30)) as session:
        script.index_gate.clear()
        await session.press("f4", "f5")
        await session.until(lambda: "cart.py" in session.text())
        assert "· not read 3" in session.text()
        await session.until(lambda: "Reading" in session.text())
        script.index_gate.set()
        await session.until(lambda: session.state.index.phase == "done")
        await session.until(lambda: "not read 0" in session.text())
        row = next(
            row
            for row in session.app.query_one(MapView).query_one(Rows).rows
            if "cart.py" in row.text
        )
        assert row.text.rstrip().endswith("█")
        session.app.query_one(MapView).query_one(Rows).cursor = 3
        await session.press("enter")
        await session.until(lambda: "The cart of a shop." in session.text())


def test_files_are_put_together_from_their_chunks(indexed_shop: TestRepo) -> None:
    with open_store(indexed_shop.root / ".git" / "repo-mhm") as store:
        for path, text in {"shop/cart.py": CART, "README.md": README}.items():
            for line in (1, 2, len(text.splitlines())):
                assert indexed_source(store, path, line).lines == tuple(text.splitlines())
        assert indexed_source(store, "gone.py").missing
        covers = {cover.path: cover for cover in repository_map(store)}
        assert covers["shop/cart.py"] == FileCoverage("shop/cart.py", (0,), (1,))
        assert all(level < UNREAD for cover in covers.values() for level in cover.levels)
