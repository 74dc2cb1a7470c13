"""Chunks: their identity, text and location."""

from __future__ import annotations

from repo_mhm.location import Location
from repo_mhm.source.chunking import chunk_file
from repo_mhm.source.chunks import chunk_text, content_id


def test_content_ids_differ_by_text_and_by_enclosing_signatures() -> None:
    ids = {
        content_id(text, enclosing)
        for text, enclosing in [(b"a", ""), (b"b", ""), (b"a", "class A"), (b"a", "f")]
    }
    assert len(ids) == 4


def test_a_content_id_stays_what_it_was() -> None:
    """Stored memories know chunks by it."""
    assert content_id(b"x = 1\n", "") == "1de70bc15d424d4453e6c531451e490b"
    assert content_id(b"x = 1\n", "class A") == "ca3c24302f885344efa0bfc0a7a4b8c9"


def test_a_chunk_knows_its_lines_and_its_text() -> None:
    data = b"\n\nfirst\nsec\xffond\n"
    (chunk,) = chunk_file("docs/a", data)
    assert chunk.location == Location("docs/a", 3, 4)
    assert chunk_text(data, chunk) == "first\nsec\ufffdond\n"
