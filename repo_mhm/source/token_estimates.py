"""Token estimates: how many tokens a model makes of some source, without a model.

Owns the formula and its two constants. Engines count exactly; an estimate is what chunks are cut by
and what planning adds up. Pure.
"""

from __future__ import annotations

from itertools import accumulate

from repo_mhm.source.line_index import LineIndex

BYTES_PER_TOKEN = 4.3
"""Bytes per token of a line without its indentation, as Qwen2.5's tokeniser counts. How far
estimates are off: `scripts/bench_chunks CHECKOUT --calibrate MODEL.gguf`."""
TOKENS_PER_LINE = 1.9
"""Tokens that the end of a line and its indentation add (from the same command)."""


def estimate_tokens(data: bytes) -> int:
    """About how many tokens a model makes of `data`; blank lines count nothing."""
    stripped_sizes = map(len, map(bytes.strip, data.split(b"\n")))
    sizes = [size for size in stripped_sizes if size]
    return round(sum(sizes) / BYTES_PER_TOKEN + len(sizes) * TOKENS_PER_LINE)


class LineTokens:
    """Estimates for any run of a file's lines, from sums that are made once."""

    def __init__(self, lines: LineIndex) -> None:
        self.lines = lines
        sizes = list(map(len, map(bytes.strip, lines.texts)))
        self._bytes_before = list(accumulate(sizes, initial=0))
        self._filled_before = list(accumulate(map(bool, sizes), initial=0))

    def estimate(self, first: int, after: int) -> float:
        """Tokens of the lines from `first` up to but without `after` (both from 0)."""
        size = self._bytes_before[after] - self._bytes_before[first]
        filled = self._filled_before[after] - self._filled_before[first]
        return size / BYTES_PER_TOKEN + filled * TOKENS_PER_LINE

    def is_blank(self, line: int) -> bool:
        """Whether a line (from 0) holds nothing but white space."""
        return self._bytes_before[line] == self._bytes_before[line + 1]
