"""Which chunks are found for a question, from a real store."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.ranking import rank_files
from repo_mhm.retrieval.search import bm25, search
from repo_mhm.store import open_store
from tests.conftest import MakeRepo


def test_a_question_without_terms_finds_the_readme(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"README.md": "# Courier\n\nSends parcels.\n", "a.py": "x = 1\n"})
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, "What does this project do?")
    assert result.answerable
    assert result.ranked[0].path == "README.md"


def test_what_the_best_chunks_use_and_what_uses_them_is_found_too(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    """Neither neighbour shares a word with the question."""
    repo = make_repo(
        {
            "zebra.py": "from deep import helper\n\n\ndef zebra_stripes():\n    return helper()\n",
            "deep.py": "def helper():\n    return 1\n",
            "caller.py": "import zebra\n\nvalue = zebra.zebra_stripes()\n",
            "far.py": "def unrelated():\n    return 2\n",
        }
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, "How are stripes made?", "source")
        baseline = bm25(store, "How are stripes made?")
    found_by = {chunk.path: chunk.found_by for chunk in result.ranked}
    assert "neighbour" in found_by["deep.py"]
    assert "neighbour" in found_by["caller.py"]
    assert "far.py" not in found_by
    assert {chunk.path for chunk in baseline.ranked} == {"zebra.py", "caller.py"}


def test_only_exact_names_and_files_name_something(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"src/stamp.py": "def frank_parcel():\n    return 1\n"})
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        questions = {
            "what does frank_parcel return?": True,
            "what is in stamp.py?": True,
            "what does frank_letter return?": False,
            "how is a parcel franked?": False,
        }
        for question, names_something in questions.items():
            assert search(store, question).names_something is names_something, question


TRACE = """\
Sending fails
Traceback (most recent call last):
  File "/srv/app.py", line 3, in <module>
    send()
  File "/srv/lib/python3/site-packages/courier/stamp.py", line 90, in frank
    raise ValueError("no postage")
ValueError: the box of 7 kg is not franked
"""


def test_a_trace_leads_to_its_functions_wherever_they_lie_now(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    filler = "".join(f"def step_{number}():\n    return {number}\n\n\n" for number in range(400))
    repo = make_repo(
        {
            "src/courier/stamp.py": f"{filler}def frank(parcel):\n    return parcel\n",
            "src/courier/other.py": "def frank(letter):\n    return letter\n",
            "src/courier/check.py": (
                'def check(box):\n    raise ValueError(f"the {box} is not franked")\n'
            ),
        }
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, TRACE, "source")
        found_by = {chunk.chunk: chunk.found_by for chunk in result.ranked}
        chunk = store.chunk_at("src/courier/stamp.py", 1601)
        checked = store.chunk_at("src/courier/check.py", 1)
    assert chunk and checked
    assert "pointer" in found_by[chunk.id]
    assert "phrase" in found_by[checked.id]
    assert [path for path in found_by.values() if "pointer" in path] == [found_by[chunk.id]]


SHOP: dict[str | bytes, str | bytes] = {
    "shop/till.py": (
        'def close_till(day):\n    """Count the money and lock the drawer."""\n'
        "    hidden_remark = 1\n    return day\n"
    ),
    "shop/evening.py": "from shop.till import close_till\n\nvalue = close_till(1)\n",
    "tests/test_till.py": "def test_nothing_of_the_name():\n    assert True\n",
    "shop/far.py": "def unrelated():\n    return 2\n",
}


def test_memory_alone_finds_code_without_a_note_by_what_the_scan_recorded(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    """Its documentation, its users and its tests lead to it; there is room for no note at all."""
    repo = make_repo(SHOP)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2, head_tokens=0)
        assert not store.notes()
        result = search(store, "When does close_till lock the drawer?", "memory")
    found_by = {chunk.path: chunk.found_by for chunk in result.ranked}
    assert result.ranked[0].path == "shop/till.py"
    assert "symbol" in found_by["shop/till.py"]
    assert "use" in found_by["shop/evening.py"]
    assert "companion" in found_by["tests/test_till.py"]
    assert "shop/far.py" not in found_by
    assert result.answerable


def test_memory_alone_searches_no_text_of_the_source(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo(SHOP)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        from_memory = search(store, "hidden remark", "memory")
        from_source = search(store, "hidden remark", "source")
    assert [chunk.path for chunk in from_source.ranked][:1] == ["shop/till.py"]
    lists = {name for chunk in from_memory.ranked for name in chunk.found_by}
    assert not lists & {"source", "phrase"}


def test_memory_alone_finds_after_changes_what_it_finds_after_a_whole_scan(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(SHOP)
    with open_store(tmp_path / "state") as store, open_store(tmp_path / "whole") as whole:
        refresh(store, open_snapshot(repo.root), heads=2)
        repo.commit(
            {
                "shop/evening.py": "def go_home():\n    return 1\n",
                "shop/drawer.py": 'def lock_drawer():\n    """Lock the drawer."""\n    return 1\n',
            }
        )
        for target in (store, whole):
            refresh(target, open_snapshot(repo.root), heads=2)
        question = "Where is lock_drawer, and who locks the drawer of the till?"
        results = [search(target, question, "memory") for target in (store, whole)]
    changed, scanned = ([chunk.path for chunk in result.ranked] for result in results)
    assert changed == scanned
    assert changed[0] == "shop/drawer.py"


def test_a_name_that_everything_refers_to_leads_nowhere(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": "def common():\n    return 1\n", "b.py": "common()\n" * 5})
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        (user,) = store.chunks_using("common", 5)
        assert user[1] == 5
        assert store.chunks_using("common", 4) == []


def test_notes_by_code_alone_count_only_where_no_source_is_searched(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    """They say what source and symbols say: beside those, files with a note would count twice."""
    stamp = "def frank_parcel(parcel):\n    return parcel\n"
    repo = make_repo({"stamp.py": stamp, "docs/franking.md": "# Frank a parcel\n\nUse a stamp.\n"})
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        question = "How do we frank a parcel?"
        both, source, memory = (
            search(store, question, mode) for mode in ("both", "source", "memory")
        )
    assert both.notes
    assert both.ranked == source.ranked
    assert any("note" in chunk.found_by for chunk in memory.ranked)


def test_what_does_something_comes_before_what_only_declares_it(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo(
        {
            "a/Till.java": "package a;\n\npublic interface Till {\n    int total(int price);\n}\n",
            "b/OpenTill.java": (
                "package b;\n\npublic class OpenTill implements Till {\n"
                "    public int total(int price) {\n        return price * 119 / 100;\n    }\n}\n"
            ),
        }
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        assert (
            search(store, "What does `total` add to a price?").ranked[0].path == "b/OpenTill.java"
        )
        interfaces = search(store, "Which interface declares `total` of a price?")
    assert interfaces.ranked[0].path == "a/Till.java"


def test_a_generated_copy_comes_after_its_original(make_repo: MakeRepo, tmp_path: Path) -> None:
    steps = "\n".join(f"  text = text.replace('{letter}', '')" for letter in "abcdefghij")
    code = f"export function cleaned(text) {{\n{steps}\n  return text\n}}\n"
    repo = make_repo(
        {"dist/clean.js": code, "src/clean.js": code, "src/other.js": "export const text = 1\n"}
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        ranked = search(store, "How is a text cleaned?").ranked
    assert rank_files(ranked)[0] == "src/clean.js"
    assert rank_files(ranked)[-1] == "dist/clean.js"


def test_a_chunk_of_stubs_comes_after_what_implements_them(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    stub = "    def serialize_field(self, value):\n        raise NotImplementedError\n"
    code = "    def serialize_field(self, value):\n        return self.field(value)\n"
    repo = make_repo(
        {"a/base.py": f"class Base:\n{stub}", "b/money.py": f"class Money(Base):\n{code}"}
    )
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        ranked = search(store, "How is the value of a field serialized?").ranked
    assert rank_files(ranked) == ["b/money.py", "a/base.py"]
