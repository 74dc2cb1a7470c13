"""Slips: which changes a model weighs, and which of its weights make a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.engine.types import Weighed
from repo_mhm.git import diff
from repo_mhm.review.model_calls import ReviewModel
from repo_mhm.review.reply_cache import ReplyCache
from repo_mhm.review.reviewer import Reviewer
from tests.conftest import MakeRepo
from tests.review.conftest import Review, by_model

OLD = """\
LIMIT = 3


def total(prices, rates, start):
    if start > LIMIT:
        raise ValueError(start)
    for price, rate in zip(prices, rates):
        start = start + price * rate
    return start
"""


def weighing(first: float, second: float, **more: object) -> ScriptedEngine:
    return ScriptedEngine(weigh=lambda contrast: Weighed(first, second), **more)  # type: ignore[arg-type]


def reviewer(engine: object, cache: Path | None = None) -> Reviewer:
    replies = ReplyCache("scripted-1", cache)
    return Reviewer(model=ReviewModel(lambda: engine, "scripted", replies))  # type: ignore[arg-type,return-value]


def changed(old: str, new: str) -> tuple[dict[str, str], dict[str, str]]:
    assert OLD.count(old) == 1
    return {"a.py": OLD}, {"a.py": OLD.replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "category", "gone", "come"),
    [
        ("price * rate", "price + rate", "logic", "*", "+"),
        ("price * rate", "price * start", "logic", "rate", "start"),
        ("return start", "return prices", "logic", "start", "prices"),
        ("return start", "return None", "logic", "start", "None"),
    ],
)
def test_a_slip_is_reported_with_both_wordings(
    review: Review, old: str, new: str, category: str, gone: str, come: str
) -> None:
    report = review(*changed(old, new), reviewer(weighing(-0.1, -9.0)))
    (finding,) = by_model(report)
    assert (finding.category, finding.severity) == (category, "warning")
    wordings = f"calls for `{gone}`, as it was, and makes `{come}` 7,000 times less likely"
    assert wordings in finding.message
    assert old in finding.was
    assert new in finding.source


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [
        (-0.1, -9.0, "warning"),
        (-0.1, -4.5, "info"),
        (-0.1, -3.0, None),
        (-3.0, -9.0, None),
        (-9.0, -0.1, None),
    ],
)
def test_only_a_clear_preference_for_the_old_words_is_reported(
    review: Review, first: float, second: float, severity: str | None
) -> None:
    report = review(*changed("price * rate", "price + rate"), reviewer(weighing(first, second)))
    assert [finding.severity for finding in report.findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price * rate", "price * bonus"),  # a new name is written on purpose
        # So are words that replace none.
        ("start = start + price * rate", "start = start + price * rate * LIMIT"),
        ("LIMIT = 3", "LIMIT = 3  # at most"),
        ("price * rate", '"no price" * rate'),  # no model can guess the text of a string
        ("    return start", "    result = start\n    return result"),
        ("def total(prices, rates, start):", "def total(prices, rates, start, *, verbose=False):"),
        ("def total(prices, rates, start):", 'def total(prices, rates, start) -> "object":'),
        ("    if start > LIMIT:\n        raise ValueError(start)\n", ""),
    ],
)
def test_other_changes_are_not_weighed(review: Review, old: str, new: str) -> None:
    engine = weighing(-0.1, -9.0)
    report = review(*changed(old, new), reviewer(engine))
    assert (engine.contrasts, by_model(report)) == ([], [])


def test_the_model_sees_the_code_around_without_secrets(review: Review) -> None:
    token = "AKIA" + "Q3EGRLXB7VJ2ZK5M"
    engine = weighing(-0.1, -0.1)
    before = {"a.py": f'KEY = "{token}"\n{OLD}'}
    review(
        before, {"a.py": before["a.py"].replace("price * rate", "price + rate")}, reviewer(engine)
    )
    (contrast,) = engine.contrasts
    assert contrast.before.endswith("zip(prices, rates):\n")
    assert contrast.after.startswith("\n    return start")
    assert (contrast.first.strip(), contrast.second.strip()) == (
        "start = start + price * rate",
        "start = start + price + rate",
    )
    assert "def total(" in contrast.before
    assert token not in repr(contrast)


def test_what_a_rule_found_already_is_only_confirmed(review: Review) -> None:
    for second, agreed in ((-9.0, True), (-0.2, False)):
        report = review(
            *changed("start > LIMIT", "start >= LIMIT"),
            reviewer(weighing(-0.1, second)),
            name=str(agreed),
        )
        (finding,) = report.findings
        assert (finding.kind, finding.category, finding.agreed) == ("impact", "boundary", agreed)


def test_weights_are_remembered_by_content(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a.py": OLD})
    cache = tmp_path / "reviews.json"
    first, again = weighing(-0.1, -9.0), weighing(-9.0, -0.1)
    repo.write({"a.py": OLD.replace("price * rate", "price + rate")})
    report = reviewer(first, cache).review(diff.working(repo.root))
    assert (len(first.contrasts), len(report.findings)) == (1, 1)
    assert reviewer(again, cache).review(diff.working(repo.root)) == report
    assert again.contrasts == []
    cache.write_text(cache.read_text().replace("-9.0", "much"))
    assert reviewer(again, cache).review(diff.working(repo.root)).findings == ()


def test_what_could_not_be_weighed_is_listed(review: Review) -> None:
    class Mute:
        def __getattr__(self, name: str) -> object:
            if name == "weigh":
                raise AttributeError(name)
            return getattr(self.engine, name)

        engine = ScriptedEngine()

    change = changed("price * rate", "price + rate")
    reason_and_reviewer = {
        "long": ("too long for the model", reviewer(weighing(-0.1, -9.0, context=20))),
        "mute": ("this engine cannot weigh texts", reviewer(Mute())),
        "late": ("the time was up", reviewer(weighing(-0.1, -9.0, interrupt_at=1))),
    }
    _, late = reason_and_reviewer["late"]
    late.deadline, late.clock = 1.0, lambda: 0.0
    now = iter([0.0, 0.0, 0.0, *[2.0] * 9])
    assert late.model is not None
    late.model._clock = lambda: next(now)
    for name, (reason, case_reviewer) in reason_and_reviewer.items():
        report = review(*change, case_reviewer, name=name)
        assert [item.reason for item in report.not_reviewed] == [
            f"not shown to the model: {reason}"
        ]


def test_the_words_of_a_diff_cannot_break_out_of_a_message(review: Review) -> None:
    old = {"a.js": "function f(a, b) {\n  return a + `x`\n}\n"}
    report = review(
        old, {"a.js": old["a.js"].replace("a + `x`", "b + `x`")}, reviewer(weighing(-0.1, -9.0))
    )
    (finding,) = report.findings
    assert (finding.category, finding.message.count("`")) == ("logic", 4)


def test_words_replaced_again_and_again_are_no_slip(review: Review) -> None:
    lines = "a = first * 2\nb = second * 3\nc = third * 4\n"
    for count, weighed in ((2, 2), (3, 0)):
        engine = weighing(-0.1, -9.0)
        review(
            {"a.py": lines},
            {"a.py": lines.replace(" * ", " + ", count)},
            reviewer(engine),
            name=str(count),
        )
        assert len(engine.contrasts) == weighed


def test_a_review_weighs_a_limited_number_of_slips(review: Review) -> None:
    lines = "".join(f"a{number} = b * {number + 10}\n" for number in range(70))
    engine = weighing(-0.1, -0.1)
    after = "".join(f"a{number} = b * {number + 1000}\n" for number in range(70))
    report = review({"a.py": lines}, {"a.py": after}, reviewer(engine))
    assert len(engine.contrasts) == 60
    reason = "not shown to the model: there are more than 60 such places"
    assert [(out.path, out.reason) for out in report.not_reviewed] == [
        (f"a.py:{number}-{number}", reason) for number in range(61, 71)
    ]
