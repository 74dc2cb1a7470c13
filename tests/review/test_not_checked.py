"""What a review says that it could not check."""

from __future__ import annotations

from repo_mhm.review.not_checked import UNREAD_CODE
from repo_mhm.source import languages
from tests.review.conftest import Review

STORE = "class Store\n  def drop(row)\n    row\n  end\n\n  def keep_row(row)\n    row\n  end\nend\n"
USE = "class Use\n  def run(it)\n    it.drop(1)\n  end\nend\n"


def test_code_that_no_grammar_reads_is_in_no_language() -> None:
    assert not [suffix for suffix in UNREAD_CODE if languages.for_file(f"main{suffix}")]


def test_uses_that_may_mean_a_changed_member_are_said_to_be_unjudged(review: Review) -> None:
    lost = STORE.replace("def drop", "def take")
    report = review({"store.rb": STORE, "use.rb": USE}, {"store.rb": lost})

    reason = "uses of `drop` behind receivers of unknown type"
    assert [(item.path, item.reason) for item in report.not_reviewed] == [("store.rb", reason)]
    assert report.findings == ()
    assert not report.has_gaps


def test_nothing_is_unjudged_where_nothing_has_the_name_of_what_changed(review: Review) -> None:
    lost = STORE.replace("def keep_row", "def take_row")

    report = review({"store.rb": STORE, "use.rb": USE}, {"store.rb": lost})

    assert report.not_reviewed == ()


def test_variables_that_a_script_sets_no_more_are_named(review: Review) -> None:
    report = review({"env.sh": "ROOT=1\nPORT=2\n"}, {"env.sh": "PORT=2\n"})

    reasons = [item.reason for item in report.not_reviewed]
    assert reasons == ["uses of `ROOT` in other scripts"]


def test_a_member_that_is_called_like_one_of_the_language_is_unjudged(review: Review) -> None:
    store = "class Store:\n    def update(self, row):\n        return row\n"
    use = "def run(it):\n    it.update(1)\n"

    lost = store.replace("def update", "def renew")
    report = review({"store.py": store, "use.py": use}, {"store.py": lost})

    reasons = [item.reason for item in report.not_reviewed]
    assert reasons == ["uses of `update` behind receivers of unknown type"]
