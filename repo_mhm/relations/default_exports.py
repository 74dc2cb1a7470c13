"""Default exports: the name that a JavaScript or TypeScript file exports as its default. Pure.

Comments are blanks in the code that is searched, so the patterns bound how many blanks they take:
without that, a search through a file with long comments would take the square of their length.
"""

from __future__ import annotations

import re

from repo_mhm.lazy_pattern import lazy_pattern

_DECLARED = lazy_pattern(
    r"\bexport\s{1,40}default\s{1,40}(?:(?:async|abstract|declare)\s{1,40})?"
    r"(?:(?:function\s{0,9}\*?|class|interface|enum|type|const)\s{1,40})?([A-Za-z_$][\w$]{0,199})"
)
_ASSIGNED = lazy_pattern(
    r"\bmodule\.exports\s{0,40}=\s{0,40}(?:exports\s{0,40}=\s{0,40})?"
    r"(?:(?:function|class|new)\s{1,40})?([A-Za-z_$][\w$]{0,199})"
    r"|^export\s{0,40}=\s{0,40}([A-Za-z_$][\w$]{0,199})",
    re.MULTILINE,
)
_LIST = lazy_pattern(r"\bexport\s{0,40}\{([^{}]{0,4000})\}")
_RENAMED = lazy_pattern(r"([A-Za-z_$][\w$]*)\s+as\s+default")


def default_name(code: str) -> str:
    """The name in the file's own code; empty where it exports no default by a name."""
    for match in _LIST.finditer(code):
        for part in match[1].split(","):
            renamed = _RENAMED.fullmatch(part.strip())
            if renamed:
                return renamed[1]

    exported = _DECLARED.search(code) or _ASSIGNED.search(code)
    name = next(filter(None, exported.groups()), "") if exported else ""
    return "" if name == "require" else name
