"""The map: files by value, folding, the filter, the notes under the cursor, the share read."""

from __future__ import annotations

import gc
import re

import pytest

from repo_mhm.commands.repository_map import (
    UNREAD,
    CoveredChunk,
    FileCoverage,
    RepositoryMap,
    indexed_source,
    repository_map,
)
from repo_mhm.store import open_store
from tests.tui.conftest import CART, README, Script, Session, TestRepo
from tests.tui.ticks import Ticks
from tui.map import MapView
from tui.map_tree import FILTERED_ROWS, Entry, map_row
from tui.rows import Row
from tui.tree import Node, TreeRows

pytestmark = pytest.mark.slow


def _files(session: Session) -> TreeRows:
    return session.app.query_one(MapView).files


def _texts(session: Session) -> list[str]:
    if not session.app.query(MapView):
        return []
    return [re.sub(" +", " ", row.text).strip() for row in _files(session).rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_map_as_a_picture(open_app, indexed_shop, size: tuple[int, int]) -> None:
    async with open_app(size=size) as session:
        await session.press("f4")
        await session.until(lambda: "not read 0" in session.text())
        await session.until(lambda: "tokens value" in session.text())
        patterns = (
            r"▸ README\.md \d+ \d+% ▓+",
            r"▾ shop/ \d+ \d+% 2 of 2 chunks read",
            r"▸ (cart|stock)\.py \d+ \d+% █+",
        )
        for pattern in patterns:
            assert any(re.fullmatch(pattern, text) for text in _texts(session)), _texts(session)
        assert "100% read" in session.text()


async def test_an_unread_repository_is_zero_percent_read(open_app, script: Script) -> None:
    async with open_app(size=(100, 30)) as session:
        script.index_gate.clear()
        await session.press("f4")
        await session.until(lambda: "not read 3" in session.text())
        await session.until(lambda: " 0% read" in session.text())
        assert "━" not in session.text().split("0% read")[0].splitlines()[-1]
        await session.press("f5")
        await session.until(lambda: "Reading" in session.text())
        script.index_gate.set()
        await session.until(lambda: session.state.index.phase == "done")
        await session.until(lambda: "not read 0" in session.text())
        await session.until(lambda: "100% read" in session.text())


async def test_a_file_opens_into_chunks_and_a_chunk_into_its_source(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await session.press("f4")
        await session.until(lambda: any("cart.py" in text for text in _texts(session)))
        files = _files(session)
        files.cursor = next(n for n, text in enumerate(_texts(session)) if "cart.py" in text)
        await session.until(lambda: "The cart of a shop" in session.text()), "its notes are shown"
        await session.press("right")
        await session.until(lambda: any("1-18 TAX_RATE" in text for text in _texts(session)))
        await session.press("right")
        await session.until(lambda: "shop/cart.py:1-18" in session.text())
        await session.press("enter")
        await session.until(lambda: session.app.main.source.is_open)
        citation = session.app.main.source.citations[0]
        assert (citation.location.start, citation.location.end) == (1, 18)
        await session.press("escape", "left", "left")
        await session.until(lambda: not any("1-18 TAX_RATE" in text for text in _texts(session)))


async def test_the_files_are_filtered_as_one_types(open_app, indexed_shop) -> None:
    async with open_app(size=(100, 30)) as session:
        await session.press("f4")
        await session.until(lambda: any("cart.py" in text for text in _texts(session)))
        everything = _texts(session)
        await session.press("slash")
        session.app.focused.value = "STOCK"
        await session.until(lambda: "1 of 3 files" in session.text())
        assert not any("cart.py" in text for text in _texts(session))
        session.app.focused.value = "nowhere"
        await session.until(lambda: "No path has that." in session.text())
        session.app.focused.value = "cart"
        await session.until(lambda: any("cart.py" in text for text in _texts(session)))
        await session.press("down")
        assert _files(session).has_focus
        await session.press("escape")
        await session.until(lambda: _texts(session) == everything)


async def test_a_folder_without_anything_to_read_says_so(open_app, make_repo) -> None:
    async with open_app(path=make_repo({}, name="bare").root) as session:
        await session.index()
        for key in ("f3", "f4"):
            await session.press(key)
            await session.until(lambda: "There is nothing here to read" in session.text())
        await session.until(lambda: "Nothing to read" in session.text())


async def test_a_map_of_200_000_chunks_never_holds_the_loop(
    open_app, indexed_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = tuple(CoveredChunk(1 + 50 * n, 50 + 50 * n, 900, UNREAD) for n in range(10))
    paths = sorted(f"src/p{n % 40}/m{n % 400}/file{n}.py" for n in range(20_000))
    covers = RepositoryMap.of(
        FileCoverage(path, chunks, 1 / (1 + n)) for n, path in enumerate(paths)
    )
    monkeypatch.setattr("repo_mhm.commands.repository_map.repository_map", lambda _: covers)
    drawn = 0

    def counted(*arguments: object) -> Row:
        nonlocal drawn
        drawn += 1
        return map_row(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("tui.map.map_row", counted)
    async with open_app(size=(120, 40)) as session:
        # What is shown first is made and styled once.
        await session.press("f4")
        await session.until(lambda: len(_files(session).rows) > 30)
        async with Ticks() as ticks:
            await session.press("slash")
            session.app.focused.value = "file1"
            await session.until(lambda: "11,111 of 20,000 files" in session.text())
            await session.until(lambda: len(_files(session).rows) > FILTERED_ROWS - 100)
            assert len(_files(session).rows) <= FILTERED_ROWS
            await session.press("down", "pagedown", "end", "home", "space")
            await session.until(lambda: len(_files(session).rows) == 1)
            before = drawn
            await session.press("space")
            await session.until(lambda: len(_files(session).rows) > FILTERED_ROWS - 100)
            assert drawn - before < 1_000, "only what is seen is drawn"
        assert ticks.worst < ticks.limit
        held = sum(isinstance(item, Node | Entry | CoveredChunk) for item in gc.get_objects())
        assert held < 30_000, "few objects, or each collection of garbage takes long"


def test_files_are_put_together_from_their_chunks(indexed_shop: TestRepo) -> None:
    with open_store(indexed_shop.root / ".git" / "repo-mhm") as store:
        for path, text in {"shop/cart.py": CART, "README.md": README}.items():
            for line in (1, 2, len(text.splitlines())):
                assert indexed_source(store, path, line).lines == tuple(text.splitlines())
        assert indexed_source(store, "gone.py").missing
        covers = repository_map(store)
        assert covers.paths == ["README.md", "shop/cart.py", "shop/stock.py"]
        (chunk,) = covers[1].chunks
        assert (chunk.start, chunk.end, chunk.level) == (1, 18, 0)
        assert UNREAD not in covers.chunk_levels and not any(covers.unread)
