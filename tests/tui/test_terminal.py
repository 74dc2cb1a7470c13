"""The whole thing in a real terminal, with a real model: ask, stop, open a citation, quit."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.store import open_store
from tests.conftest import MakeRepo
from tests.patience import PATIENCE
from tests.tui.conftest import TestRepo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def model() -> Path:
    """SmolLM2, from REPO_MHM_TEST_MODEL or models/ of the checkout.

    Without it the test skips; in CI it fails.
    """
    named = os.environ.get("REPO_MHM_TEST_MODEL")
    models = Path(__file__).parents[2] / "models"
    paths = [Path(named)] if named else sorted(models.glob("*[Ss]mol*.gguf"))
    if paths and paths[0].is_file():
        return paths[0]
    if os.environ.get("CI") == "true":
        pytest.fail(
            "no test model: set REPO_MHM_TEST_MODEL"
            " or run `repo-mhm model pull smollm2-135m-instruct`"
        )
    pytest.skip("no test model: set REPO_MHM_TEST_MODEL")


class Terminal:
    """A tmux of its own; `screen` is what it shows."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        # What an app said that ended must still be seen.
        settings = folder / "tmux.conf"
        settings.write_text("set -g remain-on-exit on\n")
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", str(settings)]
        self._environment = environment

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, env=self._environment
        )
        return done.stdout

    def open(self, folder: Path, command: str, size: tuple[int, int] = (100, 30)) -> None:
        width, height = map(str, size)
        arguments = (
            "new-session",
            "-d",
            "-x",
            width,
            "-y",
            height,
            "-c",
            str(folder),
            f"exec {command}",
        )
        # One that was killed may still be going down.
        for _ in range(600):
            done = subprocess.run(
                [*self._tmux, *arguments], capture_output=True, text=True, env=self._environment
            )
            if done.returncode == 0:
                return
            time.sleep(0.1)
        pytest.fail(done.stderr)

    def press(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def screen(self, *options: str) -> str:
        return self._call("capture-pane", "-p", *options)

    def die(self, way: str) -> str:
        """Kill the app, or close its terminal; returns what was on the screen just before."""
        process = int(self._call("display-message", "-p", "#{pane_pid}"))
        shown = self.screen()
        if way == "kill":
            os.kill(process, signal.SIGKILL)
        self.close()
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.kill(process, 0)
                time.sleep(0.01)
        return shown

    def running(self) -> bool:
        """Whether the app has not ended."""
        return self._call("display-message", "-p", "#{pane_dead}").strip() == "0"

    def until(self, condition: Callable[[str], object], seconds: float = PATIENCE) -> str:
        end = time.monotonic() + seconds
        while True:
            running = self.running()
            shown = self.screen()
            if condition(shown):
                return shown
            assert running, f"the app ended:\n{shown}"
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        assert os.environ.get("CI") != "true", (
            "CI needs tmux for this test (Debian: apt-get install tmux)"
        )
        pytest.skip("tmux is not installed")
    environment = {**os.environ, "TERM": "xterm-256color", "EDITOR": "true"}
    # A socket's path must be short.
    opened = Terminal(tmp_path_factory.mktemp("t"), environment)
    yield opened
    opened.close()


@pytest.mark.model
def test_ask_stop_open_a_citation_and_quit(terminal: Terminal, shop: TestRepo, model: Path) -> None:
    terminal.open(shop.root, f"{Path(sys.executable).with_name('repo-mhm')} chat --model {model}")
    terminal.until(lambda shown: "Read the repository" in shown)
    terminal.press("Enter")
    terminal.until(lambda shown: "all read" in shown)

    terminal.press("-l", "what does Cart.total do?")
    terminal.press("Enter")
    terminal.until(lambda shown: "to the first word" in shown)
    terminal.press("C-o")
    terminal.until(lambda shown: " 1 of " in shown and '"""The cart of a shop."""' in shown)
    terminal.press("Escape")

    # Typed at once behind it, the escape would be read as Alt.
    terminal.until(lambda shown: " 1 of " not in shown and "⏎ Ask" in shown)
    terminal.press("-l", "tell me about everything in shop/cart.py")
    terminal.press("Enter")
    terminal.until(lambda shown: "› tell me" in shown)
    terminal.press("Escape")
    terminal.until(lambda shown: "stopped" in shown)

    terminal.press("C-q")
    end = time.monotonic() + PATIENCE
    while terminal.running() and time.monotonic() < end:
        time.sleep(0.05)
    assert not terminal.running()
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        assert store.turns(store.last_session())[0].question == "what does Cart.total do?"


@pytest.fixture
def scripted() -> str:
    """The command that runs the app on a scripted model."""
    return f"{sys.executable} {Path(__file__).with_name('scripted_chat.py')}"


@pytest.mark.parametrize("way", ["hang up", "kill"])
def test_killing_the_terminal_during_an_index_loses_no_step_that_was_shown(
    terminal: Terminal, make_repo: MakeRepo, scripted: str, way: str
) -> None:
    repo = make_repo(
        {
            f"src/part{index}.py": f"def value_{index}(total):\n    return total + {index}\n"
            for index in range(40)
        }
    )
    terminal.open(repo.root, f"env TEST_STEP_SECONDS=0.3 {scripted}")
    terminal.until(lambda shown: "Read the repository" in shown)
    terminal.press("Enter")
    # Until it is gone the keys are the dialog's.
    terminal.until(lambda shown: "Welcome" not in shown)
    terminal.press("F4")
    # What files are for comes first, and is no chunk that was read.
    shown = terminal.until(lambda shown: re.search(r"\b[1-9]\d?% read", shown) is not None)
    shown = terminal.die(way) or shown
    with open_store(repo.root / ".git" / "repo-mhm") as store:
        assert store.totals()["steps"] >= (_steps(shown) or 0)
        assert store.coverage()["skimmed"] < 40, "it was killed while it read"
    terminal.open(repo.root, scripted)
    terminal.until(lambda shown: "% read" in shown)
    terminal.press("F5")
    terminal.until(lambda shown: "all read" in shown)


@pytest.mark.parametrize("way", ["hang up", "kill"])
def test_killing_the_terminal_in_an_answer_loses_no_answer_that_was_finished(
    terminal: Terminal, indexed_shop: TestRepo, scripted: str, way: str
) -> None:
    terminal.open(indexed_shop.root, f"env TEST_PIECE_SECONDS=0.05 {scripted}")
    terminal.until(lambda shown: "scripted" in shown)
    terminal.press("-l", "what is in the cart?")
    terminal.press("Enter")
    terminal.until(lambda shown: "to the first word" in shown)
    terminal.press("-l", "and the total, slow?")
    terminal.press("Enter")
    terminal.until(lambda shown: "The total is slow" in shown)
    terminal.die(way)
    terminal.open(indexed_shop.root, scripted)
    terminal.until(lambda shown: "to the first word" in shown)
    with open_store(indexed_shop.root / ".git" / "repo-mhm") as store:
        turns = store.turns(store.last_session())
    assert turns[0].question == "what is in the cart?"
    assert turns[0].answer.startswith("The cart holds items and `Cart.total` adds the tax rate.")


def test_the_editor_has_the_terminal_and_gives_it_back(
    terminal: Terminal, indexed_shop: TestRepo, scripted: str, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "editing $*"\nread answer\n')
    editor.chmod(0o755)
    terminal.open(indexed_shop.root, f"env -u VISUAL EDITOR={editor} {scripted}")
    terminal.until(lambda shown: "scripted" in shown)
    terminal.press("-l", "what is in the cart?")
    terminal.press("Enter")
    terminal.until(lambda shown: "to the first word" in shown)
    terminal.press("C-o")
    # Its keys are shown once it has the focus.
    shown = terminal.until(lambda shown: " 1 of " in shown and "Next citation" in shown)
    location = shown.split(" 1 of ")[0].split()[-1]
    terminal.press("e")
    path, lines = location.rsplit(":", 1)
    wanted = f"editing +{lines.split('-')[0]} {indexed_shop.root / path}"
    terminal.until(lambda shown: wanted in shown.replace("\n", ""))
    terminal.press("Enter")
    terminal.until(lambda shown: " 1 of " in shown and "editing" not in shown)


@pytest.mark.parametrize("no_color", ["-u NO_COLOR", "NO_COLOR=1"])
def test_terminals_get_no_more_colours_than_they_can_show(
    terminal: Terminal, indexed_shop: TestRepo, scripted: str, no_color: str
) -> None:
    terminal.open(
        indexed_shop.root,
        f"env -u COLORTERM {no_color} TERM=xterm-16color {scripted}",
        size=(80, 24),
    )
    terminal.until(lambda shown: "scripted" in shown)
    terminal.press("F3")
    terminal.until(lambda shown: "Cart.total" in shown)
    codes = set(re.findall("\x1b\\[([0-9;]*)m", terminal.screen("-e")))
    numbers = {int(number) for code in codes for number in code.split(";") if number}
    assert numbers & {1, 7}, "what matters can be distinguished"
    coloured = numbers & {*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}
    assert bool(coloured) == (no_color != "NO_COLOR=1")
    assert not numbers & {38, 48}, "neither 256 colours nor more"


def _steps(shown: str) -> int | None:
    match = re.search(r"([0-9]+) of [0-9]+ steps", shown)
    return int(match[1]) if match else None


def test_the_bare_command_opens_it_and_leads_to_a_model(terminal: Terminal, shop: TestRepo) -> None:
    command = Path(sys.executable).with_name("repo-mhm")
    terminal.open(shop.root, f"env REPO_MHM_MODEL=nope {command}", size=(80, 24))
    shown = terminal.until(lambda shown: "there is no model named 'nope'" in shown)
    assert "Welcome" in shown
    assert "Choose a model" in shown
    terminal.press("Escape")
    terminal.until(lambda shown: "Ask this repository anything" in shown and "Welcome" not in shown)


def test_without_a_terminal_it_says_what_to_do_instead(shop: TestRepo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "repo_mhm", "chat"], cwd=shop.root, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "chat needs a terminal" in done.stderr
    assert 'repo-mhm ask "QUESTION"' in done.stderr


def _first_picture(folder: Path, module: str, app: str, start: str) -> tuple[float, list[str]]:
    """Processor time until an app begins, the least of three starts, and what it has imported."""
    script = folder / f"{app}.py"
    script.write_text(
        f"import sys, time\nfrom pathlib import Path\nfrom {module} import {app}\n"
        f"class Timed({app}):\n"
        f"    def {start}(self):\n"
        "        print(time.process_time(), *sorted(sys.modules), file=sys.__stdout__)\n"
        "        self.exit()\n"
        "Timed(Path('.')).run(headless=True)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    return min(float(run[0]) for run in runs), runs[0][1:]


def test_the_first_picture_needs_no_model_and_little_else(shop: TestRepo) -> None:
    seconds, modules = _first_picture(shop.root, "tui.app", "ChatApp", "_begin")
    for heavy in (
        "llama_cpp.llama_cpp",
        "git",
        "pydantic",
        "pygments",
        "markdown_it",
        "rustworkx",
        "sqlite3",
        "tree_sitter_python",
    ):
        assert heavy not in modules
    empty_seconds, _ = _first_picture(shop.root, "textual.app", "App", "on_ready")
    assert seconds < 3 * empty_seconds, "1.5 times as long as an app that shows nothing"
