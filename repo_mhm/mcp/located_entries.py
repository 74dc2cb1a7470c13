"""Entries for lines of code: a location, the line, and what is known of it. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from repo_mhm.formatting import single_line
from repo_mhm.mcp.replies import Entry

if TYPE_CHECKING:
    from repo_mhm.answer.events import LocatedLine
    from repo_mhm.repositories import Served


def located_entry(
    served: Served, located: LocatedLine, *, label: str = "", **values: object
) -> Entry:
    """`path:start-end  code  (symbol, remark)`, with the repository's name before the path."""
    # A definition's own line names it already.
    symbol = "" if located.symbol in located.code else located.symbol
    note = ", ".join(filter(None, (symbol, located.remark)))
    parts = (f"{served.prefix}{located.location}", located.code, f"({note})" if note else "")
    value = {
        **served.names(),
        **asdict(located.location),
        "code": located.code,
        "symbol": located.symbol,
        "remark": located.remark,
        **values,
    }
    return Entry("  ".join(single_line(part) for part in parts if part), value, label)
