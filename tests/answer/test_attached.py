"""Text that comes with a question: what of it is shown, and what it directs the search to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.attached import names_in, paths_in, shown_part
from repo_mhm.answer.attached_lookup import mentions
from repo_mhm.answer.context import AskOptions
from repo_mhm.answer.events import Finished
from repo_mhm.answer.memory_state import save_state
from repo_mhm.answer.prompts import memory_system, question_block
from repo_mhm.answer.session import ask
from repo_mhm.commands.index import index
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import open_snapshot
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.memory.refresh import refresh
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30)


def words(text: str) -> int:
    return len(text.split()) + text.count("\n")


@given(st.lists(line, min_size=1, max_size=40), st.integers(0, 200))
def test_lines_are_shown_whole_or_counted_as_left_out(lines: list[str], tokens: int) -> None:
    part = shown_part("\n".join(lines), tokens, words)
    shown = part.text.split("\n")
    gaps = [text for text in shown if re.fullmatch(r"\[[\d,]+ lines are left out here\]", text)]
    assert len(gaps) == (part.lines_left_out > 0)
    assert part.lines_left_out in range(part.lines + 1)
    assert words("\n".join(text for text in shown if text not in gaps)) <= tokens + 1


def test_the_beginning_and_the_end_are_shown() -> None:
    part = shown_part("".join(f"line {number}\n" for number in range(900)), 90, words)
    shown = part.text.split("\n")
    assert (shown[0], shown[-1]) == ("line 0", "line 899")
    gap = next(index for index, text in enumerate(shown) if "left out" in text)
    assert gap > len(shown) - gap
    assert part.lines_left_out == 900 - (len(shown) - 1)
    assert f"the model sees {len(shown) - 1} of the 900 lines" in part.warning


def test_a_short_text_is_shown_as_it_is_but_for_what_controls_a_terminal() -> None:
    part = shown_part("\x1b[31mred\x1b[0m\r\n\ttab \x07\n", 100, words)
    assert (part.text, part.lines_left_out) == ("red\n\ttab \\x07", 0)


def test_a_long_line_is_cut_and_says_so() -> None:
    assert shown_part("x" * 9999, 100, words).text.endswith("x [line is cut]")


@given(st.text(alphabet="`~\nab", max_size=60))
def test_nothing_in_the_text_ends_its_fence(text: str) -> None:
    block = question_block("why?", text)
    if not text:
        assert block == "Question: why?"
        return
    fence = re.findall(r"^`{3,}$", block, re.MULTILINE)[-1]
    inside = block.split(f"\n{fence}\n", 1)[1].rsplit(f"\n{fence}\n", 1)[0]
    assert inside == text
    assert fence not in inside
    assert block.endswith(f"\n{fence}\n\nQuestion: why?")


def test_names_of_changed_lines_come_first() -> None:
    diff = "--- a/x.py\n+++ b/x.py\n context context\n+changed = 1\n-removed = 2\n"
    assert names_in(diff)[:2] == ["changed", "removed"]
    assert names_in(diff).index("context") == 2


def test_prefixes_of_diffs_are_no_part_of_paths() -> None:
    diff = "--- a/src/x.py\n+++ b/src/x.py\n"
    assert paths_in(diff) == ["src/x.py"]


FILES = {
    "src/link.py": "def deliver(parcel):\n    return parcel\n",
    "src/stamp.py": "def frank(parcel):\n    return parcel\n",
    **{f"many{number}.py": "def close():\n    pass\n" for number in range(20)},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+++ b/src/link.py\n+deliver(x)\n", "src/link.py `deliver`"),
        ('  File "/home/me/app/src/stamp.py", line 2, in frank\n', "src/stamp.py `frank`"),
        ("E   close failed with nothing known", ""),
        ("\x1b[1msrc/link.py\x1b[0m", "src/link.py"),
        ("", ""),
    ],
)
def test_the_search_looks_for_what_the_text_mentions(
    make_repo: MakeRepo, tmp_path: Path, text: str, expected: str
) -> None:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=4)
        assert mentions(store, text) == expected


def test_neither_text_nor_instructions_change_what_is_saved_of_the_memory(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        list(index(store, open_snapshot(repo.root), ScriptedEngine, "scripted-1", IndexOptions()))
        engine = ScriptedEngine()
        system = memory_system(store.notes())
        save_state(store, system, "scripted-1", engine)
        saved = store.state_path.read_bytes()

        options = AskOptions(instructions="Be brief.", attached="deliver", first_token_seconds=60)
        list(ask(store, lambda: engine, "what does deliver do?", options))
        assert engine.prompts[-1].system == system
        assert "Be brief." in engine.prompts[-1].user
        assert engine.replies[-1].cached_tokens == engine.count(system)
        assert store.state_path.read_bytes() == saved


def test_an_answer_may_name_what_the_text_names(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=4)
        engine = ScriptedEngine(lambda prompt: ["`deliver` became `deliver_now` and `Invented`."])
        options = AskOptions(attached="-def deliver(parcel):\n+def deliver_now(parcel):\n")
        events = list(ask(store, lambda: engine, "what is new?", options))
    assert isinstance(events[-1], Finished)
    assert events[-1].answer.unknown_names == ("Invented",)
