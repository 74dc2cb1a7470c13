"""Asking: streamed answers, cancelling, follow-ups, copying, asking again, and what is kept."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from repo_mhm.commands.sessions import new_name, saved_turns
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.errors import EngineError
from repo_mhm.store import open_store
from tests.tui.conftest import Script, TestRepo


async def test_an_answer_streams_in_with_numbered_citations(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        script.answer_gate.clear()
        await session.ask("how is the total computed?", wait=False)
        await session.until(lambda: "reading" in session.text())
        script.answer_gate.set()
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: not exchange.unfinished)
        assert exchange.answer.startswith(script.answer)
        shown = session.text()
        assert exchange.question == "how is the total computed?"
        assert "TAX_RATE added. [1]" in shown
        assert "[1] shop/cart.py:" in shown
        assert exchange.citations
        for citation in exchange.citations:
            assert citation.location.path in {"shop/cart.py", "shop/stock.py", "README.md"}


async def test_what_nothing_supports_and_unknown_names_are_marked(open_app, indexed_shop) -> None:
    async with open_app() as session:
        await session.ask("how is the total computed?")
        assert "too. [?]" in session.text()
        assert "unknown here: frobnicate_everything" in session.text()


async def test_escape_stops_an_answer_at_once_and_keeps_what_was_shown(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        script.answer = "First sentence about the cart. " + "word " * 300
        script.answer_gate.clear()
        await session.ask("how is the total computed?", wait=False)
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: "searching" not in session.text())
        await session.press("escape")
        await session.until(lambda: not exchange.unfinished)
        await session.until(lambda: "stopped" in session.text())
        script.answer_gate.set()
        script.answer = "`Cart.total` adds the tax rate."
        await session.ask("how is the total computed?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)
        assert exchange.answer == ""


async def test_a_question_behind_another_says_that_it_waits_for_it(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app(size=(100, 40)) as session:
        script.answer_gate.clear()
        await session.ask("how is the total computed?", wait=False)
        await session.ask("what does reserve set aside?", wait=False)
        await session.until(lambda: "waiting for the answer before it" in session.text())
        script.answer_gate.set()
        await session.until(lambda: not session.chat.unfinished)
        assert "waiting for the answer" not in session.text()


async def test_a_stopped_answer_is_kept_as_far_as_it_came(
    open_app, indexed_shop, script: Script, shop: TestRepo
) -> None:
    script.answer = "The cart holds items. " + "More words about the cart follow here, " * 200
    async with open_app() as session:
        script.answer_gate.clear()
        script.free = 30
        await session.ask("what is in the cart?", wait=False)
        exchange = session.chat.exchanges[-1]
        await session.until(lambda: len(exchange.answer) > 100)
        await session.press("escape")
        await session.until(lambda: "stopped" in session.text())
        name = session.state.conversation
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        kept = saved_turns(store, name)
    assert len(kept) == 1
    assert kept[0].result["interrupted"]
    assert kept[0].answer.startswith("The cart holds items.")


async def test_follow_ups_carry_the_conversation(open_app, indexed_shop, script: Script) -> None:
    async with open_app() as session:
        await session.ask("what does Cart.total do?")
        await session.ask("and what does Cart.add do?")
        asked = [prompt for prompt in script.engines[-1].prompts if prompt.slots[0].stop == ""]
        assert [turn.question for turn in asked[-1].history] == ["what does Cart.total do?"]
        await session.press("ctrl+n")
        await session.until(lambda: not session.chat.exchanges)
        await session.ask("what does reserve do?")
        assert [prompt for prompt in script.engines[-1].prompts if prompt.slots[0].stop == ""][
            -1
        ].history == ()


async def test_answers_are_copied_edited_and_asked_again_with_keys(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        await session.ask("what does Cart.total do?")
        await session.press("ctrl+up", "y")
        answer = session.chat.exchanges[-1].answer
        assert answer.startswith(script.answer)
        await session.until(lambda: session.app.clipboard == answer)
        await session.press("ctrl+e")
        await session.until(lambda: session.chat.prompt.text == "what does Cart.total do?")
        assert session.app.focused is session.chat.prompt
        session.chat.prompt.clear()
        await session.press("ctrl+up", "ctrl+g")
        await session.until(lambda: "Ask again with" in session.text())
        await session.press("enter")
        await session.until(lambda: len(session.chat.exchanges) == 2)
        assert session.chat.exchanges[-1].question == "what does Cart.total do?"


async def test_several_lines_can_be_asked(open_app, indexed_shop, script: Script) -> None:
    async with open_app() as session:
        await session.press("a", "ctrl+j", "b", "enter")
        await session.until(lambda: session.chat.exchanges)
        assert session.chat.exchanges[-1].question == "a\nb"


async def test_history_is_kept_across_runs_and_shown_with_its_citations(
    open_app, indexed_shop
) -> None:
    async with open_app() as session:
        await session.ask("how is the total computed?")
        before = session.text()
        cited = list(session.chat.exchanges[-1].citations)
    async with open_app() as session:
        await session.until(lambda: session.chat.exchanges)
        await session.until(lambda: "to the first word" in session.text())
        assert list(session.chat.exchanges[-1].citations) == cited
        for line in ("TAX_RATE added. [1]", "too. [?]"):
            assert line in before
            assert line in session.text()


async def test_sessions_are_renamed_exported_opened_and_deleted(
    open_app, indexed_shop, shop: TestRepo, tmp_path
) -> None:
    async with open_app() as session:
        await session.ask("how is the total computed?")
        await session.press("ctrl+r")
        await session.until(lambda: "Conversations" in session.text())
        await session.press("r")
        await session.until(lambda: "Rename" in session.text())
        await session.fill("totals")
        await session.until(lambda: session.state.conversation == "totals")
        await session.until(lambda: "Conversations" in session.text())
        await session.press("x")
        await session.until(lambda: "Export to" in session.text())
        await session.fill(str(tmp_path / "out.md"))
        await session.until(lambda: (tmp_path / "out.md").exists())
        text = (tmp_path / "out.md").read_text()
        assert text.startswith("# totals\n\n## how is the total computed?\n")
        assert "- `shop/cart.py:" in text

        await session.press("ctrl+n")
        await session.until(lambda: not session.chat.exchanges)
        await session.press("ctrl+r")
        await session.until(lambda: "Conversations" in session.text())
        await session.press("enter")
        await session.until(lambda: session.chat.exchanges)
        assert session.state.conversation == "totals"

        await session.press("ctrl+r")
        await session.until(lambda: "Conversations" in session.text())
        await session.press("d")
        await session.until(lambda: "Delete “totals”?" in session.text())
        await session.press("y")
        await session.until(lambda: "None yet." in session.text())
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        assert store.sessions() == []


async def test_a_session_that_nobody_named_is_called_by_its_first_question(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    name = new_name()
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        store.add_turn(name, "who calls reserve?", "Nobody.", {})
        store.add_turn(name, "and why?", "It is new.", {})
    async with open_app(size=(120, 30)) as session:
        await session.until(lambda: "who calls reserve?" in session.text().splitlines()[0])
        assert session.state.conversation == name
        await session.press("ctrl+r")
        await session.until(lambda: "Conversations" in session.text())
        assert name not in session.text()
        (row,) = (line for line in session.text().splitlines() if "2 questions" in line)
        assert row.count("who calls reserve?") == 1
        await session.press("d")
        await session.until(lambda: "Delete “who calls reserve?”?" in session.text())


async def test_escape_stops_the_answer_and_the_questions_behind_it(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        script.answer_gate.clear()
        for question in ("how is the total computed?", "what does reserve do?"):
            await session.ask(question, wait=False)
        await session.press("escape")
        first, second = session.chat.exchanges
        await session.until(lambda: not first.unfinished and not second.unfinished)
        script.answer_gate.set()
        await session.ask("what is in the cart?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)
        assert [first.answer, second.answer] == ["", ""]


async def test_an_answer_can_be_stopped_from_memory_too(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        script.answer_gate.clear()
        await session.ask("how is the total computed?", wait=False)
        await session.press("f3")
        await session.until(lambda: "[ ] Heads" in session.text())
        await session.press("escape")
        await session.until(lambda: not session.chat.exchanges[-1].unfinished)
        assert session.app.main.views.shown == "memory"
        script.answer_gate.set()


async def test_the_time_waited_for_an_answer_is_shown(
    open_app, indexed_shop, script: Script
) -> None:
    async with open_app() as session:
        script.answer_gate.clear()
        await session.ask("how is the total computed?", wait=False)
        exchange = session.chat.exchanges[-1]
        exchange._asked_at -= 41
        await session.until(lambda: "… 42 s" in session.text() or "… 43 s" in session.text())
        script.answer_gate.set()
        await session.until(lambda: not exchange.unfinished)
        await session.until(lambda: "…" not in session.text())


async def test_a_question_asked_before_the_last_conversation_is_read_is_kept(
    open_app, indexed_shop, shop: TestRepo
) -> None:
    async with open_app() as session:
        session.state.conversation = ""
        await session.ask("how is the total computed?")
        assert session.state.conversation
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        assert [stored.name for stored in store.sessions()] == [session.state.conversation]


async def test_errors_are_shown_with_what_to_do(
    open_app, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> ScriptedEngine:
        raise EngineError("the model cannot be loaded", hint="Run: repo-mhm doctor")

    async with open_app() as session:
        monkeypatch.setattr(session.app.worker._loader, "answering_engine", refuse)
        await session.ask("what does Cart.total do?")
        await session.until(lambda: "the model cannot be loaded" in session.text())
        assert "Run: repo-mhm doctor" in session.text()


async def test_why_no_model_answered_stands_below_the_answer(
    open_app, indexed_shop, script: Script
) -> None:
    script.missing = True
    async with open_app(size=(120, 30)) as session:
        await session.ask("how is the total computed?")
        why = "! the model is not on this machine, so no model was asked. /model gets one."
        await session.until(lambda: why in session.text())
        assert not session.app.screen.query(Toast), "nothing covers the locations"
    async with open_app(size=(120, 30)) as session:
        await session.until(lambda: "/model gets one." in session.text())


async def test_code_answers_while_the_model_is_opened(
    open_app, indexed_shop, script: Script
) -> None:
    script.open_gate.clear()
    async with open_app() as session:
        await session.ask("where is Cart?")
        assert session.chat.exchanges[-1].is_exact
        await session.app.ask("how is the total computed?")
        await session.until(lambda: "opening the model …" in session.text())
        assert "Best locations" in session.text()
        script.open_gate.set()
        await session.until(lambda: not session.chat.exchanges[-1].unfinished)
        assert session.chat.exchanges[-1].answer.startswith(script.answer)
        assert len(script.engines) == 1


async def test_a_model_that_cannot_be_opened_is_reported_and_tried_again(
    open_app, indexed_shop, script: Script
) -> None:
    script.broken = True
    async with open_app(size=(120, 30)) as session:
        await session.until(lambda: "the model cannot be loaded" in session.text())
        assert "scripted cannot be opened" in session.text().splitlines()[-2]
        script.broken = False
        await session.ask("how is the total computed?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)


async def test_an_edit_while_the_chat_is_open_is_part_of_the_next_answer(
    open_app, indexed_shop, script: Script, shop: TestRepo
) -> None:
    async with open_app() as session:
        shop.write({"shop/gift.py": "def wrap_gift(item):\n    return ['ribbon', item]\n"})
        await session.ask("what does wrap_gift return, and why?")
        prompts = [prompt for engine in script.engines for prompt in engine.prompts]
        assert any("ribbon" in prompt.user for prompt in prompts)
