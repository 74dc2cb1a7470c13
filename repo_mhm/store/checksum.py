"""The checksum of a note: shows whether a stored note is still what was written. Pure."""

from __future__ import annotations

import zlib


def note_checksum(level: int, anchor: str, path: str, text: str) -> int:
    """CRC-32 of what a note says and where it belongs."""
    return zlib.crc32(f"{level}\0{anchor}\0{path}\0{text}".encode())
