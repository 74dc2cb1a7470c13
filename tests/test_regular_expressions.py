"""No regular expression of the package backtracks without end, whatever text it meets."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import regular_expressions
from tests.regular_expressions import offence

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_no_expression_backtracks_without_end() -> None:
    # A process of its own: it measures processor time and sets a timer for it.
    done = subprocess.run(
        [sys.executable, "-m", "tests.regular_expressions"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *offences, total = done.stdout.splitlines()
    assert int(total.split()[0]) > 250
    assert offences == []


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a|aa)+\Z", r"(.*)(.*)(.*)(.*)x"])
def test_the_attack_finds_what_it_is_made_for(pattern: str) -> None:
    before = signal.signal(signal.SIGPROF, regular_expressions.end)
    try:
        assert offence(re.compile(pattern))
        assert not offence(re.compile(r"\s*x|[a-c]+\d"))
    finally:
        signal.signal(signal.SIGPROF, before)
