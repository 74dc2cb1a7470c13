"""A finding by rule about one line of an edit. Pure."""

from __future__ import annotations

from repo_mhm.review.edits import Edit
from repo_mhm.review.findings import Finding, Severity


def line_finding(  # noqa: PLR0913  each is a field of the finding
    edit: Edit,
    line: int,
    severity: Severity,
    category: str,
    message: str,
    *,
    symbol: str = "",
    was: str = "",
) -> Finding:
    """The finding, about `symbol` or else the symbol around the line.

    A secret is about no symbol, since every later review has to recognise it by its line.
    """
    if not symbol and category != "secret" and edit.new is not None:
        owner = edit.new.symbol_at(line)
        symbol = owner.qualified if owner else ""
    return Finding("impact", edit.diff.path, line, severity, category, message, (), symbol, was=was)
