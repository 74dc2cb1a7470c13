"""What the overview has found of files and heads, as an index reads it."""

from __future__ import annotations

import pytest

from repo_mhm.memory.file_overview import FileOverview
from repo_mhm.source.scan import scan_bytes
from repo_mhm.store import Store


def found(path: str, worth: float = 0.5) -> FileOverview:
    return FileOverview(path, 0.5, worth, 0.25, "lead", 1, 2, "Sends parcels.", "", "")


@pytest.fixture
def filled(store: Store) -> Store:
    for path in ("lib/a.py", "lib/sub/b.py", "lib0.py", "c.py"):
        store.put_file(scan_bytes(path, f"def work():\n    return {path!r}\n".encode(), texts=True))
    store.set_file_overviews([found("lib/a.py", 0.1), found("lib/sub/b.py", 0.9), found("c.py")])
    return store


def test_what_was_found_of_a_file_goes_with_it_and_is_replaced(filled: Store) -> None:
    assert sorted(filled.file_overviews(["c.py", "gone.py"])) == [found("c.py")]
    filled.set_file_overviews([found("c.py", 0.7), found("gone.py")])
    filled.remove_files(["lib/a.py"])
    assert {file.path: file.worth for file in filled.file_overviews()} == {
        "lib/sub/b.py": 0.9,
        "c.py": 0.7,
    }


def test_a_directory_is_worth_what_the_most_valuable_file_below_it_is(filled: Store) -> None:
    worths = {path: filled.most_worth_below(path) for path in (".", "lib", "lib/sub", "li")}
    assert worths == {".": 0.9, "lib": 0.9, "lib/sub": 0.9, "li": 0.0}


def test_chunks_are_planned_by_what_their_file_is_worth(filled: Store) -> None:
    (stored,) = filled.chunks_in("c.py")
    filled.set_ranks((), [(stored.id, 0.8)])
    by_path = {chunk.path: chunk for chunk in filled.chunks_to_read()}
    assert by_path["c.py"].value == pytest.approx(0.8 * 0.5**2)
    assert by_path["c.py"].tokens == stored.chunk.tokens
    assert by_path["lib0.py"].value == 0.0
    contents = [stored.chunk.content_id, "gone"]
    assert filled.paths_of_contents(contents) == {"c.py"}


def test_what_heads_could_say_is_kept_until_all_are_filled_anew(filled: Store) -> None:
    filled.set_head_overview(3, "{}")
    filled.set_head_overview(3, '{"order":[]}')
    assert filled.head_overviews() == {3: '{"order":[]}'}
    filled.forget_head_overviews()
    assert filled.head_overviews() == {}


def test_users_are_counted_by_names_that_few_files_define(store: Store) -> None:
    sources = {
        "a.py": "def send():\n    return 1\n\n\ndef common():\n    return 2\n",
        "b.py": "import a\n\na.send()\na.send()\na.common()\n",
        "c.py": "import a\n\na.send()\n",
        "own.py": "def send():\n    return 3\n\n\nsend()\n",
        "tests/test_a.py": "import a\n\na.send()\n",
        "d.py": "def common():\n    return 4\n",
    }
    for path, text in sources.items():
        store.put_file(scan_bytes(path, text.encode(), texts=True))
    outside = ["tests/test_a.py"]
    assert store.user_counts(outside=outside, most=2) == {"a.py": 2, "own.py": 2, "d.py": 1}
    assert store.user_counts(outside=(), most=2)["a.py"] == 3
    assert store.user_counts(outside=(), most=1) == {}
