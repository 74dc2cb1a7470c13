"""Questions about named files: only their lines are shown, and all of them may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.answer.evidence_lookup import evidence_sources
from repo_mhm.answer.evidence_pieces import Source
from repo_mhm.answer.location_lookup import locations_for
from repo_mhm.answer.named_files import within
from repo_mhm.answer.named_files_lookup import only_named
from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.search import search
from repo_mhm.source.chunks import Chunk
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

FILES = {
    "courier/link.py": (
        "def deliver(parcel):\n    return parcel.mass\n\n\ndef lose(parcel):\n    pass\n"
    ),
    "courier/stamp.py": "def frank(parcel):\n    return parcel.postage\n",
    **{
        f"other/part{number}.py": f"def deliver{number}(parcel):\n    pass\n"
        for number in range(30)
    },
}
lines = st.integers(1, 40)


def source(start: int, end: int) -> Source:
    chunk = Chunk("a.py", start, end, 0, 0, "code", "", (), 0, "", "")
    return Source(chunk, "\n".join(map(str, range(start, end + 1))), (), 1.0)


@given(lines, lines, st.lists(st.tuples(lines, lines), max_size=4))
def test_sources_are_cut_to_exactly_the_lines_that_are_named(
    first: int, last: int, ranges: list[tuple[int, int]]
) -> None:
    whole = source(min(first, last), max(first, last))
    files = [Location("a.py", min(pair), max(pair)) for pair in ranges]
    parts = within([whole], [*files, Location("b.py", 1, 100)])
    shown = {
        (line, text)
        for part in parts
        for line, text in enumerate(part.text.split("\n"), part.chunk.start)
    }
    named = {line for file in files for line in range(file.start, file.end + 1)}
    expected = named & set(range(whole.chunk.start, whole.chunk.end + 1))
    assert shown == {(line, str(line)) for line in expected}
    assert all(part.base_share > 0 for part in parts)
    assert all(part.chunk.end - part.chunk.start == part.text.count("\n") for part in parts)


@pytest.mark.parametrize("question", ["how is a parcel delivered?", "what is this?", "deliver7?"])
def test_only_chunks_of_the_named_files_are_ranked(
    make_repo: MakeRepo, tmp_path: Path, question: str
) -> None:
    repo = make_repo(FILES)
    files = [Location("courier/stamp.py", 1, 2), Location("courier/link.py", 5, 6)]
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=4)
        result = only_named(store, search(store, question), files)
        assert {ranked.path for ranked in result.ranked} == {"courier/stamp.py", "courier/link.py"}
        assert result.answerable

        shown = evidence_sources(store, result.ranked, files)
        assert "deliver" not in "".join(part.text for part in shown)
        locations = locations_for(store, result, files)
        assert {line.symbol for line in locations} == {"frank", "lose"}


def test_every_chunk_of_a_named_file_is_ranked(make_repo: MakeRepo, tmp_path: Path) -> None:
    code = "".join(
        f"def step{number}(value):\n" + "    value += 1\n" * 300 + "\n\n" for number in range(20)
    )
    repo = make_repo({"long.py": code, "other.py": "def step(value):\n    return value\n"})
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=4)
        chunks = {stored.id for stored in store.chunks_in("long.py")}
        assert len(chunks) > 12
        files = [Location("long.py", 1, code.count("\n"))]
        result = only_named(store, search(store, "what is step19?"), files)
        assert {ranked.chunk for ranked in result.ranked} == chunks
        best = store.chunks([result.ranked[0].chunk])[0]
        assert "step19" in best.chunk.symbols
