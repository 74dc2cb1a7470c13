from __future__ import annotations

from repo_mhm.retrieval.query import parse_question
from repo_mhm.retrieval.term_weights import term_weights


def test_rare_terms_and_names_weigh_more() -> None:
    idf = term_weights(
        parse_question("common rare `named`"), {"common": 9, "rare": 1, "named": 1}, 10
    )
    assert idf["named"] == 2 * idf["rare"] > idf["common"] > 0
