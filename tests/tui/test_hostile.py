"""Text that would do harm if it were taken for more than text."""

from __future__ import annotations

import pytest

from tests.conftest import MakeRepo
from tests.tui.conftest import Script
from tui.marks import Places, harmless, mark, one_line, parser, with_marks

EVIL = "a\x1b[31mred\x1b[0m [bold]loud[/bold] [@click=app.quit]x[/] \u202egnp.exe <b>html</b> &#x202e; \x07 \ue000 1"


@pytest.mark.parametrize("take", [harmless, one_line])
def test_controls_overrides_and_private_marks_become_visible(take) -> None:
    shown = take(EVIL)
    for bad in "\x1b\x07\u202e\ue000":
        assert bad not in shown
    assert "\\x1b[31mred" in shown
    assert "[bold]loud[/bold]" in shown


def test_links_images_html_and_entities_are_shown_as_written() -> None:
    text = "[a](http://x) ![i](http://y) <b>z</b> &#x202e; <http://w>\n\n[r]: http://q\n\n<script>\n\nhttps://v.example"
    tokens = [token for block in parser().parse(text) for token in [block, *(block.children or [])]]
    assert {token.type for token in tokens} <= {"paragraph_open", "paragraph_close", "inline", "text", "softbreak"}
    said = "".join(token.content for token in tokens if token.type == "text")
    for piece in ("[a](http://x)", "![i](http://y)", "<b>z</b>", "&#x202e;", "[r]: http://q", "<script>"):
        assert piece in said


def test_an_answer_cannot_forge_a_mark() -> None:
    forged = with_marks(f"see {mark('7')}", [], Places())
    assert not any(child.type == "link_open" for block in parser().parse(forged) for child in block.children or [])


async def test_an_answer_with_markup_and_escapes_is_shown_as_text(open_app, script: Script) -> None:
    script.answer = f"{EVIL}\n\n| a | b |\n|---|---|\n| [red]x[/red] | \x1b[2J |\n\n```py\nx = '\x1b[31m[bold]'\n```"
    async with open_app(size=(120, 40)) as session:
        await session.read()
        await session.ask("what does Cart.total do?")
        shown = session.text()
        assert "\\x1b[31mred\\x1b[0m [bold]loud[/bold] [@click=app.quit]x[/]" in shown
        assert "<b>html</b> &#x202e;" in shown
        assert "[red]x[/red]" in shown
        assert "\\x1b[31m[bold]" in shown
        assert "\x1b" not in shown


async def test_names_of_files_and_questions_are_shown_as_text(make_repo: MakeRepo, open_app) -> None:
    name = "src/[red]\x1b[31m\u202eevil.py"
    repo = make_repo(
        {name: "def total():\n    '''The total of [bold]everything[/bold].'''\n    return 1\n"}, name="[b]x"
    )
    async with open_app(path=repo.root, size=(120, 40)) as session:
        await session.read()
        assert "[b]x @" in session.text()
        await session.press("f4")
        await session.until(lambda: "evil.py" in session.text())
        assert "[red]" in session.text()
        await session.press("down", "down", "enter")
        await session.until(lambda: "[bold]everything[/bold]" in session.text())
        await session.press("escape", "f3")
        await session.until(lambda: "total" in session.text())
        await session.press("escape", "f2")
        await session.ask("[bold]what[/bold] is the total \x1b[31m?")
        shown = session.text()
        assert "› [bold]what[/bold]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
