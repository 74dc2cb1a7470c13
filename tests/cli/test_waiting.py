"""The line that says what an answer waits for."""

from __future__ import annotations

import time

import pytest

from repo_mhm.cli import waiting
from repo_mhm.cli.waiting import WaitingLine, late_line


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What waiting lines show; an empty text when one goes away."""
    texts: list[str] = []
    monkeypatch.setattr(waiting, "LATE_SECONDS", 0.05)
    monkeypatch.setattr(WaitingLine, "show", lambda _, text: texts.append(text))
    monkeypatch.setattr(WaitingLine, "clear", lambda _: texts.append(""))
    return texts


def test_what_takes_long_says_so_and_the_line_goes_away(shown: list[str]) -> None:
    with late_line("looking …"):
        while not shown:
            time.sleep(0.01)
    assert shown == ["looking …", ""]


def test_what_ends_soon_or_fails_says_nothing_later(shown: list[str]) -> None:
    with late_line("looking …"):
        pass
    with pytest.raises(KeyboardInterrupt), late_line("looking …"):
        raise KeyboardInterrupt
    time.sleep(0.2)
    assert set(shown) == {""}
