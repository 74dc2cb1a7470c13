"""Files, folders and lines that the user has named: the question is about nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from repo_mhm.answer.evidence_pieces import Source
from repo_mhm.location import Location

FILE_SHARE = 0.1
"""What lines of a named file count without any term of the question, as a share of what lines count
that hold all terms: the user has said that they matter."""
LINES_SHARE = 0.5
"""The same for lines that the user has named as such."""


def within(sources: Sequence[Source], files: Sequence[Location]) -> list[Source]:
    """The sources cut to the lines that are named, in the same order."""
    return [part for source in sources for part in _parts(source, files)]


def _parts(source: Source, files: Sequence[Location]) -> Iterator[Source]:
    for file in files:
        lines = _common_lines(source.chunk.location, file)
        if lines:
            first = lines.start - source.chunk.start
            text = "\n".join(source.text.split("\n")[first : first + len(lines)])
            chunk = replace(source.chunk, start=lines.start, end=lines.stop - 1)
            is_whole = chunk.location == source.chunk.location
            share = FILE_SHARE if is_whole else LINES_SHARE
            yield replace(source, chunk=chunk, text=text, base_share=share)


def _common_lines(first: Location, second: Location) -> range:
    if first.path != second.path:
        return range(0)
    return range(max(first.start, second.start), min(first.end, second.end) + 1)
