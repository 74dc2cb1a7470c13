"""The real command line on a scripted engine, for tests that kill or interrupt its process.

TEST_STEP_SECONDS is how long each reply takes, TEST_WORD_SECONDS how long each word of an answer,
TEST_OPEN_SECONDS how long the engine takes to open. TEST_ANSWER is what every prompt is answered.
TEST_REPLIES is a file that grows by a byte for each reply, TEST_PROMPTS one that gets each prompt
as a line of JSON: `system`, `user` and `history`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

from repo_mhm.commands import workspace
from repo_mhm.engine.scripted import ScriptedEngine, describe
from repo_mhm.engine.types import Prompt


def reply(prompt: Prompt) -> list[str]:
    time.sleep(float(os.environ.get("TEST_STEP_SECONDS", "0")))
    with Path(os.environ.get("TEST_REPLIES", os.devnull)).open("ab") as log:
        log.write(b".")
    with Path(os.environ.get("TEST_PROMPTS", os.devnull)).open("a", encoding="utf-8") as prompts:
        history = [[turn.question, turn.answer] for turn in prompt.history]
        line = {"system": prompt.system, "user": prompt.user, "history": history}
        prompts.write(json.dumps(line) + "\n")
    answer = os.environ.get("TEST_ANSWER")
    return [answer] if answer else describe(prompt)


class SlowEngine(ScriptedEngine):
    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        for word in super().stream(prompt):
            time.sleep(float(os.environ.get("TEST_WORD_SECONDS", "0")))
            yield word


def open_engine() -> SlowEngine:
    time.sleep(float(os.environ.get("TEST_OPEN_SECONDS", "0")))
    return SlowEngine(reply)


def scripted(*_: object, **__: object) -> workspace.Model:
    return workspace.Model("scripted-1", "scripted", open_engine)


if __name__ == "__main__":
    workspace.choose_model = scripted
    from repo_mhm.cli import main

    main()
