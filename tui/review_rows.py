"""A review as rows: its findings, and the diff with each finding at its line. No widgets here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.rows import Row
from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.git.files import LeftOut
    from repo_mhm.review.findings import Finding
    from repo_mhm.source.unified_diff import FileDiff, Line

_LOOK_BY_SEVERITY = {"error": "bad", "warning": "warn", "info": "dim"}
_MARK_BY_SEVERITY = {"error": "✗", "warning": "▲", "info": "·"}
_LOOK_BY_KIND = {"+": "good", "-": "bad", " ": ""}


@dataclass(frozen=True, slots=True)
class DiffPlace:
    """Where a row of the diff is: `line` is that of the new file, from 1."""

    path: str
    line: int
    finding: Finding | None = None
    """The finding of the row; None for a line of the diff."""


def finding_rows(findings: Sequence[Finding]) -> list[Row]:
    """A row for each finding, worst first as the review gives them."""
    return [
        Row(
            (
                (f"{_MARK_BY_SEVERITY[finding.severity]} ", _LOOK_BY_SEVERITY[finding.severity]),
                (f"{single_line(finding.path)}:{finding.line} ", "name"),
                (single_line(finding.title or finding.message), ""),
            ),
            finding,
        )
        for finding in findings
    ]


def nothing_rows(*, has_changed: bool) -> list[Row]:
    """What stands in place of findings."""
    if has_changed:
        return [Row((("Nothing was found.", "dim"),))]
    return [
        Row((("Nothing has changed.", "dim"),)),
        Row((("r reviews commits, such as HEAD~1..HEAD", "dim"),)),
    ]


def gap_rows(not_reviewed: Sequence[LeftOut], warnings: Sequence[str]) -> list[Row]:
    """A row for each file that was not reviewed, with the reason, and for each warning."""
    warned = [Row((("! ", "warn"), (single_line(text), "")), text) for text in warnings]
    left_out = [
        Row(
            (
                ("○ ", "dim"),
                (f"{single_line(item.path)} ", "name"),
                (single_line(item.reason), "dim"),
            ),
            item,
        )
        for item in not_reviewed
    ]
    return [*warned, *left_out]


def diff_rows(diffs: Sequence[FileDiff], findings: Collection[Finding]) -> list[Row]:
    """The lines of a change, each followed by what was found there."""
    findings_at: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        findings_at[finding.path, finding.line].append(finding)

    rows: list[Row] = []
    for diff in diffs:
        rows.append(_file_row(diff))
        # What has no line of its own in the diff stands below the file's name.
        shown = {(diff.path, line.new) for hunk in diff.hunks for line in hunk.lines}
        rows += [
            _remark_row(finding)
            for place, there in findings_at.items()
            if place[0] == diff.path and place not in shown
            for finding in there
        ]
        rows += _hunk_rows(diff, findings_at)
    return rows


def _file_row(diff: FileDiff) -> Row:
    path = single_line(diff.path)
    if diff.old_path not in ("", diff.path):
        path = f"{single_line(diff.old_path)} → {path}"
    note = f"  {diff.status}" + (f", {diff.note}" if diff.note else "")
    return Row(((path, "strong"), (note, "dim")), DiffPlace(diff.path, 1))


def _hunk_rows(diff: FileDiff, findings_at: dict[tuple[str, int], list[Finding]]) -> list[Row]:
    rows: list[Row] = []
    shown: set[int] = set()
    for hunk in diff.hunks:
        for number, line in enumerate(hunk.lines):
            if number == 0:
                rows.append(Row((("┄" * 20, "dim"),), DiffPlace(diff.path, max(1, line.new))))
            rows.append(_line_row(diff.path, line))
            is_in_file = line.kind != "-" or diff.status == "deleted"
            at = line.old if diff.status == "deleted" else line.new
            if is_in_file and at not in shown:
                shown.add(at)
                rows += [_remark_row(finding) for finding in findings_at.get((diff.path, at), ())]
    return rows


def _line_row(path: str, line: Line) -> Row:
    number = "" if line.kind == "-" else f"{line.new}"
    look = _LOOK_BY_KIND[line.kind]
    text = single_line_code(line.text)
    return Row(
        ((f"{number:>5} ", "dim"), (f"{line.kind}{text}", look)), DiffPlace(path, max(1, line.new))
    )


def _remark_row(finding: Finding) -> Row:
    look = _LOOK_BY_SEVERITY[finding.severity]
    mark = _MARK_BY_SEVERITY[finding.severity]
    text = single_line(finding.title or finding.message)
    place = DiffPlace(finding.path, max(1, finding.line), finding)
    return Row(((f"      {mark} {text}", look),), place, "marked")


def single_line_code(text: str) -> str:
    """A line of code as it can be shown: tabs as spaces, nothing that acts on a terminal."""
    from repo_mhm.formatting import safe

    return safe(text.expandtabs(4)).replace("\n", " ")
