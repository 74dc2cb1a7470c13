"""Rules on error handling: handlers that catch more, errors no longer raised. Pure.

How errors are raised and handled is a trait of the language (`traits.ErrorHandling`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from repo_mhm.review.edits import Edit
from repo_mhm.review.findings import Finding, line_finding
from repo_mhm.source.language_traits import ErrorHandling
from repo_mhm.source.unified_diff import Hunk, Line

_MOST_QUOTED = 80
"""Characters of the old handler in a message."""
_NAME = re.compile(r"[A-Za-z_][\w.]*")


def widened_handlers(edit: Edit, errors: ErrorHandling) -> list[Finding]:
    """Handlers for some errors that became handlers for all."""
    findings = []
    for hunk in edit.diff.hunks:
        if pair := _widened(hunk, errors):
            old, new = pair
            was = " ".join(old.text.split())[:_MOST_QUOTED]
            message = f"the handler now catches everything; it was `{was}`"
            findings.append(line_finding(edit, new.new, "info", "exception", message, was=old.text))
    return findings


def _widened(hunk: Hunk, errors: ErrorHandling) -> tuple[Line, Line] | None:
    """The first narrow handler that a hunk removes, and the first broad one that it adds."""
    narrow = [line for line in hunk.removed if re.match(errors.handles_some, line.text)]
    broad_before = [line for line in hunk.removed if re.match(errors.handles_all, line.text)]
    broad = [line for line in hunk.added if re.match(errors.handles_all, line.text)]

    if not narrow or len(broad) <= len(broad_before):
        return None
    return narrow[0], broad[0]


def dropped_handling(edit: Edit, errors: ErrorHandling) -> Iterator[Finding]:
    """Errors that a function raised or handled, and that its file no longer mentions."""
    assert edit.old is not None and edit.new is not None
    if edit.new.is_unparsed:
        return

    remaining = Counter(_all_mentioned(edit.new.code, errors))
    existing = {symbol.qualified for symbol in edit.new.symbols}
    reported: set[str] = set()

    for line in edit.diff.removed():
        match = re.match(errors.mentions, edit.old.code_line(line.old))
        owner = edit.old.symbol_at(line.old)
        if match is None or owner is None or owner.qualified not in existing - reported:
            continue

        lost = [name for name in _names(match[1]) if not remaining[name]]
        if lost and not _is_suppressed(lost[0], edit.new.code, errors):
            reported.add(owner.qualified)
            names = ", ".join(f"`{name}`" for name in lost)
            yield line_finding(
                edit,
                edit.new_line(line),
                "info",
                "error-handling",
                f"`{owner.qualified}` no longer raises or handles {names}",
                symbol=owner.qualified,
                was=line.text,
            )


def _is_suppressed(name: str, code: str, errors: ErrorHandling) -> bool:
    return re.search(errors.suppresses.replace("{name}", re.escape(name)), code) is not None


def _all_mentioned(code: str, errors: ErrorHandling) -> Iterator[str]:
    for match in re.finditer(rf"^{errors.mentions}", code, re.MULTILINE):
        yield from _names(match[1])


def _names(clause: str) -> list[str]:
    """The last parts of the dotted names in a clause."""
    return [name.rpartition(".")[2] for name in _NAME.findall(clause)]
