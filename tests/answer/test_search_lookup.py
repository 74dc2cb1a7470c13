"""What `search` finds in a real store, in each of its units."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.answer.search_hits import REASONS, SearchHits, matching_column
from repo_mhm.answer.search_lookup import SearchQuery, find_hits
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.ranking import LIST_WEIGHTS
from repo_mhm.scope import Scope
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo

FILES = {
    "courier/link.py": (
        '"""How parcels travel."""\n\n\n'
        "def deliver(parcel):\n    return attempt_once(parcel)\n\n\n"
        "def attempt_once(parcel):\n    return parcel.mass > 3\n"
    ),
    "courier/stamp.py": "def frank(parcel, postage):\n    return parcel, postage\n",
    "web/stamp.ts": "export function stampOf(postage: number) {\n  return postage\n}\n",
    "README.md": "# Courier\n\nSends parcels with postage.\n",
}


@pytest.fixture
def store(make_repo: MakeRepo, tmp_path: Path) -> Iterator[Store]:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as opened:
        refresh(opened, open_snapshot(repo.root), heads=2)
        yield opened


def paths(found: SearchHits) -> list[str]:
    return [hit.line.location.path for hit in found.hits]


def test_locations_of_one_file_come_together_and_say_why_they_were_found(store: Store) -> None:
    found = find_hits(store, SearchQuery("parcel postage"))
    assert found.kind == "free"
    assert found.total == len(found.hits)
    best = next(hit for hit in found.hits if hit.line.symbol == "frank")
    assert set(best.words) == {"parcel", "postage"}
    assert "source" in best.found_by
    assert "words of the source" in best.explanation


def test_a_files_hits_are_not_parted(store: Store) -> None:
    found = paths(find_hits(store, SearchQuery("parcel", limit=100)))
    parts = [path for index, path in enumerate(found) if index == 0 or found[index - 1] != path]
    assert len(parts) == len(set(parts))


def test_files_come_once_each_also_where_no_line_tells(store: Store) -> None:
    found = find_hits(store, SearchQuery("postage", unit="file", limit=2))
    assert len(set(paths(found))) == 2
    assert found.total >= 3


def test_symbols_are_definitions_by_their_signatures(store: Store) -> None:
    found = find_hits(store, SearchQuery("mass of a parcel", unit="symbol"))
    by_symbol = {hit.line.symbol: hit.line for hit in found.hits}
    assert by_symbol["attempt_once"].code.startswith("def attempt_once(parcel)")
    assert (by_symbol["attempt_once"].location.start, by_symbol["attempt_once"].number) == (8, 8)
    assert all(hit.symbols for hit in found.hits)


def test_only_files_in_scope_are_found(store: Store) -> None:
    web = Scope.of_paths(folders=["web"])
    found = find_hits(store, SearchQuery("postage", scope=web))
    assert set(paths(found)) == {"web/stamp.ts"}
    assert not find_hits(store, SearchQuery("parcel", scope=web)).hits


def test_what_code_answers_is_listed_in_full(store: Store) -> None:
    found = find_hits(store, SearchQuery("who calls attempt_once"))
    assert (found.kind, found.total) == ("callers", 1)
    assert found.hits[0].line.number == 5
    assert found.hits[0].found_by == ("callers",)
    assert found.hits[0].score is None
    elsewhere = Scope.of_paths(files=["README.md"])
    nowhere = find_hits(store, SearchQuery("who calls attempt_once", scope=elsewhere))
    assert not nowhere.hits
    assert nowhere.heading.endswith("none of them in README.md and 1 outside")


def test_nothing_matches_where_too_few_words_occur(store: Store) -> None:
    found = find_hits(store, SearchQuery("quantum blockchain of parcel pods in the orbit"))
    assert (found.hits, found.total) == ((), 0)
    assert found.nearest
    assert not find_hits(store, SearchQuery("zeppelin")).nearest


def test_every_list_of_the_ranking_has_words_for_a_reader() -> None:
    assert set(LIST_WEIGHTS) <= set(REASONS)


@pytest.mark.parametrize(
    ("line", "words", "column"),
    [
        ("    return Postage", ["postage"], 12),
        ("    return 1", ["postage"], 5),
        ("  # für Postage", ["postage"], 10),
        ("", [], 1),
        ("\tvalid_id(identity)", ["identity"], 11),
        ("    overpaid(paid)", ["paid"], 14),
        ("    myIdentity", ["identity"], 7),
        ("    İ paid", ["paid"], 8),
    ],
)
def test_a_column_counts_bytes_from_one(line: str, words: list[str], column: int) -> None:
    assert matching_column(line, words) == column


def test_an_abstract_method_comes_after_what_implements_it(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    abstract = (
        "class Field:\n    def serialize_price(self, price):\n"
        '        """Serialize a price."""\n        raise NotImplementedError\n'
    )
    concrete = (
        "class Money(Field):\n    def serialize_price(self, price):\n        return str(price)\n"
    )
    repo = make_repo({"fields.py": f"{abstract}\n\n{concrete}"})
    with open_store(tmp_path / "other") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        found = find_hits(store, SearchQuery("how is a price serialized?"))
    symbols = [hit.line.symbol for hit in found.hits]
    assert symbols.index("Money.serialize_price") < symbols.index("Field.serialize_price")
