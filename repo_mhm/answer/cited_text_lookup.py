"""The lines that citations cite, read from the store: there secrets are masked."""

from __future__ import annotations

from dataclasses import replace

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.location import Location
from repo_mhm.store import Store


def with_cited_text(store: Store, sentence: Sentence) -> Sentence:
    """The sentence with the text of its citations, which are at the lines that the store knows."""
    citations = (_with_text(store, citation) for citation in sentence.citations)
    return replace(sentence, citations=tuple(citations))


def _with_text(store: Store, citation: Citation) -> Citation:
    location = citation.location
    first_chunk = store.chunk_at(location.path, location.start)
    before = ""
    if first_chunk is not None and first_chunk.chunk.start < location.start:
        start = first_chunk.chunk.start
        before = _stored_text(store, replace(location, start=start, end=location.start - 1))
    return replace(citation, text=_stored_text(store, location), text_before=before)


def _stored_text(store: Store, location: Location) -> str:
    """The lines at a location, without a line end after the last; lines of no chunk are empty."""
    lines: list[str] = []
    number = location.start

    while number <= location.end:
        stored = store.chunk_at(location.path, number)
        if stored is None:
            lines.append("")
            number += 1
            continue
        chunk_lines = stored.text.split("\n")
        lines += chunk_lines[number - stored.chunk.start : location.end + 1 - stored.chunk.start]
        number = stored.chunk.end + 1

    return "\n".join(lines)
