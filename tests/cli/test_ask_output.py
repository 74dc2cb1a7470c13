"""What `repo-mhm ask` writes to a terminal and to pipes, and how it ends when interrupted."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import scripted_cli
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

QUESTION = "how does Link.deliver retry?"
CODE = '''\
"""Links that lose parcels."""

RETRY_LIMIT = 7


class Link:
    """One unreliable link."""

    def deliver(self, parcel):
        """Deliver a parcel, again and again until RETRY_LIMIT."""
        for attempt in range(RETRY_LIMIT):
            if self.attempt_once(parcel):
                return attempt
        raise LostParcel(parcel)
'''
ANSWER = "`Link.deliver` tries a parcel until `RETRY_LIMIT` attempts. Then it raises `LostParcel`."
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[[\d;]*(3[0-7]|9[0-7])m")


@dataclass
class Shown:
    """What a command wrote to its terminal, and how it ended."""

    text: str
    code: int

    @property
    def plain(self) -> str:
        without_links = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", self.text)
        return re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", without_links).replace("\r", "")


@pytest.fixture
def repo(make_repo: MakeRepo) -> TestRepo:
    repo = make_repo({"courier/link.py": CODE, "README.md": "# Courier\n\nLinks.\n"})
    done = run(repo, "ask", "--no-model", QUESTION)  # scans the files
    assert done.returncode == 0, done.stderr
    return repo


def arguments(*words: str) -> list[str]:
    return [sys.executable, str(Path(scripted_cli.__file__)), *words]


def run(repo: TestRepo, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments(*words),
        cwd=repo.root,
        env={**os.environ, "TEST_ANSWER": ANSWER, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def in_terminal(
    repo: TestRepo, *words: str, interrupt_at: str = "", folder: str = ".", **env: str
) -> Shown:
    """Run a command on a terminal of its own; Ctrl-C once it has written `interrupt_at`."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        arguments(*words),
        cwd=repo.root / folder,
        env={
            **os.environ,
            "TEST_ANSWER": ANSWER,
            "TERM": "xterm-256color",
            "COLUMNS": "100",
            **env,
        },
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    return _watched(process, main, interrupt_at)


def _watched(process: subprocess.Popen[bytes], main: int, interrupt_at: str) -> Shown:
    text, is_interrupted = "", False
    while data := _read(main):
        text += data.decode("utf-8", "replace")
        if interrupt_at and interrupt_at in text and not is_interrupted:
            is_interrupted = True
            process.send_signal(signal.SIGINT)
    os.close(main)
    return Shown(text, process.wait(PATIENCE))


def _read(main: int) -> bytes:
    try:
        return os.read(main, 65536)
    except OSError:  # the other end is closed
        return b""


# Terminals and pipes ------------------------------------------------------------------------------


def test_a_terminal_shows_locations_then_the_answer_then_its_source(repo: TestRepo) -> None:
    shown = in_terminal(repo, "ask", QUESTION)
    assert shown.code == 0
    plain = shown.plain
    order = [
        "Best locations",
        "courier/link.py:10",
        "(Link.deliver)",
        "opening the model",
        "reading ",
        "[1]",
    ]
    positions = [plain.index(text) for text in order]
    assert positions == sorted(positions)
    source = plain[plain.index("\n[1] courier/link.py:") :]
    assert re.search(r"^ +9  +def deliver\(self, parcel\):", source, re.MULTILINE)


def test_a_terminal_gets_links_and_colours(repo: TestRepo) -> None:
    shown = in_terminal(repo, "ask", QUESTION)
    url = (repo.root / "courier" / "link.py").as_uri()
    assert re.search(rf"\x1b\]8;[^;]*;{re.escape(url)}\x1b\\[^\n]*courier/link.py:10", shown.text)
    assert COLOUR.search(shown.text)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_without_colours_gets_none(repo: TestRepo, env: dict[str, str]) -> None:
    shown = in_terminal(repo, "ask", QUESTION, **env)
    assert "def deliver" in shown.plain
    assert not COLOUR.search(shown.text)


def test_paths_lead_from_the_current_folder(repo: TestRepo) -> None:
    (repo.root / "docs").mkdir()
    plain = in_terminal(repo, "ask", QUESTION, folder="docs").plain
    assert "\n[1] ../courier/link.py:" in plain
    assert "\n../courier/link.py:10  " in plain


@pytest.mark.parametrize("words", [("ask", QUESTION), ("ask", "--no-model", QUESTION)], ids=str)
def test_pipes_get_no_escape_codes(repo: TestRepo, words: tuple[str, ...]) -> None:
    done = run(repo, *words)
    assert done.returncode == 0
    assert ESCAPE not in done.stdout + done.stderr
    assert "courier/link.py" in done.stdout


def test_locations_before_an_answer_are_remarks_where_stdout_is_a_pipe(repo: TestRepo) -> None:
    done = run(repo, "ask", QUESTION)
    assert done.stderr.startswith("Best locations\ncourier/link.py:10")
    assert "Best locations" not in done.stdout
    assert re.search(r"^reading \d+ passages? of", done.stderr, re.MULTILINE)


def test_quiet_writes_nothing_but_the_answer(repo: TestRepo) -> None:
    done = run(repo, "ask", "--quiet", QUESTION)
    assert done.stderr == ""
    assert "\n[1] courier/link.py:" in done.stdout
    assert "def deliver" not in done.stdout


def test_a_terminal_without_utf_8_gets_what_it_can_show(repo: TestRepo) -> None:
    repo.write({"courier/link.py": CODE.replace("again and again", "wieder und wieder, ſchön")})
    done = run(repo, "ask", QUESTION, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr


# Without a model ----------------------------------------------------------------------------------


def test_without_a_model_the_locations_are_printed_once(repo: TestRepo) -> None:
    done = run(repo, "ask", "--no-model", QUESTION)
    assert done.returncode == 0
    assert done.stdout.count("(Link.deliver)") == 1
    assert done.stdout.startswith("Best locations\ncourier/link.py:")

    values = json.loads(run(repo, "ask", "--no-model", "--json", QUESTION).stdout)
    assert (values["model"], values["kind"], values["abstained"]) == ("", "free", False)
    first = values["locations"][0]
    assert (first["path"], first["symbol"]) == ("courier/link.py", "Link.deliver")
    assert values["total"] == len(values["locations"])
    assert values["locations_seconds"] > 0


def test_a_missing_model_is_said_with_how_to_get_it(repo: TestRepo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "repo_mhm", "ask", QUESTION],
        cwd=repo.root,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Best locations\ncourier/link.py:")
    warning = done.stderr.splitlines()[-1]
    assert "is not on this machine" in warning
    assert "repo-mhm model pull" in warning


def test_a_model_that_was_asked_for_must_be_there(repo: TestRepo) -> None:
    command = [sys.executable, "-m", "repo_mhm", "ask", QUESTION, "--model"]
    for name in ("qwen2.5-coder-1.5b-instruct", "nonesuch"):
        done = subprocess.run(
            [*command, name], cwd=repo.root, capture_output=True, text=True, timeout=PATIENCE
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert "error: " in done.stderr


def test_no_model_excludes_what_needs_one(repo: TestRepo) -> None:
    for option in (["--deep"], ["--thorough"], ["--model", "x"]):
        done = run(repo, "ask", "--no-model", *option, QUESTION)
        assert done.returncode == 2
        assert "--no-model" in done.stderr


# Interrupts ---------------------------------------------------------------------------------------

ENDLESS = str(2 * PATIENCE)
"""Seconds that nothing but an interrupt can cut short."""
AT = {
    "at the locations": ("Best locations", {"TEST_OPEN_SECONDS": ENDLESS}),
    "while the model opens": ("opening the model", {"TEST_OPEN_SECONDS": ENDLESS}),
    "while the model reads": ("reading ", {"TEST_WORD_SECONDS": ENDLESS}),
    "in the answer": ("(Link.deliver)", {"TEST_WORD_SECONDS": "0.3"}),
}


@pytest.mark.parametrize("moment", AT)
def test_an_interrupt_ends_at_once_and_leaves_the_terminal_as_it_was(
    repo: TestRepo, moment: str
) -> None:
    text, env = AT[moment]
    shown = in_terminal(repo, "ask", QUESTION, interrupt_at=text, **env)
    assert shown.code == 130
    assert "Traceback" not in shown.text
    # A cursor that the waiting line hid is visible again.
    assert shown.text.rfind("\x1b[?25l") <= shown.text.rfind("\x1b[?25h")
