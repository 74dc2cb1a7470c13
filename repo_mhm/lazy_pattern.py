"""Regular expressions that are compiled when they are first used.

Compiling those of all modules that a review imports takes a tenth of its time, and it uses a third
of them. For the large ones of modules that each start imports.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class LazyPattern:
    """Stands for a compiled pattern, whose methods it has."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile, and keep what is asked for: only what is missing here comes this way."""
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, but compiled at its first use."""
    return cast("re.Pattern[AnyStr]", LazyPattern(text, flags))
