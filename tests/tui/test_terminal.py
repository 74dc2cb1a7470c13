"""The whole thing in a real terminal, with a real model: ask, stop, open a citation, quit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.store import open_store
from tests.tui.conftest import TestRepo


@pytest.fixture(scope="session")
def model() -> Path:
    """SmolLM2, from REPO_MHM_TEST_MODEL or models/ of the checkout. Without it the test skips, in CI it fails."""
    named = os.environ.get("REPO_MHM_TEST_MODEL")
    found = [Path(named)] if named else sorted((Path(__file__).parents[2] / "models").glob("*[Ss]mol*.gguf"))
    if found and found[0].is_file():
        return found[0]
    if os.environ.get("CI") == "true":
        pytest.fail("no test model: set REPO_MHM_TEST_MODEL or run `repo-mhm model pull smollm2-135m-instruct`")
    pytest.skip("no test model: set REPO_MHM_TEST_MODEL")


class Terminal:
    """A tmux of its own; `screen` is what it shows."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._environment = environment

    def _call(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, env=self._environment)
        return done.stdout

    def open(self, folder: Path, command: str, size: tuple[int, int] = (100, 30)) -> None:
        width, height = map(str, size)
        self._call("new-session", "-d", "-x", width, "-y", height, "-c", str(folder), command)

    def press(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def running(self) -> bool:
        return bool(self._call("list-sessions"))

    def until(self, condition: Callable[[str], object], seconds: float = 60.0) -> str:
        end = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if condition(shown):
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        assert os.environ.get("CI") != "true", "CI needs tmux for this test (Debian: apt-get install tmux)"
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
    time.sleep(1)
    terminal.press("-l", "tell me about everything in shop/cart.py")
    terminal.press("Enter")
    terminal.until(lambda shown: "› tell me" in shown)
    terminal.press("Escape")
    terminal.until(lambda shown: "stopped" in shown, seconds=5)

    terminal.press("C-q")
    end = time.monotonic() + 20
    while terminal.running() and time.monotonic() < end:
        time.sleep(0.05)
    assert not terminal.running()
    with open_store(shop.root / ".git" / "repo-mhm") as store:
        assert store.turns(store.last_session())[0][0] == "what does Cart.total do?"


def test_the_first_picture_needs_no_model_and_little_else(shop: TestRepo, tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom tui.app import ChatApp\n"
        "class Timed(ChatApp):\n"
        "    def _begin(self):\n"
        "        print(time.process_time(), *sorted(sys.modules), file=sys.__stdout__)\n"
        "        self.exit()\n"
        "Timed(Path('.')).run(headless=True)\n"
    )
    script = tmp_path / "first.py"
    script.write_text(program)
    runs = [
        subprocess.run([sys.executable, str(script)], cwd=shop.root, capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    _seconds, *modules = runs[0].stdout.split()
    for heavy in (
        "llama_cpp",
        "git",
        "pydantic",
        "pygments",
        "markdown_it",
        "rustworkx",
        "sqlite3",
        "tree_sitter_python",
    ):
        assert heavy not in modules
    # Processor time, because others may hold the machine; it is what a quiet one would take.
    assert min(float(run.stdout.split()[0]) for run in runs) < 0.8, "0.4 s on a quiet core, twice that on a busy one"
