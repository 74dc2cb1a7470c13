"""What the source panel shows: a cited file as indexed or as it is now, and the way to it and back.

No widgets here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.background_reader import BackgroundReader
from tui.source_rows import SourceRows, source_rows

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation
    from repo_mhm.commands.code_links import OutlineEntry, SourceLine
    from repo_mhm.commands.repository_map import SourceText
    from repo_mhm.location import Location
    from repo_mhm.store import Store

_MOST_STOPS = 100
"""Stops that `back` leads to."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What the panel shows: a citation of several, and the line under the cursor."""

    citations: tuple[Citation, ...] = ()
    index: int = 0
    line: int = 0
    """From 1; 0 for the first cited one."""

    @property
    def citation(self) -> Citation:
        """The citation that is shown."""
        return self.citations[self.index]


class Trail:
    """The stops before and after the one that is shown, as a browser keeps pages."""

    def __init__(self) -> None:
        self._before: list[Stop] = []
        self._after: list[Stop] = []

    def leave(self, stop: Stop) -> None:
        """Remember a stop that is left for a new one."""
        self._before = [*self._before[-_MOST_STOPS:], stop]
        self._after = []

    def travel(self, stop: Stop, by: int) -> Stop | None:
        """The stop before (`by` -1) or after (1) the one that is left; None without one."""
        source, target = (self._before, self._after) if by < 0 else (self._after, self._before)
        if not source:
            return None
        target.append(stop)
        return source.pop()


@dataclass(frozen=True, slots=True)
class ShownFile:
    """The file that is shown."""

    source: SourceText
    location: Location
    """Where its cited lines are."""
    rows: SourceRows
    outline: Sequence[OutlineEntry]

    def symbol_around(self, line: int) -> OutlineEntry | None:
        """The innermost symbol around a line."""
        around = (entry for entry in self.outline if entry.symbol.start <= line <= entry.symbol.end)
        return max(around, key=lambda entry: entry.depth, default=None)

    def line(self, number: int) -> SourceLine | None:
        """A line of it; None where it has no such line."""
        from repo_mhm.commands.code_links import SourceLine

        if not 1 <= number <= len(self.source.lines):
            return None
        return SourceLine(self.source.path, number, self.source.lines[number - 1])


async def read_file(reader: BackgroundReader, stop: Stop) -> ShownFile:
    """The cited file, with where it has the cited lines."""
    from repo_mhm.commands.repository_map import SourceText, current_source, indexed_source

    citation = stop.citation
    path, start = citation.location.path, citation.location.start
    if citation.state == "current":
        shown = await reader.read_store(
            lambda store: _shown_file(store, indexed_source(store, path, start), stop)
        )
    else:
        shown = await reader.read_workspace(
            lambda store, workspace: _shown_file(
                store, current_source(workspace.snapshot, path), stop
            )
        )
    nothing = ShownFile(
        SourceText(path, (), missing=True), citation.location, SourceRows([], [], 0), ()
    )
    return shown or nothing


def _shown_file(store: Store, source: SourceText, stop: Stop) -> ShownFile:
    from repo_mhm.commands.code_links import outline
    from repo_mhm.commands.repository_map import location_in

    cited = {
        number: location_in(source, citation)
        for number, citation in enumerate(stop.citations, 1)
        if citation.location.path == source.path
    }
    return ShownFile(
        source,
        cited.get(stop.index + 1, stop.citation.location),
        source_rows(source, cited),
        outline(store, source.path),
    )
