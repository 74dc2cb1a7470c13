"""Definition heads: definitions that a grammar does not fit, told by the lines they begin with.

Some languages have dialects that no grammar knows, SQL above all. Where a file has parse errors and
its language says how definitions begin (`Language.heads`), those that the tree lacks are added.
Such a definition ends before the next head that is not indented, or at a line that ends a batch
(`GO`). Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from repo_mhm.source.languages import Language
from repo_mhm.source.line_index import LineIndex
from repo_mhm.source.symbols import Symbol

_BATCH_END = re.compile(rb"^[ \t]*GO[ \t]*;?[ \t]*\r?$|^[ \t]*/[ \t]*\r?$", re.MULTILINE | re.I)
_SIGNATURE_BYTES = 300
_KIND_BY_WORD = {
    "procedure": "function",
    "proc": "function",
    "function": "function",
    "trigger": "function",
    "package": "module",
    "schema": "module",
    "table": "table",
    "view": "table",
    "type": "type",
    "sequence": "constant",
    "synonym": "constant",
    "index": "key",
}


def symbols_of_heads(
    path: str, data: bytes, language: Language, lines: LineIndex, known: Sequence[Symbol]
) -> Iterator[Symbol]:
    """The definitions by their heads that are not among the `known` symbols."""
    if language.heads is None:
        return
    heads = list(language.heads.finditer(data))
    ends = [match.start() for match in heads if match.start() == match.start("head")]
    ends = sorted([*ends, *(match.start() for match in _BATCH_END.finditer(data))])
    known_lines = {(symbol.name, symbol.start) for symbol in known}
    for match in heads:
        after = bisect_right(ends, match.start())
        end = ends[after] if after < len(ends) else len(data)
        symbol = _symbol(path, data, language, lines, match, end)
        if (symbol.name, symbol.start) not in known_lines:
            yield symbol


def _symbol(
    path: str,
    data: bytes,
    language: Language,
    lines: LineIndex,
    match: re.Match[bytes],
    end: int,
) -> Symbol:
    start = match.start("head")
    end = start + len(data[start:end].rstrip())
    parts = match["name"].decode("utf-8", "replace").split(".")
    name = parts[-1].strip(language.strip)
    line_end = data.find(b"\n", start, start + _SIGNATURE_BYTES)
    signature = data[start : line_end if line_end > 0 else start + _SIGNATURE_BYTES]
    return Symbol(
        path=path,
        name=name,
        qualified=name,
        kind=_KIND_BY_WORD[match["kind"].decode("ascii").lower()],
        start=lines.line_at(start) + 1,
        end=max(lines.line_at(start) + 1, lines.line_after(end)),
        start_byte=start,
        end_byte=end,
        signature=" ".join(signature.decode("utf-8", "replace").split()),
        doc="",
        container="",
    )
