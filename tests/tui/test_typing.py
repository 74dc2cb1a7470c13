"""Typing: commands, completions, earlier questions, letters on an answer, models to choose from."""

from __future__ import annotations

import pytest

from repo_mhm.store import open_store
from tests.tui.conftest import Script, Session, TestRepo
from tui.completions import Typed, typed_word
from tui.letters import ALONE_SECONDS
from tui.locations import AnswerRows
from tui.prompt_commands import command_named, parse_command


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("/help", ("help", "")),
        ("/review main..HEAD ", ("review", "main..HEAD")),
        ("/deep how\nis it", ("deep", "how\nis it")),
        ("/etc/hosts is read where?", None),
        ("what is /help", None),
    ],
)
def test_a_command_is_told_from_a_question(text: str, parsed: tuple[str, str] | None) -> None:
    assert parse_command(text) == parsed


def test_a_command_is_named_by_its_beginning() -> None:
    assert [getattr(command_named(name), "name", None) for name in ("rev", "re", "", "mo")] == [
        "review",
        None,
        None,
        "model",
    ]


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("/re", Typed("command", "re", 0)),
        ("who calls @Cart.to", Typed("name", "Cart.to", 10)),
        ("mail me@example.org", None),
        ("/source shop/c", Typed("name", "shop/c", 8)),
        ("@cart.py what", None),
    ],
)
def test_the_word_that_is_typed_is_completed(line: str, typed: Typed | None) -> None:
    assert typed_word(line) == typed


async def test_the_first_line_names_the_conversation(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    async with open_app() as session:
        await session.until(lambda: session.chat._knows_names)
        await session.ask("who calls Cart.total?\nand why")
        assert session.state.conversation == "who calls Cart.total?"
        await session.press("ctrl+n")
        await session.until(lambda: not session.chat.exchanges)
        await session.ask("who calls Cart.total?")
        assert session.state.conversation == "who calls Cart.total? (2)"
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        assert [stored.name for stored in store.sessions()] == [
            "who calls Cart.total? (2)",
            "who calls Cart.total?",
        ]


async def test_up_goes_back_through_the_questions_and_loses_nothing(open_app, indexed_shop) -> None:
    async with open_app() as session:
        for question in ("where is Cart?", "where is reserve?"):
            await session.ask(question)
        prompt = session.chat.prompt
        seen = []
        for key in ("up", "up", "up", "down", "down"):
            await session.press(key)
            seen.append(prompt.text)
        assert seen == [
            "where is reserve?",
            "where is Cart?",
            "where is Cart?",
            "where is reserve?",
            "",
        ]
        prompt.edit_question("half written")
        await session.press("up")
        assert prompt.text == "half written"


async def test_letters_on_an_answer_go_to_the_prompt(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.ask("where is Cart?")
        prompt = session.chat.prompt
        for letters in ("why", "my", "yes", "k m"):
            prompt.clear()
            session.chat.exchanges[-1].focus()
            await session.press(*("space" if letter == " " else letter for letter in letters))
            await session.until(lambda letters=letters: prompt.text == letters)
            assert session.app.focused is prompt


async def test_a_letter_that_stays_alone_is_a_key_of_the_answer(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.ask("where is Cart?")
        session.chat.exchanges[-1].focus()
        await session.press("m")
        await session.until(lambda: session.app.main.views.shown == "memory")
        assert session.chat.prompt.text == ""
        assert ALONE_SECONDS < 1


async def test_exact_answers_are_rows_to_walk(open_app, indexed_shop) -> None:
    async with open_app(size=(100, 40)) as session:
        await session.ask("what is in shop/cart.py?")
        await session.press("shift+tab")
        rows = session.app.focused
        if not isinstance(rows, AnswerRows):
            await session.press("down")
            rows = session.app.focused
        assert isinstance(rows, AnswerRows)
        rows.cursor = 0
        await session.press("down", "enter")
        await session.until(lambda: session.app.main.source.is_open)
        assert session.app.main.source.index == 1
        await session.press("escape")
        await session.until(lambda: not session.app.main.source.is_open)


async def test_commands_are_completed_and_run(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.press("slash", "m", "e")
        await session.until(lambda: "/memory [WORDS]" in session.text())
        await session.press("enter")
        await session.until(lambda: session.app.main.views.shown == "memory")
        assert session.chat.prompt.text == ""
        await session.press("f2")
        await _submit(session, "/memory warehouse")
        await session.until(lambda: session.app.main.views.shown == "memory")
        await session.press("f2")
        await _submit(session, "/nonsense")
        await session.until(lambda: "There is no command /nonsense" in session.text())
        assert session.chat.prompt.text == "/nonsense", "nothing that was typed is lost"
        await _submit(session, "/source reserve")
        await session.until(lambda: session.app.main.source.is_open)
        await session.press("escape")
        await _submit(session, "/help")
        await session.until(lambda: "Everywhere" in session.text())
        await session.press("escape")
        await session.ask("where is Cart?")
        await _submit(session, "/clear")
        await session.until(lambda: not session.chat.exchanges)


async def test_files_and_symbols_are_completed_and_meant(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        session.chat.prompt.edit_question("why does @sto")
        await session.until(lambda: "shop/stock.py" in session.text())
        await session.press("tab")
        assert session.chat.prompt.text == "why does @shop/stock.py "
        session.chat.prompt.insert("set pieces aside?")
        await session.press("enter")
        await session.until(lambda: session.chat.exchanges)
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)
        assert {citation.location.path for citation in exchange.evidence} == {"shop/stock.py"}
        await session.ask("why does @reserve return a @property?")
        prompts = [prompt for engine in script.engines for prompt in engine.prompts]
        assert "`reserve` return a @property?" in prompts[-1].user


async def test_an_answer_is_asked_again_with_another_model(
    open_app, indexed_shop, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async with open_app() as session:
        find = session.app.worker._loader.find_model

        def find_model(task, name=""):  # type: ignore[no-untyped-def]
            asked.append(name)
            return find(task)

        monkeypatch.setattr(session.app.worker._loader, "find_model", find_model)
        await session.ask("where is Cart?")
        assert session.chat.exchanges[-1].is_exact
        session.chat.exchanges[-1].focus()
        await session.press("ctrl+g")
        await session.until(lambda: "Ask again with" in session.text())
        await session.press("enter")
        await session.until(lambda: len(session.chat.exchanges) == 2)
        again = session.chat.exchanges[-1]
        await session.until(lambda: not again.unfinished)
        assert again.question == "where is Cart?"
        assert again.answer.startswith(script.answer), "the model was asked, not code alone"
        assert any(asked)


async def test_questions_of_this_repository_are_suggested(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.until(lambda: "Try one of these" in session.text())
        await session.press("up", "enter")
        await session.until(lambda: session.chat.exchanges)
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)
        assert exchange.is_exact, exchange.question


async def test_search_asks_no_model(open_app, indexed_shop, script: Script) -> None:
    async with open_app() as session:
        await session.ask("/search tax rate")
        exchange = session.chat.exchanges[-1]
        assert exchange.citations
        assert not [prompt for engine in script.engines for prompt in engine.prompts]


async def test_a_question_about_a_folder_only_looks_there(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.ask("/path README.md where is Cart.total defined?")
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)
        assert exchange.question == "/path README.md where is Cart.total defined?"
        assert not exchange.citations
        assert "in README.md" in exchange.answer


async def test_a_deep_question_reads_first(open_app, indexed_shop, script: Script) -> None:
    async with open_app() as session:
        script.index_gate.clear()  # its replies come in a batch, as those of an index
        await session.ask("/deep how is the total computed?", wait=False)
        await session.until(lambda: "reading the sections that may matter" in session.text())
        script.index_gate.set()
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished and exchange.query(".summary"))
        assert session.chat.exchanges[-1].question == "how is the total computed?"
        assert session.chat.exchanges[-1].answer


async def _submit(session: Session, text: str) -> None:
    session.chat.prompt.text = text
    await session.press("enter")


async def test_a_question_typed_on_the_welcome_screen_is_asked(open_app, script: Script) -> None:
    script.missing = True
    async with open_app(welcome=True) as session:
        await session.until(lambda: "Welcome" in session.text())
        downloads: list[bool] = []
        session.app.worker.download = lambda: downloads.append(True)
        await session.press(*"who", "space", *"calls", "enter")
        await session.until(lambda: session.chat.exchanges)
        assert session.chat.exchanges[-1].question == "who calls"
        assert "Welcome" not in session.text()
        assert not downloads
