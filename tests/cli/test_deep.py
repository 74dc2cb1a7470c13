"""How the pass of a deep question is shown."""

from __future__ import annotations

import pytest

from repo_mhm.answer.events import AnswerText, Located
from repo_mhm.cli.deep import show_pass
from repo_mhm.deep.session import DeepProgress

LOCATED = Located("free", "Best locations", (), 0, is_answer=False)
PROGRESS = DeepProgress("a.py", 1, 2, 3, 100.0, 5.0)


def test_without_a_terminal_the_pass_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [AnswerText("one "), AnswerText("two")]
    shown = list(show_pass(iter([LOCATED, PROGRESS, *texts])))
    assert shown == [LOCATED, *texts]
    assert capsys.readouterr() == ("", "")
