"""Model files with mutated headers: each is opened or refused, and none ends this process."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.engine.probe import probe
from repo_mhm.errors import ModelError
from repo_mhm.models.gguf import read_header
from tests.engine.small_model import header_size, small_model

COUNT = int(os.environ.get("TEST_FUZZ_MODELS", "100"))
SEED = int(os.environ.get("TEST_FUZZ_SEED", "20261127"))
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.model]


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """The small model with bytes of its header changed: bits, extreme numbers, parts swapped."""
    model, source = small_model(), random.Random(seed)
    end = header_size(model)
    for _ in range(count):
        data = bytearray(model)
        for _ in range(source.choice((1, 1, 1, 2, 4))):
            at = source.randrange(4, end)
            kind = source.randrange(4)
            if kind == 0:
                data[at] ^= 1 << source.randrange(8)
            elif kind == 1:
                data[at] = source.randrange(256)
            elif kind == 2:
                data[at : at + 4] = source.choice((b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f"))
            else:
                other = source.randrange(4, end)
                data[at : at + 8] = data[other : other + 8]
        yield bytes(data)


def is_readable(path: Path) -> bool:
    """Whether our own reader lets the file pass, so that llama.cpp gets it."""
    try:
        read_header(path)
    except ModelError:
        return False
    return True


@pytest.fixture
def trials() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.trials"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_the_small_model_opens(tmp_path: Path) -> None:
    path = tmp_path / "small.gguf"
    path.write_bytes(small_model())
    assert read_header(path).context == 2048
    probe(path, 0)


def test_a_mutated_header_ends_no_process_but_the_one_that_tries_it(
    tmp_path: Path, trials: subprocess.Popen[str]
) -> None:
    assert trials.stdin and trials.stdout
    outcomes: Counter[str] = Counter()
    crashing = b""
    path = tmp_path / "mutated.gguf"
    for data in mutations(SEED, COUNT):
        path.write_bytes(data)
        if not is_readable(path):
            outcomes["refused by its header"] += 1
            continue
        trials.stdin.write(f"{path}\n")
        trials.stdin.flush()
        outcome = trials.stdout.readline().strip()
        assert outcome, "the process that forks has ended"
        outcomes[outcome] += 1
        if outcome.startswith("SIG"):
            crashing = data

    logging.getLogger(__name__).info("%d headers, seed %d: %s", COUNT, SEED, dict(outcomes))
    assert outcomes.total() == COUNT
    if crashing:
        path.write_bytes(crashing)
        with pytest.raises(ModelError, match=r"mutated\.gguf"):
            probe(path, 0)
