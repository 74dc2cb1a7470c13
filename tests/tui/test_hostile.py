"""Text that would do harm if it were interpreted."""

from __future__ import annotations

import pytest
from textual.events import Paste

from repo_mhm.memory.notes import CHUNK, Note, Step
from repo_mhm.store import open_store
from tests.conftest import MakeRepo
from tests.tui.conftest import Script, Session
from tui import events
from tui.citation_marks import NumberedCitations, mark, parser, with_marks
from tui.safe_text import safe_text, single_line

pytestmark = pytest.mark.slow

EVIL = (
    "a\x1b[31mred\x1b[0m [bold]loud[/bold] [@click=app.quit]x[/] \u202egnp.exe"
    " <b>html</b> &#x202e; \x07 \ue000 1"
)


@pytest.mark.parametrize("take", [safe_text, single_line])
def test_controls_overrides_and_private_marks_become_visible(take) -> None:
    shown = take(EVIL)
    for bad in "\x1b\x07\u202e\ue000":
        assert bad not in shown
    assert "\\x1b[31mred" in shown
    assert "[bold]loud[/bold]" in shown


def test_links_images_html_and_entities_are_shown_as_written() -> None:
    text = (
        "[a](http://x) ![i](http://y) <b>z</b> &#x202e; <http://w>\n\n"
        "[r]: http://q\n\n<script>\n\nhttps://v.example"
    )
    tokens = [token for block in parser().parse(text) for token in [block, *(block.children or [])]]
    assert {token.type for token in tokens} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "softbreak",
    }
    shown = "".join(token.content for token in tokens if token.type == "text")
    for piece in (
        "[a](http://x)",
        "![i](http://y)",
        "<b>z</b>",
        "&#x202e;",
        "[r]: http://q",
        "<script>",
    ):
        assert piece in shown


def test_an_answer_cannot_forge_a_mark() -> None:
    forged = with_marks(f"see {mark('7')}", [], NumberedCitations())
    assert not any(
        child.type == "link_open"
        for block in parser().parse(forged)
        for child in block.children or []
    )


async def test_an_answer_with_markup_and_escapes_is_shown_as_text(
    open_app, indexed_shop, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_mhm.answer.stream.MAX_UNSUPPORTED", 99)
    script.answer = (
        f"{EVIL}\n\n| a | b |\n|---|---|\n| [red]x[/red] | \x1b[2J |\n\n"
        "```py\nx = '\x1b[31m[bold]'\n```"
    )
    async with open_app(size=(120, 80)) as session:
        await session.ask("what does Cart.total do?")
        # Code blocks are drawn a moment after the text around them.
        await session.until(lambda: "\\x1b[31m[bold]" in session.text())
        shown = session.text()
        assert "\\x1b[31mred\\x1b[0m [bold]loud[/bold] [@click=app.quit]x[/]" in shown
        assert "<b>html</b> &#x202e;" in shown
        assert "[red]x[/red]" in shown
        assert "\x1b" not in shown


async def test_what_is_pasted_or_edited_again_shows_no_control_characters(
    open_app, indexed_shop, shop
) -> None:
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        store.add_turn("s", f"old {EVIL}", "An answer.", {})
    async with open_app() as session:
        prompt = session.chat.prompt
        session.app.post_message(Paste(f"one\r\ntwo\rthree {EVIL}"))
        await session.until(lambda: "loud" in prompt.text)
        assert prompt.text.splitlines()[:2] == ["one", "two"]
        assert _is_safe(session)
        prompt.clear()
        await session.until(lambda: session.chat.exchanges)
        await session.press("ctrl+up", "ctrl+e")
        await session.until(lambda: "old" in prompt.text)
        assert _is_safe(session)


async def test_sessions_with_hostile_names_are_shown_renamed_and_deleted(
    open_app, indexed_shop, shop, tmp_path
) -> None:
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        store.add_turn(EVIL, EVIL, EVIL, {})
    async with open_app(size=(140, 30)) as session:
        await session.until(lambda: "loud" in session.text())
        for keys, expected in (
            ("ctrl+r", "Conversations"),
            ("r", "Rename"),
            ("escape", "Conversations"),
            ("d", "Del"),
        ):
            await session.press(keys)
            await session.until(lambda expected=expected: expected in session.text())
            assert _is_safe(session)
        await session.press("n")
        await session.until(lambda: "Conversations" in session.text())
        await session.press("r")
        await session.until(lambda: "Rename" in session.text())
        await session.press("enter")
        await session.until(lambda: "Conversations" in session.text())
        assert session.state.conversation == EVIL, "what was not changed is not renamed"
        await session.press("x")
        await session.until(lambda: "Export to" in session.text())
        await session.fill(str(tmp_path / "a\x1b[31m[bold].md"))
        await session.until(lambda: "Written:" in session.text())
        assert _is_safe(session)
        assert [
            notice.message.endswith("a\\x1b[31m[bold].md") for notice in session.app._notifications
        ] == [True]


async def test_notes_models_and_errors_are_shown_as_text(
    open_app, indexed_shop, shop, script: Script
) -> None:
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        content = store.chunks()[0].chunk.content_id
        note = Note(
            store.next_note_id(),
            0,
            CHUNK,
            "README.md:1-3",
            "README.md",
            EVIL,
            5,
            (content,),
            "read",
            1,
        )
        store.record(Step(0, "note", "", "README.md", "read", (note,), ()), "scripted-1")
    async with open_app(size=(160, 30), overrides={"model": EVIL}) as session:
        await session.press("f3")
        await session.until(lambda: "[bold]loud" in session.text())
        assert _is_safe(session)
        for event, expected in (
            (events.EngineOpened(EVIL, EVIL, True), "· a\\x1b[31mre"),
            (events.JobFailed("index", EVIL, EVIL), "▌ a\\x1b[31mred"),
            (events.ModelLoading(EVIL), "· loading a\\x"),
        ):
            session.app._post(event)
            await session.until(lambda expected=expected: expected in session.text())
            assert _is_safe(session)
        session.app._post(events.ModelMissing(EVIL, EVIL, EVIL, 0, "", False))
        await session.until(lambda: "Welcome" in session.text())
        assert _is_safe(session)
        await session.press("escape", "f9")
        await session.until(lambda: "Seconds to the first word" in session.text())
        assert "loud" in session.text()
        assert _is_safe(session)


def _is_safe(session: Session) -> bool:
    return not any(bad in session.text() for bad in "\x1b\x07\u202e\ue000\x9b")


async def test_names_of_files_and_questions_are_shown_as_text(
    make_repo: MakeRepo, open_app
) -> None:
    name = "src/[red]\x1b[31m\u202eevil.py"
    repo = make_repo(
        {name: "def total():\n    '''The total of [bold]everything[/bold].'''\n    return 1\n"},
        name="[b]x",
    )
    async with open_app(path=repo.root, size=(120, 40)) as session:
        await session.index()
        assert "[b]x @" in session.text()
        await session.press("f4")
        await session.until(lambda: "evil." in session.text())
        assert "[red]" in session.text()
        await session.press("down", "enter")
        await session.until(lambda: "[bold]everything[/bold]" in session.text())
        await session.press("escape", "f3")
        await session.until(lambda: "total" in session.text())
        await session.press("escape", "f2")
        await session.ask("[bold]what[/bold] is the total \x1b[31m?")
        shown = session.text()
        assert "› [bold]what[/bold]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
