"""`kill -9` while a real model reads: the counts are those of an undisturbed run."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import MakeRepo
from tests.test_crash import KILLS, sound, sources, start

COMMAND = Path(sys.executable).with_name("repo-mhm")


@pytest.mark.model
def test_killed_with_a_real_model_an_index_ends_with_the_same_counts(make_repo: MakeRepo, model_path: Path) -> None:
    calm, killed = make_repo(sources(3), "calm"), make_repo(sources(3), "killed")
    model = {"REPO_MHM_MODEL": str(model_path)}
    began = time.monotonic()
    with start(calm, str(COMMAND), **model) as process:
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err.decode()
    took = time.monotonic() - began
    chance = random.Random(4)
    for _ in range(max(3, KILLS // 4)):
        with start(killed, str(COMMAND), **model) as process:
            try:
                process.wait(chance.uniform(0.3, 0.9) * took)
            except subprocess.TimeoutExpired:
                process.kill()
        sound(killed)
    with start(killed, str(COMMAND), **model) as process:
        last, err = process.communicate(timeout=200)
    assert process.returncode == 0, err.decode()
    counts = [(found["chunks"], found["notes"], found["left"]) for found in map(json.loads, (out, last))]
    assert counts[0] == counts[1]
