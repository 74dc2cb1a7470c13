"""The index in the background: progress, pausing, asking meanwhile, the first run, no freezing."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from repo_mhm import config, config_files
from repo_mhm.answer.model_answer import CODE_HEADING
from repo_mhm.git import state_dir
from repo_mhm.memory.index_plan import IndexPlan
from repo_mhm.memory.index_run import IndexResult
from repo_mhm.store import open_store, writer_lock
from tests.conftest import MakeRepo
from tests.tui.conftest import Script, Session, TestRepo
from tests.tui.ticks import Ticks
from tui import events
from tui.rows import Rows

pytestmark = pytest.mark.slow


async def test_pausing_keeps_what_was_read_and_the_index_resumes(
    open_app, script: Script, shop: TestRepo
) -> None:
    async with open_app() as session:
        script.index_gate.clear()
        await session.press("f5")
        await session.until(
            lambda: session.state.index.phase == "indexing" and "reading" in session.text()
        )
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "paused")
        script.index_gate.set()
        await session.index()
        await session.until(lambda: session.state.index.skimmed == session.state.index.chunks == 3)
        await session.until(lambda: "all read" in session.text())


async def test_a_question_is_answered_in_the_middle_of_an_index(open_app, script: Script) -> None:
    async with open_app() as session:
        script.index_gate.clear()
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "indexing")
        await session.ask("how is the total computed?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)
        assert session.state.index.phase == "indexing", "the index goes on"
        await session.until(lambda: "0 of 3 chunks read so far" in session.text())
        script.index_gate.set()
        await session.until(lambda: session.state.index.phase == "done")
        engine = script.engines[-1]
        submitted = [prompt for prompt in engine.prompts if prompt.slots[0].stop]
        assert len(submitted) == len({id(prompt) for prompt in submitted}), (
            "what is in flight goes on"
        )


async def test_stopping_an_answer_in_the_middle_of_an_index_costs_the_index_nothing(
    open_app, script: Script
) -> None:
    async with open_app() as session:
        script.index_gate.clear()
        script.answer_gate.clear()
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "indexing")
        await session.ask("how is the total computed?", wait=False)
        await session.until(
            lambda: "reading" in session.text() and "searching" not in session.text()
        )
        await session.press("escape")
        script.index_gate.set()
        script.answer_gate.set()
        await session.until(
            lambda: session.state.index.phase == "done" and session.state.index.skimmed == 3
        )


async def test_before_anything_is_read_answers_come_from_source(open_app, script: Script) -> None:
    async with open_app() as session:
        await session.ask("how is the total computed?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)
        assert session.chat.exchanges[-1].citations
        await session.until(lambda: "0 of 3 chunks read so far" in session.text())
        assert not session.state.index.running, "F5 begins to read"
        await session.index()


async def test_after_a_pause_before_anything_was_scanned_questions_are_answered(
    open_app, script: Script
) -> None:
    async with open_app() as session:
        session.app.worker.pause()
        await session.ask("how is the total computed?")
        assert session.chat.exchanges[-1].answer.startswith(script.answer)


async def test_an_index_in_another_process_is_reported(open_app, shop: TestRepo) -> None:
    async with open_app() as session:
        with writer_lock(shop.root / ".git" / "repo-mhm"):
            await session.press("f5")
            await session.until(lambda: session.state.index.phase == "failed")
        await session.until(lambda: "is indexing" in session.text())


async def test_the_first_run_leads_through_model_and_index(open_app, script: Script) -> None:
    script.missing = True
    async with open_app(welcome=True, size=(80, 24)) as session:
        await session.until(lambda: "Welcome" in session.text())
        fetch = "1  Download qwen2.5-coder-1.5b-instruct: 1.1 GB, Apache-2.0"
        await session.until(lambda: fetch in session.text())
        # All of it is seen, its last line too, and no button that does nothing yet.
        await session.until(lambda: "tab moves · enter presses" in session.text())
        buttons = next(line for line in session.text().splitlines() if "Later" in line)
        assert "Download the model" in buttons and "Choose a model" in buttons
        assert "Read the repository  " not in session.text()
        session.app._post(events.DownloadProgress(500_000_000, 1_000_000_000, "part 3 of 22"))
        await session.until(lambda: "50%  500.0 MB of 1.0 GB" in session.text())
        session.app._post(events.JobFailed("download", "no source serves it", "Try again."))
        await session.until(lambda: "no source serves it" in session.text())
        # The status line follows the welcome screen with the next tick.
        await session.until(lambda: "50%" not in session.text())
        assert "Stop the download" not in session.text()
        script.missing = False
        session.app._post(events.ModelDownloaded("qwen"))
        await session.until(lambda: "The model is here" in session.text())
        await session.press("enter")
        await session.until(lambda: session.state.index.phase == "done")
        assert "Ask this repository anything" in session.text()


async def test_a_download_goes_on_after_the_first_run_screen_was_left(
    open_app, script: Script
) -> None:
    script.missing = True
    async with open_app() as session:
        session.app._post(events.DownloadProgress(250_000_000, 1_000_000_000, "part 1 of 22"))
        await session.until(lambda: "download 25%" in session.text())
        session.app._post(events.JobFailed("download", "no source serves it", "Try again."))
        await session.until(lambda: "no source serves it. Try again." in session.text())
        assert "Welcome" not in session.text()


async def test_with_a_model_and_no_memory_it_offers_to_read(open_app) -> None:
    async with open_app(welcome=True) as session:
        await session.until(lambda: "The model is here" in session.text())
        await session.press("escape")
        await session.until(
            lambda: "Welcome" not in session.text() and "Ask this repository" in session.text()
        )


async def test_the_first_run_says_how_long_reading_takes(open_app) -> None:
    async with open_app(welcome=True, size=(100, 30)) as session:
        await session.until(lambda: "2  Read the repository: all of it in about" in session.text())
        await session.until(lambda: session.state.index.chunks == 3)
        assert not session.state.index.running, "it was only scanned"
        assert not session.state.index.total, "files are no steps"
        plan = IndexPlan("c", 90, 700, 0, 400_000, 7560.0, True, 60, 20_000, 240.0)
        session.app._post(events.IndexPlanned(plan))
        times = "useful in about 4 min, all of it in about 2 h 6 min"
        await session.until(lambda: times in plain(session))


async def test_another_model_asks_before_it_reads_again(
    open_app, script: Script, indexed_shop: TestRepo
) -> None:
    script.model_id = "scripted-2"
    async with open_app() as session:
        await session.until(lambda: "all read" in session.text())
        await session.press("f5")
        await session.until(lambda: "Read all of it again with scripted?" in plain(session))
        assert "made by scripted" in plain(session)
        assert session.state.index.phase == "idle"
        await session.press("n")
        await session.until(lambda: "again with" not in session.text())
        assert "all read" in session.text()
        assert not any(prompt.slots[0].stop for prompt in script.engines[-1].prompts)

        # Nothing that the other model has read is lost while this one reads.
        script.index_gate.clear()
        await session.press("f5")
        await session.until(lambda: "again with" in plain(session))
        await session.press("y")
        await session.until(lambda: session.state.index.phase == "indexing")
        assert session.state.index.skimmed == 3
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "paused")
        await session.until(lambda: "all read" in session.text())

        # It goes on with what it has begun.
        script.index_gate.set()
        await session.index()
        assert "again with" not in session.text()


def plain(session: Session) -> str:
    """What a dialog says, without its frame and what it covers."""
    return " ".join(" ".join(re.findall("│(.*?)│", session.text())).split())


RESULT = IndexResult("c", 9, 0, 0, 0, 0.0, "done", 9, 30, 9.0, 900, 90, 0, "scripted")


async def test_after_what_adds_most_the_next_reading_is_of_all(open_app) -> None:
    async with open_app() as session:
        index = session.state.index
        left = replace(RESULT, left=600, left_seconds=7200.0, ended="useful")
        session.app._post(events.IndexAdvanced(left))
        await session.until(lambda: "F5 reads" in session.text())
        assert "F5 reads it all, in about 2 h" in index.detail
        assert index.read_all
        await session.press("f5")
        await session.until(lambda: index.phase == "done" and not index.left)
        assert not index.read_all


async def test_settings_are_written_to_the_users_file(open_app) -> None:
    async with open_app(size=(80, 24)) as session:
        await session.press("f9")
        await session.until(lambda: "Seconds to the first word" in session.text())
        assert "Save" in session.text()
        field = session.app.screen.query_one("#first_token_seconds")
        field.value = "9"
        session.app.screen.query_one("#heads").value = "4"
        await session.press("ctrl+s")
        await session.until(
            lambda: config_files.user_file().exists() and config.load().first_token_seconds == 9
        )
        await session.until(lambda: config.load().heads == 4)


async def test_settings_with_a_wrong_value_are_not_written_and_stay_on_the_screen(
    open_app,
) -> None:
    async with open_app(size=(100, 30)) as session:
        await session.press("f9")
        await session.until(lambda: "Seconds to the first word" in session.text())
        session.app.screen.query_one("#first_token_seconds").value = "9"
        session.app.screen.query_one("#heads").value = "1000"
        await session.press("ctrl+s")
        await session.until(
            lambda: "64" in session.text() and "Seconds to the first word" in session.text()
        )
        assert not config_files.user_file().exists()
        assert session.app.screen.query_one("#first_token_seconds").value == "9"
        assert session.app.screen.query_one("#heads").value == "1000"
        session.app.screen.query_one("#heads").value = "6"
        await session.press("ctrl+s")
        await session.until(lambda: config.load().heads == 6)
        await session.until(lambda: config.load().first_token_seconds == 9)


async def test_what_is_chosen_in_the_settings_overrides_the_command_line(
    open_app, shop: TestRepo
) -> None:
    shop.write({".repo-mhm.toml": "head_tokens = 300\n"})
    async with open_app(overrides={"heads": 5}) as session:
        assert session.state.memory.heads == 5
        await session.press("f9")
        await session.until(lambda: "Seconds to the first word" in session.text())
        assert session.app.screen.query_one("#heads").value == "5"
        session.app.screen.query_one("#heads").value = "7"
        session.app.screen.query_one("#head_tokens").value = "400"
        await session.press("ctrl+s")
        await session.until(lambda: session.state.memory.heads == 7)
        await session.until(lambda: "head_tokens: .repo-mhm.toml" in session.text())
        assert session.state.memory.head_tokens == 300


async def test_when_no_model_can_be_fetched_another_is_chosen(open_app, script: Script) -> None:
    script.missing = True
    async with open_app(welcome=True, overrides={"model": "nope"}) as session:
        await session.until(lambda: "the model is not on this machine" in session.text())
        await session.press("enter")
        await session.until(lambda: "The model that answers" in session.text())
        assert re.search(
            r"coder-7b-instruct +(absent +needs 6.2 GB · 4.7 GB to|too large +needs 6.2 GB)",
            session.text(),
        )
        script.missing = False
        rows = session.app.screen.query_one(Rows)
        names = [row.key for row in rows.rows]
        rows.cursor = names.index("smollm2-135m-instruct")
        await session.press("enter")
        await session.until(lambda: session.state.model.label == "scripted")
        assert config.load().model == "smollm2-135m-instruct"


async def test_the_index_is_seen_to_go_on_before_the_first_step_is_done(
    open_app, script: Script
) -> None:
    async with open_app() as session:
        script.index_gate.clear()
        await session.press("f4", "f5")
        await session.until(
            lambda: session.state.index.phase == "indexing" and session.state.index.seconds > 0
        )
        session.state.index.eta_seconds = 100.0
        seen = set()
        await session.until(lambda: seen.add(session.text().splitlines()[1][1]) or len(seen) > 2)
        assert session.state.index.eta_seconds < 100
        script.index_gate.set()
        await session.until(lambda: session.state.index.phase == "done")


async def test_the_loop_never_blocks_while_indexing_and_streaming(
    open_app, script: Script, make_repo: MakeRepo
) -> None:
    files = {f"src/part{number}.py": _module(number) for number in range(40)}
    repo = make_repo(files, name="large")
    items = "\n".join(
        f"{number}. item {number} adds `value_{number}` to the total" for number in range(25)
    )
    script.answer = (
        f"The total is computed so:\n\n{items}\n\n```python\n{_module(3)}```\n\nThat is all of it. "
        * 2
    )
    async with open_app(path=repo.root, size=(120, 40)) as session:
        script.free = 10**6
        script.index_gate.clear()
        await session.press("f5")
        await session.until(lambda: session.state.index.phase == "indexing")
        await session.ask("how is the total of value_3 computed?", wait=False)
        await session.until(lambda: session.chat.exchanges[-1].answer)
        script.index_gate.set()
        async with Ticks() as ticks:
            exchange = session.chat.exchanges[-1]
            while exchange.unfinished or session.state.index.running:
                await asyncio.sleep(0.02)
        prose = exchange.answer.partition(CODE_HEADING)[0]
        assert script.answer.startswith(prose.removesuffix("\n\nNo source was found for this."))
    assert ticks.count >= 5
    assert ticks.worst < ticks.limit


def _module(number: int) -> str:
    functions = [
        f"def value_{number}_{index}(total):\n"
        f'    """Add {index} to the total."""\n'
        f"    return total + {index}\n"
        for index in range(12)
    ]
    body = "\n\n".join(functions)
    return f'"""Part {number}."""\n\n\n{body}'


@pytest.mark.parametrize("missing", [True, False])
async def test_who_has_asked_before_is_not_welcomed_again(
    open_app, shop: TestRepo, script: Script, missing: bool
) -> None:
    with open_store(state_dir(shop.root, create=True)) as store:
        store.add_turn("carts", "what is a cart?", "It holds what will be bought.", {})
    script.missing = missing
    async with open_app(welcome=True) as session:
        await session.until(lambda: "It holds what will be bought." in session.text())
        await session.until(lambda: session.state.index.chunks == 3)
        assert len(session.app.screen_stack) == 1
        session.chat.prompt.text = "/welcome"
        await session.press("enter")
        await session.until(lambda: "Welcome" in session.text())
