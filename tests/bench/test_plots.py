"""Tables and drawings of outcomes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.bench.measures import MEASURES, Outcome
from repo_mhm.bench.plots import draw, tables
from repo_mhm.errors import UsageError

KEPT = Outcome("ours", 8000, "h0", "constant", True, True, True, False, True, 3)
OTHER = replace(KEPT, arm="other", kind="alias", kept=False)


def test_a_table_has_a_column_for_each_arm_and_a_row_for_each_measure_and_kind() -> None:
    (rows,) = tables([KEPT, OTHER]).values()
    assert rows[0] == ("8,000 tokens", "ours", "other")
    assert [row[0] for row in rows[1:]] == ["facts", *MEASURES, "  alias", "  constant"]
    assert rows[-2:] == [("  alias", "-", "0.00"), ("  constant", "1.00", "-")]


def test_every_length_has_its_own_table() -> None:
    assert list(tables([replace(KEPT, length=16000), KEPT])) == [8000, 16000]


@pytest.mark.slow
def test_drawings_name_every_arm(tmp_path: Path) -> None:
    paths = draw([KEPT, OTHER], tmp_path / "new")
    assert [path.name for path in paths] == ["retention.svg", "survival.svg"]
    for path in paths:
        text = path.read_text("utf-8")
        assert "<!-- ours -->" in text
        assert "<!-- other -->" in text


def test_drawing_without_matplotlib_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match="matplotlib") as raised:
        draw([], tmp_path)
    assert "repo-mhm[plot]" in (raised.value.hint or "")
