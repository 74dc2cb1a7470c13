"""The snapshot's tables: what a scan puts in comes out again."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from repo_mhm.source.scan import ScannedFile
from repo_mhm.source.symbols import Reference
from repo_mhm.store import Store, open_store
from tests.store.conftest import scanned


def test_a_scanned_file_comes_back_as_it_went_in(store: Store) -> None:
    scan = scanned()
    store.put_file(scan)
    assert [stored.chunk for stored in store.chunks()] == list(scan.chunks)
    assert [stored.symbol for stored in store.symbols()] == list(scan.symbols)
    assert sorted(store.references()) == sorted(scan.references)
    assert store.blobs() == {"app.py": "b1"}
    assert {"greet", "part"} <= store.names()


def test_putting_a_file_again_replaces_everything_under_its_path(store: Store) -> None:
    store.put_file(scanned())
    assert store.search("source", ["hello"], 5)
    assert store.search("symbol", ["greet"], 5)
    store.put_file(scanned(source=b"def other():\n    pass\n", blob="b2"))
    assert [stored.symbol.name for stored in store.symbols()] == ["other"]
    assert not store.search("source", ["hello"], 5)
    assert not store.search("symbol", ["greet"], 5)


def test_a_removed_file_leaves_nothing(store: Store) -> None:
    store.put_file(scanned())
    store.remove_files(["app.py"])
    assert not store.chunks()
    assert not store.symbols()
    assert not store.references()
    assert not store.blobs()


def test_a_removed_file_is_found_by_no_word_of_its_path(store: Store) -> None:
    store.put_files([scanned("lib/zebra.py"), scanned("lib/okapi.py")])
    store.remove_files(["lib/zebra.py"])
    assert store.paths_with_any(["zebra"]) == []
    assert store.paths_with_any(["lib"]) == ["lib/okapi.py"]
    assert store._fetch_all("SELECT count(DISTINCT file) FROM path_word")[0][0] == 1


def test_files_that_are_stored_together_are_what_they_are_one_by_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = [scanned(f"lib{number % 3}/f{number}.py") for number in range(9)]
    monkeypatch.setattr("repo_mhm.store.snapshot._BATCH_FILES", 4)
    store.put_files(scans)
    with open_store(tmp_path / "other") as other:
        for scan in scans:
            other.put_file(scan)
        assert other.chunks() == store.chunks()
        assert other.symbols() == store.symbols()
        assert sorted(other.references()) == sorted(store.references())
        for table in ("source", "symbol"):
            assert other.search(table, ["greet"], 50) == store.search(table, ["greet"], 50)
        assert other.paths_with_any(["lib1"]) == store.paths_with_any(["lib1"])


@pytest.mark.parametrize("container", ["", "Greeter", "12", "=", "other.place", "nul\0nul"])
def test_a_container_comes_back_whatever_it_is(store: Store, container: str) -> None:
    scan = scanned()
    symbol = scan.symbols[0]._replace(qualified="Greeter.greet", container=container)
    store.put_file(replace(scan, symbols=(symbol,)))
    assert [stored.symbol for stored in store.symbols()] == [symbol]
    (links,) = [links for links in store.file_links() if links.symbols]
    assert links.symbols[0].container == container


def test_the_chunk_at_a_line_contains_it(store: Store) -> None:
    store.put_file(scanned())
    stored = store.chunk_at("app.py", 2)
    assert stored is not None
    assert stored.chunk.start <= 2 <= stored.chunk.end
    assert store.chunk_at("app.py", 900) is None
    assert store.chunk_at("other.py", 2) is None


def test_what_another_process_has_scanned_is_stored_alike(store: Store, tmp_path: Path) -> None:
    scan = scanned()
    sent = pickle.loads(pickle.dumps(scan))
    assert sorted(sent.references) == sorted(scan.references)
    assert len(sent.references) == len(scan.references)
    store.put_file(scan)
    with open_store(tmp_path / "other") as other:
        other.put_file(sent)
        for table in ("mention", "name", "definition", "chunk"):
            query = f"SELECT * FROM {table}"
            assert list(map(tuple, other._fetch_all(query))) == list(
                map(tuple, store._fetch_all(query))
            )


@pytest.mark.slow
def test_hundred_thousand_references_go_in_quickly(store: Store) -> None:
    references = tuple(
        Reference(f"name{number % 9000}", "app.py", number, "name") for number in range(100_000)
    )
    scan = scanned()
    store.put_file(
        ScannedFile(
            "app.py", "b", "python", 1, scan.chunks, scan.symbols, references, texts=scan.texts
        )
    )
    assert len(store.names()) >= 9000
    assert [reference.name for reference in store.references()].count("name7") == 12


def test_files_are_counted_and_stand_for_by_their_most_valuable_chunk(store: Store) -> None:
    body = b"".join(b"def f%d():\n    return %d\n\n\n" % (n, n) for n in range(2_000))
    store.put_file(scanned("big.py", body))
    store.put_file(scanned("notes.txt", b"words\n"))
    chunks = store.chunks_in("big.py")
    assert len(chunks) > 1
    store.set_ranks((), [(chunks[-1].id, 0.5)])

    assert store.file_count() == 2
    assert store.chunk_counts(["big.py", "gone.py"]) == {"big.py": len(chunks)}
    assert store.main_chunks(["big.py", "gone.py"]) == {"big.py": chunks[-1].id}
