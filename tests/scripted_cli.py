"""The real command line on a scripted engine, for tests that kill or interrupt its process.

TEST_STEP_SECONDS is how long each reply takes; TEST_REPLIES a file that grows by a byte for each.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from repo_mhm.commands import workspace
from repo_mhm.engine.scripted import ScriptedEngine, describe
from repo_mhm.engine.types import Prompt


def reply(prompt: Prompt) -> list[str]:
    time.sleep(float(os.environ.get("TEST_STEP_SECONDS", "0")))
    with Path(os.environ.get("TEST_REPLIES", os.devnull)).open("ab") as log:
        log.write(b".")
    return describe(prompt)


def scripted(*_: object, **__: object) -> workspace.Model:
    return workspace.Model("scripted-1", "scripted", lambda: ScriptedEngine(reply))


if __name__ == "__main__":
    workspace.choose_model = scripted
    from repo_mhm.cli import main

    main()
