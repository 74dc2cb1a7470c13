"""The memory view: heads, the tree of notes, one note in full, what an answer used, the search."""

from __future__ import annotations

import asyncio
import re
import threading
import time

import pytest

from repo_mhm.answer.citations import Citation
from repo_mhm.location import Location
from repo_mhm.memory.notes import CHUNK, SYMBOL, Note, Step
from repo_mhm.store import open_store
from tests.patience import PATIENCE
from tests.tui.conftest import Session, TestRepo
from tests.tui.ticks import Ticks
from tui.background_reader import BackgroundReader
from tui.memory import MemoryView
from tui.rows import Row, Rows
from tui.tree import TreeRows

pytestmark = pytest.mark.slow


def _view(session: Session) -> MemoryView:
    return session.app.query_one(MemoryView)


def _notes(session: Session) -> TreeRows:
    return _view(session).notes


def _texts(session: Session) -> list[str]:
    return [row.text for row in _notes(session).rows] if session.app.query(MemoryView) else []


def _heads(session: Session) -> list[str]:
    return [row.text for row in _view(session).head_list.rows]


def _row_with(session: Session, part: str) -> int:
    return next(index for index, text in enumerate(_texts(session)) if part in text)


async def _open_memory(session: Session) -> None:
    """Show the memory, at the head that has the notes on the cart."""
    await session.press("f3")
    await session.until(lambda: _texts(session))
    for _ in _view(session).head_list.rows:
        if any("cart.py" in text for text in _texts(session)):
            return
        await session.press("]")
    raise AssertionError("no head has the notes on the cart")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_heads_have_names_and_notes_are_a_tree_with_value_and_tokens(
    open_app, indexed_shop, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as session:
        await _open_memory(session)
        assert len(_heads(session)) == 8
        # Rows made before the layout have no room for their bars.
        await session.until(
            lambda: any(re.match(r"cart\.py +[━─]", text) for text in _heads(session))
        )
        assert any(text.startswith("no notes yet") for text in _heads(session))

        texts = [re.sub(r"  +", "  ", text) for text in _texts(session)]
        assert re.match(r"▾ ░ shop/ .*100% +[\d,]+$", texts[0])
        assert re.match(r"  ▾ ▒ cart\.py The cart of", texts[1])
        assert any(re.match(r"  ▾ ▓ cart\.py:1-", text) for text in texts)
        assert any(re.match(r"  █ Cart\.total Sum of", text) for text in texts)
        shown = session.text()
        assert re.search(r"Head \d · [\d,]+ of [\d,]+ tokens", shown)
        await session.until(lambda: "value  tokens" in session.text())
        _assert_cuts_are_marked(session)


def _assert_cuts_are_marked(session: Session) -> None:
    """No row fills its list to the last cell unless an ellipsis says that it goes on."""
    for rows in session.app.query(Rows):
        width = rows.scrollable_content_region.width
        for line in range(min(len(rows.rows), rows.region.height)):
            whole = rows.rows[line].text.rstrip()
            drawn = rows.render_line(line).text.rstrip()
            assert drawn == whole or drawn.endswith("…"), (drawn, whole, width)


async def test_a_note_is_shown_whole_with_its_lines_and_its_history(open_app, indexed_shop) -> None:
    async with open_app(size=(160, 40)) as session:
        await _open_memory(session)
        _notes(session).cursor = _row_with(session, "▓ cart.py:1-")
        await session.until(lambda: "chunk note, " in session.text())
        assert "[1] shop/cart.py:1-18" in session.text(), "a note says where it comes from"
        await session.until(lambda: "came into head" in session.text())
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", session.text())
        await session.press("enter")
        await session.until(lambda: session.app.main.source.is_open)
        await session.until(lambda: "The cart of a shop." in session.text())


async def test_branches_fold_and_left_leads_to_the_heads(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await _open_memory(session)
        notes = _notes(session)
        before = len(notes.rows)
        notes.focus()
        notes.cursor = 0
        await session.press("space")
        assert len(notes.rows) < before
        await session.press("space")
        assert len(notes.rows) == before
        await session.press("left", "left")
        await session.until(lambda: session.app.focused is _view(session).head_list)
        await session.press("right")
        assert session.app.focused is notes


async def test_what_was_folded_stays_so_and_what_is_new_is_open(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    async with open_app(size=(120, 30)) as session:
        await _open_memory(session)
        notes = _notes(session)
        notes.focus()
        notes.cursor = 0
        await session.press("space")
        await session.until(lambda: not any("cart.py" in text for text in _texts(session)))
        with open_store(shop.root / ".git" / "repo-mhm") as store:
            content = store.chunks()[0].chunk.content_id
            first, head = store.next_note_id(), _view(session).head_list.cursor
            note = Note(first, head, SYMBOL, "fresh", "new/a.py", "x", 5, (content,), "read", 1)
            store.record(Step(head, "note", "", "new/a.py", "read", (note,), ()), "scripted-1")
        session.app.main.views.reload()
        await session.until(lambda: any("fresh" in text for text in _texts(session)))
        assert not any("cart.py" in text for text in _texts(session))


async def test_m_goes_to_the_notes_that_an_answer_used(open_app, indexed_shop) -> None:
    async with open_app(size=(160, 40)) as session:
        await session.ask("how is the total computed?")
        await session.press("ctrl+up", "m")
        await session.until(lambda: _current_look(session) == "highlighted")
        assert session.app.focused is _notes(session)
        lit = [row for row in _notes(session).rows if row.look == "highlighted"]
        assert any("cart.py" in row.text for row in lit)
        first = _current(session)
        await session.press("n")
        await session.until(lambda: _current(session) != first)
        assert _current_look(session) == "highlighted"


def _current(session: Session) -> Row | None:
    return _notes(session).current if session.app.query("MemoryView #notes") else None


def _current_look(session: Session) -> str:
    row = _current(session)
    return row.look if row is not None else ""


async def test_m_scrolls_to_a_note_far_down(open_app, indexed_shop, shop: TestRepo) -> None:
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        content = store.chunks()[0].chunk.content_id
        first = store.next_note_id()
        notes = tuple(
            Note(first + n, 0, SYMBOL, f"f{n}", f"a/{n}.py", "x", 5, (content,), "read", 100 - n)
            for n in range(80)
        )
        store.record(Step(0, "note", "", "a/1.py", "read", notes, ()), "scripted-1")
    async with open_app(size=(100, 24)) as session:
        await session.ask("how is the total computed?")
        await session.press("ctrl+up", "m")
        await session.until(lambda: _current_look(session) == "highlighted")
        assert _notes(session).cursor > 80
        await session.until(lambda: "◂" in session.text())


async def test_m_says_so_where_no_note_was_used(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f3")
        await session.until(lambda: _texts(session))
        session.state.memory.used_citations = (Citation(Location("elsewhere.py", 1, 2)),)
        session.app.main.views.show_used()
        await session.until(lambda: "no note on what this answer used" in session.text())
        await session.press("n")
        await session.until(lambda: "used no note" in session.text())


async def test_notes_are_searched_as_one_types_with_a_count(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f3")
        await session.until(lambda: _texts(session))
        await session.press("slash")
        results = _view(session).search.results
        await session.until(lambda: results.rows, seconds=60)
        everything = len(results.rows)
        session.app.focused.value = "car"
        await session.until(lambda: 0 < len(results.rows) < everything)
        assert any(row.key.path == "shop/cart.py" for row in results.rows[:2])
        assert f"{len(results.rows)} notes" in session.text()
        session.app.focused.value = "nothing like this"
        await session.until(lambda: "No note has “nothing like this”." in session.text())
        assert not results.rows
        session.app.focused.value = "cart"
        await session.until(lambda: results.rows)
        await session.press("down", "down")
        await session.until(lambda: results.has_focus and results.cursor == 1)
        await session.press("escape")
        await session.until(lambda: _notes(session).has_focus)


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
            await session.until(lambda: len(_texts(session)) > 2000)
            session.state.memory.used_citations = tuple(
                Citation(Location("shop/cart.py", line, line)) for line in range(1, 9)
            )
            session.app.main.views.highlight_used()
            await session.until(
                lambda: any(row.look == "highlighted" for row in _notes(session).rows)
            )
        assert ticks.worst < ticks.limit
        rows = _notes(session)
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
        assert rows.cursor > 100
        assert rendered < 40 * 8 * 4, "only what is seen is rendered"
        assert spent < ticks.limit


async def test_notes_that_arrive_while_memory_is_shown_can_be_walked_through(open_app) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f3")
        await session.until(lambda: any("▒" in text for text in _texts(session)))
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "done")
        await _open_memory(session)
        await session.until(lambda: any("▓" in text for text in _texts(session)))
        await session.until(lambda: isinstance(session.app.focused, Rows))
        _notes(session).focus()
        await session.press("down")
        await session.until(lambda: " note, " in session.text())
        await session.press("escape")
        await session.until(lambda: session.app.main.views.shown == "chat")


async def test_the_notes_get_the_focus_before_they_are_laid_out(open_app, indexed_shop) -> None:
    """The palette lays nothing out while it closes; without focus no key of the memory works."""
    async with open_app() as session:
        with session.app.batch_update():
            await session.app.action_view("memory")
            await session.until(lambda: session.app.main.query("#notes"))
            await asyncio.sleep(0.2)
        await session.until(lambda: "[ ] Heads" in session.text())


async def test_heads_that_are_read_before_the_layout_are_fitted_with_it(
    open_app, indexed_shop
) -> None:
    async with open_app(size=(200, 60)) as session:
        await _open_memory(session)
        await session.until(lambda: any("cart.py " in text for text in _heads(session)))
        fitted = _heads(session)
        _view(session).head_list.show_rows([Row((("cart.…", ""),))])
        _view(session).head_list.on_resize()
        await session.until(lambda: _heads(session) == fitted)


@pytest.mark.parametrize(
    ("key", "said"), [("f3", "reading the memory …"), ("f4", "reading the map")]
)
async def test_a_view_says_that_it_is_being_read(
    open_app, indexed_shop, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    gate = threading.Event()
    read_store = BackgroundReader.read_store

    async def gated(self: BackgroundReader, function):  # type: ignore[no-untyped-def]
        await asyncio.to_thread(gate.wait, PATIENCE)
        return await read_store(self, function)

    async with open_app() as session:
        monkeypatch.setattr(BackgroundReader, "read_store", gated)
        await session.press(key)
        await session.until(lambda: said in session.text())
        gate.set()
        await session.until(lambda: said not in session.text() and "cart.py" in session.text())
