from __future__ import annotations

from repo_mhm.retrieval.query import parse_question
from repo_mhm.retrieval.term_weights import LEAST_TERMS, MOST_HITS, affordable_terms, term_weights


def test_rare_terms_and_names_weigh_more() -> None:
    idf = term_weights(
        parse_question("common rare `named`"), {"common": 9, "rare": 1, "named": 1}, 10
    )
    assert idf["named"] == 2 * idf["rare"] > idf["common"] > 0


def test_the_most_common_terms_are_left_out_where_there_are_too_many_hits() -> None:
    query = parse_question("alpha beta gamma delta")
    few = dict.fromkeys(query.terms, 10)
    many = {**few, "gamma": MOST_HITS}
    all_common = dict.fromkeys(query.terms, MOST_HITS)

    assert affordable_terms(query, few) == list(query.weighted_terms)
    assert set(affordable_terms(query, many)) == set(query.terms) - {"gamma"}
    assert len(set(affordable_terms(query, all_common))) == LEAST_TERMS
