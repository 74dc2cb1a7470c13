"""Full-text search and the names that join chunks of different files."""

from __future__ import annotations

import pytest

from repo_mhm.errors import StoreError
from repo_mhm.store import Store
from tests.store.conftest import scanned


def test_only_the_three_indexes_are_searched(store: Store) -> None:
    with pytest.raises(StoreError, match="no full-text index of 'turn'"):
        store.search("turn", ["hello"], 5)


def test_terms_are_counted_by_chunk(store: Store) -> None:
    store.put_file(scanned("a.py"))
    store.put_file(scanned("b.py", b"def other():\n    return greet\n"))
    assert store.frequencies(["greet", "hello", "absent", ""]) == {
        "greet": 2,
        "hello": 1,
        "absent": 0,
        "": 0,
    }
    assert store.source_has_word("Hello")
    assert not store.source_has_word("absent")


def test_chunks_are_joined_by_the_names_they_define_and_use(store: Store) -> None:
    store.put_file(scanned("a.py", b"def greet():\n    return 1\n"))
    store.put_file(scanned("b.py", b"def caller():\n    greet()\n    return greet()\n"))
    definer, user = store.chunks()
    assert store.defined_elsewhere(user.chunk, 5) == [("greet", definer.id)]
    assert store.used_elsewhere(definer.chunk, 5) == [("greet", user.id, 2)]
    assert store.defined_elsewhere(user.chunk, 0) == []
    assert store.used_elsewhere(definer.chunk, 0) == []


def test_files_are_found_by_the_words_of_their_paths(store: Store) -> None:
    for path in ("lib/digestAuth.py", "lib/cookie_jar.py", "lib/a.py", "lib/b.py", "lib/c.py"):
        store.put_file(scanned(path))

    assert store.paths_with_words(["auth", "jar", "lib", "absent"]) == {
        "auth": ["lib/digestAuth.py"],
        "jar": ["lib/cookie_jar.py"],
    }
    store.put_file(scanned("lib/cookie_jar.py"))
    store.remove_files(["lib/digestAuth.py"])
    assert set(store.paths_with_words(["auth", "jar"])) == {"jar"}


def test_a_word_in_many_chunks_is_estimated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        store.put_file(scanned(f"f{number}.py", b"def greet():\n    return 1\n"))
    monkeypatch.setattr("repo_mhm.store.search.COUNTED_CHUNKS", 4)

    assert store.frequencies(["greet"]) == {"greet": 12}


def test_files_are_found_by_their_names(store: Store) -> None:
    for path in ("a/__init__.py", "a/b/models.py", "b/models.py", "models.pyi", "-.py"):
        store.put_file(scanned(path))

    assert store.paths_named(["models.py"]) == ["a/b/models.py", "b/models.py"]
    assert store.paths_named(["a/b/models.py", "__init__.py"]) == ["a/__init__.py", "a/b/models.py"]
    assert store.paths_named(["odels.py", "-", ""]) == []
    assert store.paths_with_any(["a", "absent"]) == ["a/__init__.py", "a/b/models.py"]


def test_a_word_that_comes_twice_counts_twice(store: Store) -> None:
    store.put_file(scanned("a.py", b"alpha = 1\n"))
    store.put_file(scanned("b.py", b"beta = 1\n"))
    (first, alpha), (_, beta) = store.search("source", ["alpha", "beta", "alpha"], 5)
    assert store.chunks([first])[0].chunk.path == "a.py"
    assert alpha == pytest.approx(2 * beta)


def test_the_text_of_an_issue_finds_what_its_words_find_alone(store: Store) -> None:
    for number in range(30):
        text = "".join(f"word{number % word} = {word}\n" for word in range(1, 25))
        store.put_file(scanned(f"file{number}.py", text.encode()))
    terms = [f"word{number}" for number in range(24)]
    alone: dict[int, float] = {}
    for term in terms:
        for chunk, score in store.search("source", [term], 100):
            alone[chunk] = alone.get(chunk, 0.0) + score
    together = dict(store.search("source", terms, 100))
    assert together == {chunk: pytest.approx(score) for chunk, score in alone.items()}


def test_more_words_than_sqlite_takes_queries_are_searched(store: Store) -> None:
    store.put_file(scanned("a.py"))
    terms = [f"absent{number}" for number in range(9_000)]
    assert [chunk for chunk, _ in store.search("source", [*terms, "greet"], 5)]


def test_a_symbol_leads_to_the_chunk_it_begins_in(store: Store) -> None:
    store.put_file(scanned("a.py", b"def greet():\n    return 1\n"))
    store.put_file(scanned("b.py", b"def other():\n    return 2\n"))
    found = {
        store.symbols([symbol])[0].symbol.path: store.chunks([chunk])[0].chunk.path
        for symbol, chunk in store.chunks_of_symbols([1, 2, 99]).items()
    }
    assert found == {"a.py": "a.py", "b.py": "b.py"}


def test_chunks_that_only_declare_are_told_from_those_with_bodies(store: Store) -> None:
    body = "{\n  if (!line) return 0;\n  return read(line);\n}\n"
    files = {
        "store.h": "int load(char *line);\nint save(char *line);\n",
        "store.c": f"int load(char *line) {body}int save(char *line);\n",
        "sizes.h": "#define LEAST 1\n",
        "types.ts": "export interface Store {\n  load(line: string): void\n}\n",
        "store.ts": f"export class Store {{\n  load(line: string) {body}}}\n",
    }
    for path, text in files.items():
        store.put_file(scanned(path, text.encode()))
    path_by_id = {stored.id: stored.chunk.path for stored in store.chunks()}

    declaring = {path_by_id[chunk] for chunk in store.declaring_chunks(path_by_id)}
    assert declaring == {"store.h", "types.ts"}
    assert store.declaring_chunks([]) == set()


def test_words_that_many_paths_have_are_left_out_where_that_is_asked(store: Store) -> None:
    for path in ("lib/a.py", "lib/b.py", "lib/c.py"):
        store.put_file(scanned(path))
    assert store.paths_with_any(["lib", "a"], most=2) == ["lib/a.py"]
    assert store.paths_with_any(["lib", "a"]) == ["lib/a.py", "lib/b.py", "lib/c.py"]


def test_of_a_common_name_only_some_symbols_are_read(store: Store) -> None:
    for number in range(5):
        store.put_file(scanned(f"f{number}.py", b"def greet():\n    return 1\n"))
    assert len(store.symbols_named(["greet"], most=3)) == 3
    assert len(store.symbols_named(["greet"])) == 5


def test_parts_of_paths_and_names_are_found_whatever_their_case(store: Store) -> None:
    for path in ("Ähre.py", "lib/cookie_jar.py", "jar/other.py"):
        store.put_file(scanned(path, "class Ähre:\n    def wiegen(self):\n        pass\n".encode()))
    assert store.paths_like("JAR", 5) == ["jar/other.py", "lib/cookie_jar.py"]
    assert store.paths_like("Ähre", 5) == ["Ähre.py"]
    assert [name for name, *_ in store.symbols_like("Ähre.W", 1)] == ["Ähre.wiegen"]
