"""Tables and drawings of outcomes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.bench.log import Cost
from repo_mhm.bench.measures import MEASURES, Outcome
from repo_mhm.bench.plots import draw, growth, tables
from repo_mhm.errors import UsageError

KEPT = Outcome("ours", 8000, "h0", "constant", True, True, True, False, True, 3)
OTHER = replace(KEPT, arm="other", kind="alias", kept=False)


def test_a_table_has_a_column_for_each_arm_and_a_row_for_each_measure_and_kind() -> None:
    (rows,) = tables([KEPT, OTHER], {}).values()
    assert rows[0] == ("8,000 tokens", "ours", "other")
    kinds = ["  alias", "  constant"]
    assert [row[0] for row in rows[1:]] == [
        *("facts", *MEASURES, "in memory, by kind", *kinds, "right answers, by kind", *kinds)
    ]
    assert rows[-5:-3] == [("  alias", "-", "0.00"), ("  constant", "1.00", "-")]
    assert rows[-2:] == [("  alias", "-", "1.00"), ("  constant", "1.00", "-")]


def test_a_table_ends_with_the_mean_cost_of_a_haystack() -> None:
    costs = {
        (haystack, "ours"): (8000, Cost(1.0, 2.0, seconds, 9.0, 4.0, 8.0, 5000, 7))
        for haystack, seconds in (("h0", 10.0), ("h1", 20.0))
    }
    (rows,) = tables([KEPT, OTHER], costs).values()
    row_by_name = {name: figures for name, *figures in rows}
    assert row_by_name["seconds"] == ["15.0", "-"]
    assert row_by_name["prompt tokens"] == ["5,000.0", "-"]


def test_every_length_has_its_own_table() -> None:
    assert list(tables([replace(KEPT, length=16000), KEPT], {})) == [8000, 16000]


def test_growth_is_the_exponent_of_each_cost() -> None:
    costs = {
        (f"h{length}", arm): (length, Cost(0.0, length**1.5, 1.0, length, 1.0, 1.0, length**2, 0))
        for arm, lengths in (("ours", (1000, 4000, 16000)), ("other", (1000,)))
        for length in lengths
    }
    header, *rows = growth(costs)
    assert header == ("grows with length to the power", "ours")
    exponents = dict(rows)
    assert exponents["scan seconds"] == "-"
    assert exponents["scan core seconds"] == "1.50"
    assert exponents["core seconds"] == "1.00"
    assert exponents["prompt tokens"] == "2.00"
    assert growth({("h", "other"): (1000, Cost(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 1))}) == []


@pytest.mark.slow
def test_drawings_name_every_arm(tmp_path: Path) -> None:
    paths = draw([KEPT, OTHER], tmp_path / "new")
    assert [path.name for path in paths] == ["retention.svg", "answers.svg", "survival.svg"]
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
