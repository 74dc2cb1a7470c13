"""Citations are links: the source opens beside the chat, and the editor at the line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repo_mhm.answer.citations import Citation
from repo_mhm.errors import UsageError
from repo_mhm.location import Location
from tests.tui.conftest import CART, TestRepo
from tui.editor import editor_command
from tui.rows import Rows

pytestmark = pytest.mark.slow


def _lines(session) -> Rows:
    return session.app.main.source.lines


async def test_citations_open_beside_the_chat_with_their_lines_marked(
    open_app, indexed_shop
) -> None:
    async with open_app(size=(160, 30)) as session:
        await session.ask("how is the total computed?")
        cited = session.chat.exchanges[-1].citations
        await session.press("ctrl+up", "enter")
        await session.until(lambda: len(_lines(session).rows) > 5)
        rows = _lines(session).rows
        location = cited[0].location
        source = (CART if location.path == "shop/cart.py" else "").splitlines()
        assert f"{location}   1 of {len(cited)}" in session.text()
        assert "› how is the total computed?" in session.text(), "the chat stays beside it"
        assert [row.parts[1][0].strip() for row in rows] == [
            str(number + 1) for number in range(len(rows))
        ]
        assert ["".join(text for text, _ in row.parts[2:]) for row in rows] == source
        marked = [row.key for row in rows if row.look == "marked"]
        assert set(range(location.start, location.end + 1)) <= set(marked)
        assert any(look == "keyword" for row in rows for _, look in row.parts), (
            "it has syntax colours"
        )

        await session.press("n")
        await session.until(lambda: f"2 of {len(cited)}" in session.text())
        await session.press("p")
        await session.until(lambda: f"1 of {len(cited)}" in session.text())
        await session.press("escape")
        await session.until(lambda: not session.app.main.source.is_open)
        await session.until(lambda: session.app.focused is session.chat.prompt)


async def test_a_file_that_was_edited_is_cited_and_opens_as_it_is_now(
    open_app, indexed_shop
) -> None:
    indexed_shop.write({"shop/cart.py": f"# new above\n\n{CART}"})
    async with open_app(size=(140, 30)) as session:
        await session.ask("how is the total computed?")
        citations = session.chat.exchanges[-1].citations
        citation = next(
            citation for citation in citations if citation.location.path == "shop/cart.py"
        )
        start = citation.location.start
        assert citation.state == "current"
        index = citations.index(citation)
        await session.press("ctrl+up", "enter", *["n"] * index)
        await session.until(lambda: f"shop/cart.py:{start}" in session.text().partition("1 of")[0])
        await session.until(lambda: len(_lines(session).rows) > 5)
        rows = _lines(session).rows
        assert "".join(text for text, _ in rows[0].parts[2:]) == "# new above"
        wanted = CART.splitlines()[start - 3]
        assert "".join(text for text, _ in rows[start - 1].parts[2:]) == wanted


async def test_an_older_answer_opens_its_lines_where_they_are_now(open_app, indexed_shop) -> None:
    async with open_app(size=(140, 30)) as session:
        await session.ask("how is the total computed?")
        cited = session.chat.exchanges[-1].citations[0].location
        path = indexed_shop.root / cited.path
        path.write_text("# new above\n\n" + path.read_text())
        await session.ask("how is the total computed now?")

        await session.press("ctrl+up", "up", "enter")
        moved = f"{cited.path}:{cited.start + 2}-{cited.end + 2}"
        await session.until(lambda: moved in session.text())
        marked = [row.key for row in _lines(session).rows if row.look == "marked"]
        assert set(range(cited.start + 2, cited.end + 3)) <= set(marked)


async def test_a_click_on_a_mark_opens_its_citation(open_app, indexed_shop) -> None:
    async with open_app(size=(140, 30)) as session:
        await session.ask("how is the total computed?")
        lines = session.text().splitlines()
        row = next(
            number for number, line in enumerate(lines) if "[2]" in line and "shop/" not in line
        )
        await session.pilot.click(offset=(lines[row].index("[2]") + 1, row))
        await session.until(lambda: session.app.main.source.is_open)
        assert session.app.main.source.index == 1


async def test_a_click_on_a_citation_under_the_answer_opens_it(open_app, indexed_shop) -> None:
    async with open_app(size=(140, 30)) as session:
        await session.ask("how is the total computed?")
        await session.until(lambda: "[2] " in session.text())
        lines = session.text().splitlines()
        row = next(number for number, line in enumerate(lines) if line.strip().startswith("[2] "))
        await session.pilot.click(offset=(lines[row].index("[2]") + 6, row))
        await session.until(lambda: session.app.main.source.is_open)
        assert session.app.main.source.index == 1


async def test_an_editor_that_cannot_be_started_is_reported(
    open_app, indexed_shop, monkeypatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor")
    async with open_app() as session:
        await session.ask("how is the total computed?")
        monkeypatch.setattr(type(session.app._driver), "can_suspend", property(lambda self: True))
        await session.press("ctrl+o")
        await session.until(lambda: len(_lines(session).rows) > 5)
        await session.press("e")
        await session.until(lambda: "no-such-editor cannot be started" in session.text())


async def test_in_a_narrow_terminal_the_source_replaces_the_chat(open_app, indexed_shop) -> None:
    async with open_app(size=(80, 24)) as session:
        await session.ask("how is the total computed?")
        await session.press("ctrl+o")
        await session.until(lambda: "1 of" in session.text())
        assert "›" not in session.text()
        await session.press("escape")
        await session.until(lambda: "Ask a question" in session.text())


@pytest.mark.parametrize(
    ("editor", "expected"),
    [
        ("vim -u NONE", ["vim", "-u", "NONE", "+7", "FILE"]),
        ("", ["vi", "+7", "FILE"]),
        ("/usr/bin/code --wait", ["/usr/bin/code", "--wait", "--goto", "FILE:7"]),
        ("hx", ["hx", "FILE:7"]),
    ],
)
def test_the_editor_opens_at_the_line(editor, expected, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    (tmp_path / "-a b.py").write_text("x\n")
    file = str((tmp_path / "-a b.py").resolve())
    assert editor_command(tmp_path, "-a b.py", 7) == [
        word.replace("FILE", file) for word in expected
    ]


def test_links_that_leave_the_repository_are_not_edited(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "repo" / "link").symlink_to(tmp_path / "outside")
    for path in ("link", "../outside", "gone"):
        with pytest.raises(UsageError):
            editor_command(tmp_path / "repo", path, 1)


async def test_e_runs_the_editor(
    open_app, indexed_shop, shop: TestRepo, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\n')
    os.chmod(script, 0o755)  # noqa: PTH101
    monkeypatch.setenv("EDITOR", str(script))
    async with open_app() as session:
        await session.ask("how is the total computed?")
        monkeypatch.setattr(type(session.app._driver), "can_suspend", property(lambda self: True))
        await session.press("ctrl+o")
        await session.until(lambda: len(_lines(session).rows) > 5)
        location = session.app.main.source.citations[0].location
        await session.press("e")
        await session.until((tmp_path / "called").exists)
    assert (tmp_path / "called").read_text().split() == [
        f"+{location.start}",
        str(shop.root / location.path),
    ]


async def _open_file(session, path: str, line: int = 1) -> None:
    location = Location(path, line, line)
    await session.app.main.open_source([Citation(location)])
    await session.until(lambda: len(_lines(session).rows) > 5 and _lines(session).has_focus)


def _at(session) -> str:
    """Path and line of what the panel shows."""
    panel = session.app.main.source
    line = panel.lines.current.key if panel.lines.current else 0
    return f"{panel.stop.citation.location.path}:{line}"


async def test_d_goes_to_a_definition_and_b_and_f_back_and_forth(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await _open_file(session, "shop/cart.py", 18)
        await session.press("d")
        await session.until(lambda: _at(session) == "shop/cart.py:3")
        await session.press("b")
        await session.until(lambda: _at(session) == "shop/cart.py:18")
        await session.press("b")
        await session.until(lambda: "There is nothing before this." in session.text())
        await session.press("f")
        await session.until(lambda: _at(session) == "shop/cart.py:3")


async def test_u_lists_the_users_of_a_symbol(open_app, indexed_shop) -> None:
    async with open_app(size=(120, 30)) as session:
        await _open_file(session, "shop/cart.py", 3)
        await session.press("u")
        await session.until(lambda: "1 use of TAX_RATE" in session.text())
        assert "shop/cart.py:18  return sum(" in session.text()
        links = session.app.main.source.links
        await session.until(lambda: session.app.focused in links.query(Rows))
        await session.press("escape")
        assert not links.is_open and session.app.main.source.is_open
        await session.press("u")
        await session.until(lambda: links.is_open and session.app.focused in links.query(Rows))
        await session.press("enter")
        await session.until(lambda: _at(session) == "shop/cart.py:18")
        _lines(session).cursor = 0
        await session.press("d")
        await session.until(lambda: "No other definition is known" in session.text())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_outline_leads_to_the_symbols_of_the_file(open_app, indexed_shop, size) -> None:
    async with open_app(size=size) as session:
        await _open_file(session, "shop/cart.py", 1)
        await session.press("o")
        outline = session.app.main.source.outline
        await session.until(lambda: outline.has_focus)
        texts = [row.text for row in outline.rows]
        assert [text.split()[0] for text in texts] == [
            "TAX_RATE",
            "Cart",
            "__init__",
            "add",
            "total",
        ]
        assert [len(text) - len(text.lstrip()) for text in texts] == [0, 0, 2, 2, 2]
        assert _at(session) == "shop/cart.py:1", "it only opens"
        await session.press("end")
        await session.until(lambda: _at(session) == "shop/cart.py:16")
        assert "in Cart.total" in session.text()
        await session.press("enter")
        assert _lines(session).has_focus
        await session.press("o")
        await session.until(lambda: not outline.region)


async def test_w_wraps_long_lines_and_what_is_cut_ends_in_an_ellipsis(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    long_line = "X = [" + ", ".join(f"number_{index}" for index in range(40)) + "]"
    shop.write({"shop/long.py": f"# top\n{long_line}\nY = 1\nZ = 2\nA = 3\nB = 4\n"})
    async with open_app(size=(80, 24)) as session:
        citation = Citation(Location("shop/long.py", 2, 2), state="changed")
        await session.app.main.open_source([citation])
        await session.until(lambda: len(_lines(session).rows) == 6)
        await session.until(lambda: "number_3, number_4" in session.text())
        assert "…" in session.text() and "number_39" not in session.text()
        await session.press("w")
        await session.until(lambda: "number_39]" in session.text())
        rows = _lines(session).rows
        width = _lines(session).scrollable_content_region.width
        assert len(rows) > 6 and all(len(row.text) <= width for row in rows)
        wrapped_line = [row for row in rows if row.key == 2]
        assert "".join(row.text[4:] for row in wrapped_line) == long_line
        await session.press("down", "w")
        await session.until(lambda: len(_lines(session).rows) == 6)
        assert _lines(session).current.key == 2, "the cursor stays on its line"


async def test_numbers_go_to_citations(open_app, indexed_shop) -> None:
    async with open_app(size=(160, 30)) as session:
        places = [Location("shop/cart.py", 3, 3), Location("shop/cart.py", 16, 18)]
        await session.app.main.open_source([Citation(place) for place in places])
        await session.until(lambda: _at(session) == "shop/cart.py:3")
        assert "[1] cart.py:3  [2] cart.py:16-18" in session.text()
        marks = {row.key: row.parts[0][0] for row in _lines(session).rows}
        assert (marks[3], marks[16], marks[17], marks[5]) == ("1▌", "2▌", " ▌", "  ")
        await session.press("2")
        await session.until(lambda: _at(session) == "shop/cart.py:16")
        await session.press("3")
        assert session.app.main.source.index == 1


async def test_marked_lines_can_be_read(open_app, indexed_shop) -> None:
    async with open_app(size=(140, 30)) as session:
        await session.ask("how is the total computed?")
        await session.press("ctrl+o")
        await session.until(lambda: any(row.look == "marked" for row in _lines(session).rows))
        rows = _lines(session)
        under = next(
            index
            for index, row in enumerate(rows.rows)
            if row.look == "marked" and index != rows.cursor
        )
        for segment in rows.render_line(under - rows.scroll_offset.y):
            style = segment.style
            assert style is not None and style.color is not None and style.bgcolor is not None
            if style.dim or not segment.text.strip():
                continue
            front, back = style.color.get_truecolor(), style.bgcolor.get_truecolor()
            assert abs(sum(front) - sum(back)) > 150, segment
