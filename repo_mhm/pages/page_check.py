"""Says whether a page is what would be made now, and which of its statements are not. Pure.

Two texts are compared line by line, as each statement has one. Left out is what stands between the
marks of UNCHECKED: the history, which every commit changes, and the notes of a model, which differ
between machines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import unescape

from repo_mhm.pages.markdown import UNCHECKED_BEGIN, UNCHECKED_END

_UNCHECKED_KEYS = ("history", "roles")
"""Parts of a page in JSON that every commit may change, the page's own included."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINK = re.compile(r"\]\([^()\s]{0,2000}\)")


def differences(before: str, now: str) -> list[str]:
    """The lines that are in one page only: `- ` was there, `+ ` is to be there."""
    old, new = list(_compared(before)), list(_compared(now))
    changes: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for operation, start, end, new_start, new_end in matcher.get_opcodes():
        if operation != "equal":
            changes += [f"- {line}" for line in old[start:end]]
            changes += [f"+ {line}" for line in new[new_start:new_end]]
    return changes


def checked_json(page: str) -> str:
    """The part of a page in JSON that is compared, a value a line; what is no JSON as it is."""
    try:
        values = json.loads(page)
        for name in _UNCHECKED_KEYS:
            del values[name]
        for module in values["modules"]:
            del module["note"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return page
    return json.dumps(values, ensure_ascii=False, indent=1)


def _compared(page: str) -> Iterator[str]:
    """The lines of a page that count, without line ends."""
    is_compared = True
    for line in page.splitlines():
        if line.strip() in (UNCHECKED_BEGIN, UNCHECKED_END):
            is_compared = line.strip() == UNCHECKED_END
        elif is_compared:
            yield line


def readable(change: str) -> str:
    """A changed line without the markup of HTML and the targets of links."""
    mark, text = change[:2], change[2:]
    return mark + unescape(_LINK.sub("]", _TAG.sub("", text))).strip()
