"""Files of a snapshot, what it leaves out, and paths as text that is safe to show.

Runs no git and reads no file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """One regular file of a snapshot."""

    path: str
    """Relative to the root, `/` between parts, always printable: bytes that are not UTF-8, control
    characters, backslashes and double quotes are escaped as in git's quoted paths (`\\377`, `\\n`,
    `\\t`)."""
    raw: bytes
    """The path as git and the file system know it."""
    size: int
    blob: str
    """Git's blob id where it is known without reading (unmodified or committed files), else empty.

    It names the content as committed: line ends or filters may make the working tree's bytes
    differ."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path that a snapshot or a review names without its content, and why.

    The reasons of snapshots are `symlink`, `submodule`, `lfs pointer`, `missing`,
    `sparse checkout`, `nested repository`, `not fetched`, `not a regular file`, `unreadable` and
    `its name holds a secret`.
    Reviews have further ones.
    """

    path: str
    reason: str


_ESCAPES = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
}
_ESCAPED = re.compile(rb'\\([0-3][0-7]{2}|[abtnvfr"\\])')
_BYTES = {text[1:].encode(): bytes([code]) for code, text in _ESCAPES.items()}


def printable(raw: bytes) -> str:
    """A path as text that is safe to show: see `File.path`.

    Invisible and direction-changing characters are escaped too, byte by byte.
    """
    text = raw.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text and '"' not in text:
        return text
    return "".join(map(_escape, text))


def printable_paths(raws: Sequence[bytes]) -> list[str]:
    """`printable` of each path: nearly at once where no path needs an escape, as is usual."""
    text = b"\n".join(raws).decode("utf-8", "surrogateescape")
    is_plain = text.replace("\n", "").isprintable() and "\\" not in text and '"' not in text
    paths = text.split("\n")
    if is_plain and len(paths) == len(raws):
        return paths
    return list(map(printable, raws))


def _escape(char: str) -> str:
    if escape := _ESCAPES.get(ord(char)):
        return escape
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))


def raw_path(path: str) -> bytes:
    """The inverse of `printable`; a backslash that starts no escape is itself."""
    text = path.encode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda match: _BYTES.get(match[1]) or bytes([int(match[1], 8)]), text)


def printable_path(path: Path) -> str:
    """A path of the file system as text that is safe to show."""
    return printable(os.fsencode(path))
