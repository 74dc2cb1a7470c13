"""The app on a scripted engine, for tests that need a process in a terminal of its own.

TEST_STEP_SECONDS is how long each step of the index takes, TEST_PIECE_SECONDS each piece of an
answer to a question with the word `slow`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path

from repo_mhm.commands.workspace import Model
from repo_mhm.config import Settings, Task
from repo_mhm.engine.scripted import ScriptedEngine, describe
from repo_mhm.engine.types import Prompt, Reply
from tui.app import ChatApp

ANSWER = "The cart holds items and `Cart.total` adds the tax rate. "
SLOW_ANSWER = "The total is slow, " + "and `Cart.total` adds the tax rate, " * 100


class _SlowEngine(ScriptedEngine):
    def wait(self) -> tuple[int, Reply]:
        time.sleep(float(os.environ.get("TEST_STEP_SECONDS", "0")))
        return super().wait()

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        seconds = float(os.environ.get("TEST_PIECE_SECONDS", "0")) if _is_slow(prompt) else 0
        for piece in super().stream(prompt):
            time.sleep(seconds)
            yield piece


def _is_slow(prompt: Prompt) -> bool:
    return "slow" in prompt.user


def _reply(prompt: Prompt) -> list[str]:
    if prompt.slots[0].stop:
        return describe(prompt)
    return [SLOW_ANSWER if _is_slow(prompt) else ANSWER]


def _choose_model(settings: Settings, task: Task) -> Model:
    return Model("scripted-1", "scripted", lambda: _SlowEngine(_reply, concurrent_prompts=2))


if __name__ == "__main__":
    ChatApp(Path(), choose_model=_choose_model).run()
