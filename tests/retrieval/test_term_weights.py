from __future__ import annotations

import pytest

from repo_mhm.retrieval.query import parse_question
from repo_mhm.retrieval.term_weights import coverage, term_weights


def test_coverage_is_high_for_present_terms_and_low_for_absent_ones() -> None:
    frequencies = {"cookies": 3, "merged": 1, "sourdough": 0, "bread": 0}
    here = term_weights(parse_question("cookies merged"), frequencies, 10)
    assert coverage(here, frequencies, ["cookies are merged"]) == pytest.approx(1.0)
    away = term_weights(parse_question("sourdough bread cookies"), frequencies, 10)
    assert coverage(away, frequencies, ["cookies are merged"]) < 0.25
    assert coverage({}, {}, []) == 0.0


def test_rare_terms_and_names_weigh_more() -> None:
    idf = term_weights(
        parse_question("common rare `named`"), {"common": 9, "rare": 1, "named": 1}, 10
    )
    assert idf["named"] == 2 * idf["rare"] > idf["common"] > 0
