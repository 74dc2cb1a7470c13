"""Text encoding: files in other Unicode encodings become UTF-8 before anything reads them. Pure."""

from __future__ import annotations

_ENCODING_BY_MARK = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Byte order marks; UTF-32's little-endian mark begins like UTF-16's, so it is tried first."""


def to_utf8(data: bytes) -> bytes:
    """The content of a file as UTF-8 without a byte order mark.

    Only files that begin with a mark are converted. All others are returned as they are, even
    where they are not valid UTF-8.
    """
    for mark, encoding in _ENCODING_BY_MARK:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    return data
