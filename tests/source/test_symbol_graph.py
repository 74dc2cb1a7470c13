"""Symbol graph: references are resolved by name, and ranks follow from who uses what."""

from __future__ import annotations

from collections import defaultdict

import rustworkx
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.symbol_graph import DAMPING, KIND_WEIGHTS, Mention, SymbolGraph, page_rank
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


def test_a_namesake_in_the_same_file_wins_else_namesakes_share() -> None:
    here, references = read("def f():\n    pass\nf()\n", path="here.py")
    there, _ = read("def f():\n    pass\n", path="there.py")
    own, other = page_rank([*here, *there], references)
    assert own > other
    _, far = read("f()\n", path="far.py")
    first, second = page_rank([*here, *there], far)
    assert first == second


DRAWN_SYMBOLS = st.lists(
    st.tuples(st.sampled_from("pqr"), st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 4)),
    min_size=1,
    max_size=12,
)
DRAWN_REFERENCES = st.lists(
    st.tuples(
        st.sampled_from("abcx"),
        st.sampled_from("pqrs"),
        st.integers(1, 15),
        st.sampled_from(sorted(KIND_WEIGHTS)),
    ),
    max_size=20,
)


def symbol_at(path: str, name: str, start: int, lines: int, container: str = "") -> Symbol:
    end = start + lines
    return Symbol(path, name, name, "function", start, end, start, end + 1, name, "", container)


@given(DRAWN_SYMBOLS, DRAWN_REFERENCES, st.sampled_from(["", "a"]))
def test_ranks_are_those_of_edges_from_every_user_to_every_definition(
    drawn: list[tuple[str, str, int, int]],
    references: list[tuple[str, str, int, str]],
    container: str,
) -> None:
    symbols = [symbol_at(*values, container) for values in drawn]
    ranks = page_rank(symbols, [Reference(*reference) for reference in references])
    expected = ranks_over_pairs(symbols, [Reference(*reference) for reference in references])
    assert all(
        abs(rank - other) < 1e-5 * other for rank, other in zip(ranks, expected, strict=True)
    )


def ranks_over_pairs(symbols: list[Symbol], references: list[Reference]) -> list[float]:
    """PageRank by rustworkx over one edge for each user and definition."""
    graph: rustworkx.PyDiGraph[int, float] = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(symbols) + 1))
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for name, path, line, kind in references:
        namesakes = [i for i, symbol in enumerate(symbols) if symbol.name == name]
        own = [i for i in namesakes if symbols[i].path == path]
        around = [
            (symbol.start_byte, -symbol.end_byte, i)
            for i, symbol in enumerate(symbols)
            if symbol.path == path and symbol.start <= line <= symbol.end
        ]
        user = max(around)[2] if around else len(symbols)
        for used in own or namesakes:
            if used != user:
                weights[user, used] += KIND_WEIGHTS[kind] / len(own or namesakes)
    for i, symbol in enumerate(symbols):
        owners = [
            j
            for j, other in enumerate(symbols)
            if other.path == symbol.path and other.qualified == symbol.container
        ]
        if owners and owners[-1] != i:
            weights[i, owners[-1]] += 1.0
    graph.add_edges_from([(*edge, weight) for edge, weight in weights.items()])
    ranks = rustworkx.pagerank(graph, alpha=DAMPING, weight_fn=float, tol=1e-12, max_iter=1000)
    return [ranks[i] for i in range(len(symbols))]


def test_the_work_grows_with_uses_plus_definitions_and_not_with_their_product() -> None:
    works = []
    for count in (100, 200):
        graph = SymbolGraph()
        for number in range(count):
            graph.add_file([symbol_at(f"d{number}", "get", 1, 1)], [])
            graph.add_file([], [Mention("get", range(1, 9), 1.0)])
        assert len(graph.ranks()) == count
        works.append(graph.work)
    assert works[1] == 2 * works[0]


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
