"""The repository of relations, as a store has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.commands.open_memory import open_memory
from repo_mhm.relations import repository_lookup
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoredPaths, StoreRepository
from repo_mhm.source.repository_paths import RepositoryPaths
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import Store, open_store
from tests.conftest import MakeRepo

PATHS = ["a.py", "lib/a.py", "lib/__init__.py", "lib/inner/naïve name.ts", "other/lib/a.py"]
ENDS = [*PATHS, "b.py", "inner/naïve name.ts", "b/a.py", "ib/a.py", "a", ""]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "memory")
    store.put_files(scan_bytes(path, b"x = 1\n", texts=True) for path in PATHS)
    return store


@pytest.mark.parametrize("most", [0, 3, 300])
def test_paths_of_a_store_are_those_of_its_list(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(repository_lookup, "MOST_LOOKUPS", most)
    asked, listed = StoredPaths(store), RepositoryPaths(PATHS, store.text_of)
    for end in ENDS:
        assert (end in asked) == (end in listed)
        assert asked.ending_with(end) == listed.ending_with(end)
        assert asked.existing([end, "lib/a.py"]) == listed.existing([end, "lib/a.py"])
    assert asked.in_folder("lib", ".py") == listed.in_folder("lib", ".py")
    assert asked.folders_above == listed.folders_above
    assert asked.paths == listed.paths


def test_no_list_of_paths_is_read_for_a_few_questions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(self: Store) -> dict[str, str]:
        raise AssertionError("all paths are read")

    monkeypatch.setattr(Store, "blobs", listed)
    monkeypatch.setattr(Store, "languages", listed)
    repository = StoreRepository(store)
    assert repository.paths.ending_with("inner/naïve name.ts") == ["lib/inner/naïve name.ts"]
    assert repository.file("lib/a.py").family == "python"


def test_of_many_files_with_a_name_the_nearest_are_looked_through(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_lookup, "MOST_FILES", 3)
    call = "from shop.cart import total\n\n\ndef pay():\n    return total()\n"
    files = {f"{folder}/use.py": call for folder in ("shop", "shop/desk", "app", "tools/inner")}
    files["shop/cart.py"] = "def total():\n    return 1\n"
    with open_memory(make_repo(files).root, {}).store as store:
        repository = StoreRepository(store)
        (total,) = repository.named("total")
        callers = Relations(repository).callers(total)
    assert [use.path for use in callers] == ["shop/desk/use.py", "shop/use.py"]
    assert repository.left_out == {"app/use.py", "tools/inner/use.py"}
