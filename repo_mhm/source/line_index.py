"""LineIndex: where a file's lines start. Only `\\n` ends a line, as for git and tree-sitter. Knows nothing else."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from io import BytesIO
from itertools import accumulate


class LineIndex:
    """The lines of `data`, numbered from 0; a last line without `\\n` counts, nothing after a last `\\n` does."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.texts = BytesIO(data).readlines() or [b""]
        """Each line with its `\\n`."""
        self.starts = list(accumulate(map(len, self.texts), initial=0))
        """Offset of each line's first byte, and at the end the length of `data`."""

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, position: int) -> int:
        """The line (from 0) that holds the byte at `position`, line ends being part of their line; `len` at the end."""
        return bisect_right(self.starts, position) - 1

    def until(self, position: int) -> int:
        """The line (from 0) after the last one that holds a byte before `position`; 0 for position 0."""
        return bisect_left(self.starts, position)
