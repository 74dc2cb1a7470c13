"""The review view: findings beside the diff, the editor, the baseline."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from repo_mhm.review import BASELINE
from repo_mhm.source.diff_parsing import parse
from tests.tui.conftest import CART, Session, TestRepo
from tui.review import ReviewView
from tui.review_rows import DiffPlace, diff_rows
from tui.rows import Rows

CHANGED = CART.replace("def add(self, name, price):", "def add(self, name, price, currency):")
BUY = "from shop.cart import Cart\n\n\ndef buy(name):\n    Cart().add(name, 3)\n"


@pytest.fixture
def changed_shop(shop: TestRepo) -> TestRepo:
    shop.commit({"shop/buy.py": BUY})
    shop.write({"shop/cart.py": CHANGED})
    return shop


async def _reviewed(session: Session, key: str = "f6") -> ReviewView:
    await session.press(key)
    await session.until(lambda: "finding" in session.text().splitlines()[1])
    return session.app.main.query_one(ReviewView)


async def test_findings_lie_beside_the_diff(open_app, changed_shop: TestRepo) -> None:
    async with open_app(size=(140, 30)) as session:
        view = await _reviewed(session)
        shown = session.text()
        assert "all that is not committed · 1 file · 1 finding" in shown
        assert "✗ shop/cart.py:12" in shown
        assert "+    def add(self, name, price, currency):" in shown
        diff = view.query_one("#diff", Rows)
        assert isinstance(diff.current.key, DiffPlace)
        assert diff.current.key.finding is not None, "the diff is at the finding"
        await session.press("enter")
        source = session.app.main.source
        await session.until(lambda: source.is_open)
        assert source.citations[0].location.path == "shop/buy.py"


async def test_what_was_not_reviewed_is_listed_with_its_reason(
    open_app, changed_shop: TestRepo
) -> None:
    changed_shop.write({"shop/logo.png": b"\x89PNG\r\n\x1a\n\0\0"})
    changed_shop.git("add", "--all")
    async with open_app(size=(140, 30)) as session:
        await _reviewed(session)
        shown = session.text()
        assert "1 finding · 1 not reviewed" in shown
        assert "○ shop/logo.png binary" in shown
        await session.press("down")
        await session.until(lambda: "shop/logo.png was not reviewed: binary" in session.text())


async def test_what_is_not_staged_leads_to_reviewing_commits(open_app, shop: TestRepo) -> None:
    async with open_app(size=(140, 30)) as session:
        await _reviewed(session)
        assert "r reviews commits, such as HEAD~1..HEAD" in session.text()


async def test_the_editor_opens_at_the_finding(
    open_app, changed_shop: TestRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "tui.main_screen.editor_command", lambda root, path, line: opened.append((path, line))
    )
    # Git runs by the module itself.
    runs_nothing = SimpleNamespace(run=lambda *_, **__: None)
    monkeypatch.setattr("tui.main_screen.subprocess", runs_nothing)
    async with open_app(size=(140, 30)) as session:
        monkeypatch.setattr(session.app, "suspend", nullcontext)
        await _reviewed(session)
        await session.press("e")
        await session.until(lambda: opened)
        assert opened == [("shop/cart.py", 12)]


async def test_ignoring_writes_the_baseline(open_app, changed_shop: TestRepo) -> None:
    async with open_app(size=(140, 30)) as session:
        await _reviewed(session)
        await session.press("i")
        await session.until(lambda: "0 findings · 1 ignored" in session.text())
        listed = json.loads((changed_shop.root / BASELINE).read_text())["fingerprints"]
        assert ["shop/cart.py: signature" in text for text in listed.values()] == [True]
        await session.press("w")
        await session.until(lambda: "1 ignored" in session.text() and "2 files" in session.text())


async def test_what_is_staged_and_a_range_are_reviewed(open_app, changed_shop: TestRepo) -> None:
    async with open_app(size=(100, 30)) as session:
        await _reviewed(session)
        await session.press("s")
        await session.until(lambda: "Nothing has changed." in session.text())
        await session.press("r")
        await session.until(lambda: "A range of commits" in session.text())
        await session.fill("HEAD~1..HEAD")
        await session.until(lambda: "HEAD~1..HEAD · 1 file" in session.text())
        await session.press("r")
        await session.until(lambda: "A range of commits" in session.text())
        await session.fill("nonsense..HEAD")
        await session.until(lambda: "Not reviewed" in session.text())


async def test_the_command_names_the_change(open_app, changed_shop: TestRepo) -> None:
    async with open_app(size=(140, 30)) as session:
        session.chat.prompt.text = "/review HEAD~1..HEAD"
        await session.press("enter")
        await session.until(lambda: "HEAD~1..HEAD · 1 file" in session.text())


def test_hostile_lines_are_shown_as_text() -> None:
    text = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+\tred \x1b[31m\n"
    rows = diff_rows(parse(text), ())
    assert rows[-1].text.strip().endswith("+    red \\x1b[31m")


async def test_a_review_that_ends_late_takes_no_focus(open_app, changed_shop: TestRepo) -> None:
    async with open_app(size=(140, 30)) as session:
        await session.press("f6", "f2")
        view = session.app.main.query_one(ReviewView)
        await session.until(lambda: view.query_one("#diff", Rows).current is not None)
        assert session.chat.prompt.has_focus
