"""A review's report as text for people, JSON for scripts, and GitHub's annotations; `sarif` owns the fourth form.

Whatever comes from a repository or a model is made harmless before it is written.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from json import dumps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from repo_mhm.commands.review import Report
    from repo_mhm.review.findings import Finding

FORMATS = ("text", "json", "sarif", "github")
MOST_LEFT_OUT = 20
MOST_PLACES = 5
"""Places of one finding that the text shows; `--json` has more."""
LONGEST_SOURCE = 160
_TAKEN = frozenset({"removed", "error-handling", "test-removed"})


def print_report(report: Report, form: str, *, quiet: bool) -> None:
    """Write a report to stdout; `quiet` writes no text where there was nothing to review."""
    with suppress(AttributeError):
        # A terminal that knows no UTF-8 must not be what a commit fails on.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if form == "json":
        from repo_mhm.cli.terminal import print_json

        print_json(as_json(report))
    elif form == "sarif":
        from repo_mhm.cli.sarif import sarif

        sys.stdout.write(dumps(sarif(report)) + "\n")
    elif form == "github":
        _print_github(report)
    elif report.files or report.not_reviewed or not quiet:
        _print_text(report)


def as_json(report: Report) -> dict[str, Any]:
    """The report as DESIGN §11 has it, with some more."""
    return {
        "change": printed(report.label),
        "summary": [printed(line) for line in report.summary],
        "findings": [
            {
                name: printed(value) if isinstance(value, str) else value
                for name, value in asdict(one).items()
            }
            for one in report.findings
        ],
        "not_reviewed": [
            {"path": printed(out.path), "reason": printed(out.reason)}
            for out in report.not_reviewed
        ],
        "silenced": report.silenced,
        "model": report.model,
    }


def printed(text: str) -> str:
    """Text without lone surrogates, which no UTF-8 stream takes."""
    return text.encode("utf-8", "replace").decode()


_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def _print_github(report: Report) -> None:
    """Workflow commands, which GitHub turns into annotations; nothing in a finding can end one and begin another."""
    from repo_mhm.formatting import safe

    def escaped(text: str, *more: str) -> str:
        for char in ("%", "\r", "\n", *more):
            text = text.replace(char, f"%{ord(char):02X}")
        return safe(text)

    for one in report.findings:
        path, title = escaped(one.path, ":", ","), escaped(f"repo-mhm: {one.category}", ":", ",")
        sys.stdout.write(
            f"::{_GITHUB[one.severity]} file={path},line={one.line},title={title}::{escaped(one.message)}\n"
        )
    for out in report.not_reviewed:
        sys.stdout.write(
            f"::notice title=repo-mhm::{escaped(f'not reviewed: {out.path} ({out.reason})')}\n"
        )


_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def _print_text(report: Report) -> None:
    from repo_mhm.cli.terminal import console
    from repo_mhm.formatting import safe

    out = console()
    out.print(f"repo-mhm review: {safe(report.label)}")
    for line in report.summary:
        out.print(f"  {safe(line)}")
    for one in report.findings:
        out.print()
        _print_finding(out, one)
    if report.findings:
        out.print()
    for left in report.not_reviewed[:MOST_LEFT_OUT]:
        out.print(f"not reviewed: {safe(left.path)} ({safe(left.reason)})")
    if len(report.not_reviewed) > MOST_LEFT_OUT:
        out.print(
            f"not reviewed: {len(report.not_reviewed) - MOST_LEFT_OUT:,} more; --json lists them"
        )
    out.print(_total(report))


def _print_finding(out: Console, one: Finding) -> None:
    """The place, what is wrong and the line; below it the places that show it, each with its own line."""
    from rich.text import Text

    from repo_mhm.formatting import safe

    places = one.evidence[:MOST_PLACES] if one.title else ()
    said = one.title if places else one.message
    said += (
        " (says the model)"
        if one.kind == "model"
        else " (the model thinks so too)"
        if one.agreed
        else ""
    )
    head = Text.assemble(
        (f"{safe(one.path)}:{one.line}", "bold"), ": ", (one.severity, _STYLES[one.severity])
    )
    out.print(head.append(f" [{one.category}] {safe(said)}"))
    for mark, line in _lines(one):
        out.print(f"    {mark}{safe(line.strip())[:LONGEST_SOURCE]}")
    for place in places:
        why = f": {place.why}" if place.why else ""
        out.print(Text.assemble("  -> ", (f"{safe(place.path)}:{place.start}", "bold"), safe(why)))
        if place.text:
            out.print(Text(f"       {safe(place.text)[:LONGEST_SOURCE]}", style="dim"))
    if places and len(one.evidence) > len(places):
        out.print(f"  -> {len(one.evidence) - len(places)} more")


def _lines(one: Finding) -> list[tuple[str, str]]:
    """The line it is about, after the line that was there before."""
    if not one.was.strip() or one.was.strip() == one.source.strip():
        return [("", one.source)] if one.source.strip() else []
    # What took something away may have put nothing in its place: then the line only stands where it was.
    mark = "  " if one.category in _TAKEN and "was renamed" not in one.message else "+ "
    return [("- ", one.was), *([(mark, one.source)] if one.source.strip() else [])]


def _total(report: Report) -> str:
    from repo_mhm.formatting import count

    if not report.files:
        text = "nothing was reviewed" if report.not_reviewed else "there is nothing to review"
    else:
        text = count(len(report.findings), "finding") if report.findings else "no findings"
        counts = Counter(one.severity for one in report.findings)
        parts = (
            [f"{counts['error']:,} error{'s' * (counts['error'] != 1)}"] if counts["error"] else []
        )
        parts += (
            [f"{counts['warning']:,} warning{'s' * (counts['warning'] != 1)}"]
            if counts["warning"]
            else []
        )
        parts += [f"{counts['info']:,} info"] if counts["info"] else []
        text += f" ({', '.join(parts)})" if parts else ""
        text += " in what was reviewed" if report.not_reviewed else ""
    return text + (f", {report.silenced:,} silenced" if report.silenced else "")
