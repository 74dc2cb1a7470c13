"""Text encoding: files become UTF-8 before anything reads them, and notebooks programs. Pure.

A byte order mark names its encoding. Without one, a file is UTF-8, or UTF-16 where every other byte
is zero, or in one of the encodings that files were written in before; charset-normalizer tells
which, from the lines that are not ASCII. Where several fit equally well, the shape of the text
decides: accents of Latin letters stand alone, other scripts write whole words beyond ASCII.
"""

from __future__ import annotations

import re
from functools import lru_cache

from repo_mhm.source.notebooks import is_notebook, notebook_text

_ENCODING_BY_MARK = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Byte order marks; UTF-32's little-endian mark begins like UTF-16's, so it is tried first."""
_SAMPLE_BYTES = 16 * 1024
"""Of the lines that are not ASCII; the detector takes some 50 ms for so much."""
_WIDE_SAMPLE = 4096
_WIDE_SHARE = 0.4
"""Of every other byte, so many are zero in UTF-16 with Latin letters."""
CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\f\v\b\x1b") + b"\x7f"
"""Control characters that text does not hold."""
_MOST_CONTROLS = 0.01
_EAST_ASIAN = ("gb18030", "cp932", "euc_jp", "big5", "cp949")
_LATIN = ("cp1252", "cp1250", "cp1254")
_OTHER = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256")
_LONG_RUN = re.compile(rb"[\x80-\xff]{3}")
"""So many bytes beyond ASCII in a row are no accents."""
_HANGUL = range(0xAC00, 0xD7A4)
_IDEOGRAPHS = range(0x4E00, 0xA000)
_EQUAL = 0.03
"""Differences of the detector's measure of disorder (0 to 1) that say nothing."""
_MOST_DISORDER = 0.2


def to_utf8(data: bytes) -> bytes:
    """The content of a file as UTF-8 without a byte order mark; of a notebook its program.

    What is in no encoding that is recognised is returned as it is.
    """
    text = _as_utf8(data)
    return notebook_text(text) if is_notebook(text) else text


def _as_utf8(data: bytes) -> bytes:
    for mark, encoding in _ENCODING_BY_MARK:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    if data.isascii() and b"\0" not in data:
        return data
    legacy = legacy_encoding(data)
    return data.decode(legacy, "replace").encode("utf-8", "replace") if legacy else data


def legacy_encoding(data: bytes) -> str | None:
    """The encoding of text that is not UTF-8 and has no mark; None where it is none or unknown."""
    if b"\0" in data:
        return _wide_encoding(data)
    sample = data[:_SAMPLE_BYTES]
    if len(sample) - len(sample.translate(None, CONTROLS)) > len(sample) * _MOST_CONTROLS:
        return None
    text = data.decode("utf-8", "replace")
    undecodable = text.count("\ufffd")
    if not undecodable or undecodable <= sum(not char.isascii() for char in text) - undecodable:
        return None
    lines = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
    return _detected(lines[:_SAMPLE_BYTES])


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    sample = data[:_WIDE_SAMPLE]
    pairs = max(1, len(sample) // 2)
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or len(sample) < 8 or min(even, odd) > pairs * 0.02:
        return None
    if odd > pairs * _WIDE_SHARE:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * _WIDE_SHARE else None


@lru_cache(maxsize=64)
def _detected(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=[*_EAST_ASIAN, *_LATIN, *_OTHER])
    fitting = [(match.chaos, match.encoding) for match in matches]
    if not fitting or min(fitting)[0] > _MOST_DISORDER:
        return None
    least = min(fitting)[0]
    candidates = [encoding for chaos, encoding in fitting if chaos <= least + _EQUAL]
    if _LONG_RUN.search(sample):
        order = (*_EAST_ASIAN, *_OTHER, *_LATIN)
    else:
        order = (*_LATIN, *_OTHER, *_EAST_ASIAN)
    if "cp949" in candidates and _is_korean(sample.decode("cp949", "replace")):
        return "cp949"
    return min(candidates, key=order.index)


def _is_korean(text: str) -> bool:
    """Whether the letters are Hangul, with few ideographs between."""
    codes = [ord(char) for char in text]
    hangul = sum(code in _HANGUL for code in codes)
    return hangul > 20 * sum(code in _IDEOGRAPHS for code in codes)
