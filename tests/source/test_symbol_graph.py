"""Symbol graph: references are resolved by name, and ranks follow from who uses what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.symbol_graph import page_rank, uses
from repo_mhm.source.symbols import Reference, Symbol
from tests.source.test_symbol_extraction import read

CODE = """
def used():
    pass

def caller():
    used()

def unused():
    caller

class C:
    def m(self):
        used()
"""


def test_uses_know_user_used_and_share() -> None:
    symbols, references = read(CODE)
    names = [symbol.qualified for symbol in symbols]
    triples = {(names[use.user], names[use.used], use.share) for use in uses(symbols, references)}
    assert ("caller", "used", 1.0) in triples
    assert ("C.m", "used", 1.0) in triples


def test_a_namesake_in_the_same_file_wins_else_namesakes_share() -> None:
    here, references = read("def f():\n    pass\nf()\n", path="here.py")
    there, _ = read("def f():\n    pass\n", path="there.py")
    assert {use.used for use in uses([*here, *there], references)} == {0}
    _, far = read("f()\n", path="far.py")
    assert sorted((use.used, use.share, use.user) for use in uses([*here, *there], far)) == [
        (0, 0.5, -1),
        (1, 0.5, -1),
    ]


def test_rank_prefers_what_is_used_more() -> None:
    symbols, references = read(CODE)
    ranks = dict(
        zip((symbol.qualified for symbol in symbols), page_rank(symbols, references), strict=True)
    )
    assert ranks["used"] == max(ranks.values())
    assert ranks["C"] > ranks["unused"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), st.integers(1, 12), st.sampled_from(["call", "import", "name"])
        )
    )
)
def test_ranks_sum_to_at_most_1_whatever_refers_to_what(drawn: list[tuple[str, int, str]]) -> None:
    symbols = [
        Symbol("p", name, name, "function", 3 * i + 1, 3 * i + 2, 10 * i, 10 * i + 9, name, "", "")
        for i, name in enumerate("abca")
    ]
    references = [Reference(name, "p", line, kind) for name, line, kind in drawn]
    ranks = page_rank(symbols, references)
    assert len(ranks) == len(symbols)
    assert all(0 < value < 1 for value in ranks)
    assert sum(ranks) < 1 + 1e-6
    assert ranks == page_rank(symbols, references)


def test_no_symbols_no_ranks() -> None:
    assert page_rank([], [Reference("a", "p", 1, "call")]) == []
