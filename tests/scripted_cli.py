"""The real command line on a scripted engine, for tests that kill or interrupt its process.

TEST_STEP_SECONDS is how long each reply takes, TEST_WORK_SECONDS the same in work that can be
watched, at 100 tokens a second. TEST_WORD_SECONDS is how long each word of an answer takes,
TEST_OPEN_SECONDS how long the engine takes to open. At the reply TEST_FAIL_AT it fails.
TEST_MODEL_ID is the identity of its weights. TEST_ANSWER is what every prompt is answered.
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
from repo_mhm.engine.types import Evaluated, Prompt


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
    seconds_worked = 0.0
    """On the prompt that is finished next."""

    @property
    def evaluated(self) -> Evaluated:
        finished = super().evaluated
        tokens = finished.prompt_tokens + round(100 * self.seconds_worked)
        return Evaluated(tokens, finished.generated_tokens)

    def work(self, seconds: float) -> bool:
        left = float(os.environ.get("TEST_WORK_SECONDS", "0")) - self.seconds_worked
        time.sleep(min(seconds, left))
        is_finished = super().work(seconds) and left <= seconds
        self.seconds_worked = 0.0 if is_finished else self.seconds_worked + seconds
        return is_finished

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        for word in super().stream(prompt):
            time.sleep(float(os.environ.get("TEST_WORD_SECONDS", "0")))
            yield word


def open_engine() -> SlowEngine:
    time.sleep(float(os.environ.get("TEST_OPEN_SECONDS", "0")))
    fail_at = os.environ.get("TEST_FAIL_AT")
    return SlowEngine(reply, fail_at=int(fail_at) if fail_at else None)


def scripted(*_: object, **__: object) -> workspace.Model:
    name = os.environ.get("TEST_MODEL_ID", "scripted-1")
    return workspace.Model(name, "scripted", open_engine)


if __name__ == "__main__":
    workspace.choose_model = scripted
    from repo_mhm.cli import main

    main()
