"""The only owner of git (through GitPython): snapshots of commits, working trees and plain folders.

Knows nothing about languages, chunks or the memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """One regular file of a snapshot."""

    path: str
    """Relative to the root, `/` between parts, always printable: bytes that are not UTF-8, control characters,
    backslashes and double quotes stand escaped as in git's quoted paths (`\\377`, `\\n`, `\\t`)."""
    raw: bytes
    """The path as git and the file system know it."""
    size: int
    blob: str
    """Git's blob id where known without reading (unmodified or committed files), else empty."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something a snapshot names but does not hold, and why (`symlink`, `submodule`, `lfs pointer`, `missing`)."""

    path: str
    reason: str
