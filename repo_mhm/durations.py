"""Durations as people write them: `5s`, `2m`, `1h30m`."""

from __future__ import annotations

import math
import re

from repo_mhm.errors import ConfigError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds in `5s`, `2m`, `1h30m`, `250ms`, or a plain number of seconds. Raises ConfigError."""
    compact = "".join(text.lower().split())
    seconds = math.inf

    if re.fullmatch(r"\d+(\.\d+)?", compact, re.ASCII):
        seconds = float(compact)
    elif _DURATION.fullmatch(compact):
        parts = re.findall(r"([\d.]+)(ms|s|m|h|d)", compact)
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)

    if math.isinf(seconds):
        raise ConfigError(
            f"{text[:100]!r} is not a duration", hint="Write it like 5s, 2m or 1h30m."
        )
    return seconds
