r"""Line index: where the lines of a file start.

Owns what a line is: only `\n` ends one, as for git and tree-sitter. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from io import BytesIO
from itertools import accumulate


class LineIndex:
    r"""The lines of `data`, numbered from 0.

    What follows the last `\n` is a line too, unless it is empty.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.texts = BytesIO(data).readlines() or [b""]
        r"""Each line with its `\n`."""
        self.starts = list(accumulate(map(len, self.texts), initial=0))
        """Offset of each line's first byte, and at the end the length of `data`."""

    def __len__(self) -> int:
        return len(self.texts)

    def line_at(self, position: int) -> int:
        """The line that holds the byte at `position`; `len(self)` at the end of the file."""
        return bisect_right(self.starts, position) - 1

    def line_after(self, position: int) -> int:
        """The line after the last one that holds a byte before `position`; 0 for position 0."""
        return bisect_left(self.starts, position)
