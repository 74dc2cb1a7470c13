"""Location: lines of a file. The one value for it, and the one place that formats it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Lines `start` to `end` of the file at `path`, 1-based and inclusive.

    >>> print(Location("src/app.py", 3, 9))
    src/app.py:3-9
    """

    path: str
    start: int
    end: int

    def at(self, line: int) -> Location:
        """One line of the same file."""
        return Location(self.path, line, line)

    def overlaps(self, other: Location) -> bool:
        """Whether a line is in both."""
        return self.path == other.path and self.start <= other.end and other.start <= self.end

    @property
    def short(self) -> str:
        """As people read it, with one number where it is one line.

        >>> Location("src/app.py", 3, 3).short
        'src/app.py:3'
        """
        return f"{self.path}:{self.start}" if self.start == self.end else str(self)

    def __str__(self) -> str:
        return f"{self.path}:{self.start}-{self.end}"
