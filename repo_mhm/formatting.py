"""How values look to people: numbers, durations, sizes, and text that cannot harm a terminal.

Repository text, file names and model output go through `safe` before anything prints them.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: str) -> str:
    r"""`text` with control characters, bidirectional overrides and lone surrogates made visible.

    Line ends and tabs stay.

    >>> safe("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def single_line(text: str) -> str:
    r"""`text` on one line, made safe, with single spaces.

    >>> single_line("def f(\n    x,\n):")
    'def f( x, ):'
    """
    return " ".join(safe(text).split())


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "chunk"), count(2000, "chunk")
    ('1 chunk', '2,000 chunks')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a regular noun.

    >>> plural("chunk"), plural("subclass")
    ('chunks', 'subclasses')
    """
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def duration(seconds: float) -> str:
    """A duration in whole seconds, from an hour on in whole minutes.

    >>> duration(8.2), duration(200), duration(7530)
    ('8 seconds', '3 minutes and 20 seconds', '2 hours and 5 minutes')
    """
    from datetime import timedelta

    import humanize

    unit = "minutes" if seconds >= 3600 else "seconds"
    return humanize.precisedelta(timedelta(seconds=round(seconds)), minimum_unit=unit, format="%d")


def rough_duration(seconds: float) -> str:
    """An estimate of a duration, as precise as an estimate is.

    >>> rough_duration(3), rough_duration(47), rough_duration(200), rough_duration(7530)
    ('5 s', '45 s', '3 min', '2 h 6 min')
    """
    if seconds < 57.5:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size(number: int) -> str:
    """A number of bytes, in decimal units as disks and downloads are measured.

    >>> size(98_362_432), size(1_117_320_768)
    ('98.4 MB', '1.1 GB')
    """
    import humanize

    return humanize.naturalsize(number)
