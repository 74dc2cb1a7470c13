"""The tool `symbol`: the parts of `commands.symbol`, the definition with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from repo_mhm.commands.symbol import Part, SymbolPart, source_lines, symbol_parts
from repo_mhm.formatting import single_line
from repo_mhm.mcp.located_entries import located_entry
from repo_mhm.mcp.replies import Entry, Page, page
from repo_mhm.mcp.search import nearest_entries
from repo_mhm.repositories import search_each
from repo_mhm.source.token_estimates import estimate_tokens

if TYPE_CHECKING:
    from repo_mhm.answer.events import LocatedLine
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.repositories import Served

DEFAULT_PARTS: tuple[Part, ...] = ("definition", "callers", "callees")
FIRST_LINES = 8
"""Lines of each part that come before further ones of any, so that no part crowds out another."""
_NEAREST = 5
"""Locations that are given where nothing has the name."""
SOURCE_SHARE = 0.4
"""Part of a reply that the source of definitions may take; what it is used for needs the rest."""


def symbol(
    chosen: Sequence[Served],
    name: str,
    parts: Sequence[Part],
    *,
    max_tokens: int = 1200,
    cursor: str = "",
) -> Page:
    """What all these repositories have of a symbol. Raises UsageError for what can be no name."""
    source_tokens = int(max_tokens * SOURCE_SHARE / len(chosen))
    first: list[Entry] = []
    others: list[Entry] = []
    warnings: list[str] = []
    for served in chosen:
        with served.repository.use() as memory:
            writer = _PartWriter(served, memory, source_tokens)
            for part in symbol_parts(memory, name, parts or DEFAULT_PARTS):
                first += writer.first_entries(part)
                others += writer.other_entries(part)
            warnings.append(served.remark(memory.refreshed.warning))

    if not first:
        results = search_each(chosen, name, limit=_NEAREST)
        first = [entry for result in results for entry in nearest_entries(result)]
        heading = "No definition has this name" + ("; search finds:" if first else ".")
        return page(first, max_tokens=max_tokens, cursor=cursor, heading=heading, remarks=warnings)
    return page(first + others, max_tokens=max_tokens, cursor=cursor, remarks=warnings)


class _PartWriter:
    """Makes entries of the parts of one symbol."""

    def __init__(self, served: Served, memory: OpenedMemory, source_tokens: int) -> None:
        self._served = served
        self._memory = memory
        self._tokens_left = source_tokens
        self._is_source_whole = False

    def first_entries(self, part: SymbolPart) -> Iterator[Entry]:
        """What the part is, then its first lines."""
        if part.part == "members" and self._is_source_whole:
            return
        heading = single_line(part.heading)
        if part.part != "definition" or len(part.lines) != 1:
            value = {**self._served.names(), "part": part.part, "heading": heading}
            yield Entry(f"{self._served.prefix}{heading}", value, part.part)
        lines = part.lines[:FIRST_LINES]
        for line in lines:
            entry = located_entry(self._served, line, label=part.part, part=part.part)
            if part.part == "definition":
                # The first one may take half where others follow, the next half of the rest …
                share = self._tokens_left // (1 if line is lines[-1] else 2)
                entry = self._with_source(entry, line, share)
            yield entry

    def other_entries(self, part: SymbolPart) -> Iterator[Entry]:
        """The lines that are left."""
        if part.part == "members" and self._is_source_whole:
            return
        label = f"more {part.part}"
        for line in part.lines[FIRST_LINES:]:
            yield located_entry(self._served, line, label=label, part=part.part)

    def _with_source(self, entry: Entry, line: LocatedLine, tokens: int) -> Entry:
        """The entry with as much of the definition's source as `tokens` hold, lines numbered."""
        lines = source_lines(self._memory, line)
        shown: list[str] = []
        for number, text in enumerate(lines, line.location.start):
            numbered = f"{number}: {text}"
            used = estimate_tokens(f"{numbered}\n".encode("utf-8", "replace"))
            if used > tokens:
                break
            tokens -= used
            self._tokens_left -= used
            shown.append(numbered)

        self._is_source_whole = len(shown) == len(lines)
        if len(lines) == 1 or not shown:
            return entry  # It shows the first line itself.
        if not self._is_source_whole:
            shown.append(f"… ({len(lines) - len(shown)} more lines)")
        value = {**entry.value, "source": "\n".join(shown)}
        return Entry("\n".join([entry.text, *shown]), value, entry.label)
