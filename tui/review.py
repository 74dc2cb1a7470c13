"""The review view: what a change may break, beside its diff."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from repo_mhm.errors import RepoMhmError
from repo_mhm.formatting import count
from tui.dialogs import LineDialog
from tui.notices import show_error
from tui.review_job import STAGED, WORKING, ReviewedChange, ignore_finding, review_change
from tui.review_rows import DiffPlace, diff_rows, finding_rows, gap_rows, nothing_rows
from tui.rows import Row, Rows
from tui.safe_text import safe_text, single_line
from tui.source import OpenSource, SourcePanel
from tui.state import AppState

if TYPE_CHECKING:
    from repo_mhm.review.findings import Finding

_NARROW = 110
"""Below so many columns the findings lie above the diff."""


class ReviewView(Vertical):
    """The findings, the one under the cursor in full, and the diff at its line."""

    HELP = """
**A review**

- s reviews what is staged, w all that is not committed, r a range
- Up and Down go through the findings, Tab to the diff
- e opens $EDITOR at the place
- Enter opens what shows the finding: callers, tests
- i ignores a finding: it goes into the baseline
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "change('staged')", "Staged"),
        Binding("w", "change('working')", "Working"),
        Binding("r", "range", "Range"),
        Binding("e", "edit", "Edit"),
        Binding("i", "ignore", "Ignore"),
    ]
    DEFAULT_CSS = """
    ReviewView {
        #change {
            height: 1; padding: 0 1; text-style: bold; color: $text-primary;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #findings-and-diff { height: 1fr; }
        #findings-side { width: 2fr; border-right: vkey $primary 20%; }
        #findings { padding: 0 1; }
        #finding { height: auto; max-height: 50%; padding: 0 1; border-top: solid $primary 30%; }
        #diff { width: 3fr; padding: 0 1; }
        &.-narrow #findings-and-diff { layout: vertical; }
        &.-narrow #findings-side { width: 1fr; height: 50%; border-right: none; }
        &.-narrow #diff { width: 1fr; height: 50%; border-top: solid $primary 30%; }
    }
    """

    def __init__(self, state: AppState) -> None:
        super().__init__(id="review")
        self._state = state
        self._change = WORKING
        self._reviewed: ReviewedChange | None = None
        self._ignored: set[str] = set()
        """Fingerprints of the findings that were ignored in this run."""

    def compose(self) -> ComposeResult:
        """Yield the change, the findings, the one under the cursor, and the diff."""
        yield Static("", id="change", markup=False)
        with Horizontal(id="findings-and-diff", classes="frame"):
            with Vertical(id="findings-side"):
                yield Rows(dom_id="findings")
                yield Static("", id="finding", markup=False)
            yield Rows(dom_id="diff", scrolls_sideways=True)

    def on_resize(self) -> None:
        """Lay the findings beside the diff, or above it."""
        self.set_class(self.size.width < _NARROW, "-narrow")

    @property
    def _findings(self) -> list[Finding]:
        findings = self._reviewed.findings if self._reviewed else ()
        return [finding for finding in findings if finding.fingerprint not in self._ignored]

    def focus_rows(self) -> None:
        """Put the cursor on the findings and gaps; on the diff where there are none."""
        findings = self.query_one("#findings", Rows)
        has_any = any(row.key is not None for row in findings.rows)
        (findings if has_any else self.query_one("#diff", Rows)).focus()

    def load(self) -> None:
        """Review what was reviewed last, if it has not been."""
        if self._reviewed is None:
            self.review(self._change)

    # Reviewing --------------------------------------------------------------------------------

    @work(exclusive=True, group="review")
    async def review(self, name: str) -> None:
        """Review a change: `staged`, `working` or a range; empty for the one before again."""
        self._change = name or self._change
        self._title(f"Reviewing {self._called} …")
        try:
            # In a thread of its own: it runs git, and may take as long as the change is large.
            job = partial(review_change, self._state.root, self._change)
            self._reviewed = await asyncio.to_thread(job)
        except RepoMhmError as error:
            self._title(f"Not reviewed: {error.message}")
            show_error(self.app, error)
            return
        await self._show()
        # Another view may be shown by now, and the user type there.
        if self.display:
            self.focus_rows()

    @property
    def _called(self) -> str:
        names = {STAGED: "what is staged", WORKING: "all that is not committed"}
        return names.get(self._change, self._change)

    def _title(self, text: str) -> None:
        self.query_one("#change", Static).update(Content(single_line(text)), layout=False)

    async def _show(self) -> None:
        reviewed = self._reviewed
        assert reviewed is not None
        findings = self._findings
        rows = await asyncio.to_thread(diff_rows, reviewed.diffs, findings)
        self._title(_title(self._called, reviewed, len(findings)))
        gaps = gap_rows(reviewed.not_reviewed, reviewed.warnings)
        listed = finding_rows(findings) or nothing_rows(has_changed=bool(reviewed.diffs or gaps))
        self.query_one("#findings", Rows).show_rows([*listed, *gaps])
        self.query_one("#diff", Rows).show_rows(rows, 0)
        self._describe(self.query_one("#findings", Rows).current)

    # Moving -----------------------------------------------------------------------------------

    @on(Rows.Moved, "#findings")
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._describe(event.row)
        finding, place = _finding(event.row), _place(event.row)
        diff = self.query_one("#diff", Rows)
        for number, row in enumerate(diff.rows):
            at = _place(row)
            if place and at and at.path == place.path and at.finding is finding:
                diff.cursor = number
                diff.reveal(number, margin=8)
                return

    @on(Rows.Moved, "#diff")
    def _moved_in_diff(self, event: Rows.Moved) -> None:
        event.stop()
        if _finding(event.row) is not None:
            self._describe(event.row)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        from repo_mhm.answer.citations import Citation
        from repo_mhm.location import Location

        event.stop()
        finding, place = _finding(event.row), _place(event.row)
        evidence = finding.evidence if finding is not None else ()
        # The tree may not be the one that was read, so the lines are looked up in the present one.
        citations = [Citation(piece.location, "changed") for piece in evidence]
        if not citations and place is not None:
            citations = [Citation(Location(place.path, place.line, place.line), "changed")]
        if citations:
            self.post_message(OpenSource(citations))

    def _describe(self, row: Row | None) -> None:
        self.query_one("#finding", Static).update(Content(_description(row)))

    # Acting -----------------------------------------------------------------------------------

    def action_change(self, name: str) -> None:
        """Review what is staged, or all that is not committed."""
        self.review(name)

    @work(exclusive=True, group="range")
    async def action_range(self) -> None:
        """Ask for a range of commits, and review it."""
        title = "A range of commits, such as main..HEAD"
        name = await self.app.push_screen_wait(LineDialog(title))
        if name and name.strip():
            self.review(name.strip())

    def action_edit(self) -> None:
        """Open the editor at the finding or at the line under the cursor."""
        place = _place(self._current)
        if place is not None:
            self.post_message(SourcePanel.EditFile(place.path, place.line))

    @work(exclusive=True, group="ignore")
    async def action_ignore(self) -> None:
        """Add the finding under the cursor to the baseline, and leave it out from now on."""
        finding = _finding(self._current)
        if finding is None:
            return
        try:
            path = await asyncio.to_thread(ignore_finding, self._state.root, finding)
        except RepoMhmError as error:
            show_error(self.app, error)
            return
        self._ignored.add(finding.fingerprint)
        self.notify(f"Ignored from now on; {path.name} says so. Commit it.", markup=False)
        await self._show()
        self.focus_rows()

    @property
    def _current(self) -> Row | None:
        diff = self.query_one("#diff", Rows)
        return (diff if diff.has_focus else self.query_one("#findings", Rows)).current


def _finding(row: Row | None) -> Finding | None:
    from repo_mhm.review.findings import Finding

    key = None if row is None else row.key
    if isinstance(key, DiffPlace):
        return key.finding
    return key if isinstance(key, Finding) else None


def _place(row: Row | None) -> DiffPlace | None:
    from repo_mhm.git.files import LeftOut

    key = None if row is None else row.key
    if isinstance(key, DiffPlace):
        return key
    if isinstance(key, LeftOut):
        return DiffPlace(key.path, 1)
    finding = _finding(row)
    return None if finding is None else DiffPlace(finding.path, max(1, finding.line), finding)


def _title(called: str, reviewed: ReviewedChange, findings: int) -> str:
    parts = [called, count(len(reviewed.diffs), "file"), count(findings, "finding")]
    silenced = reviewed.silenced + len(reviewed.findings) - findings
    if silenced:
        parts.append(f"{silenced:,} ignored")
    if reviewed.not_reviewed:
        parts.append(f"{len(reviewed.not_reviewed):,} not reviewed")
    return " · ".join(parts)


def _description(row: Row | None) -> str:
    """What is said in full of a finding, of a file that was not reviewed, or of a warning."""
    from repo_mhm.git.files import LeftOut

    key = None if row is None else row.key
    if isinstance(key, str):
        return safe_text(key)
    if isinstance(key, LeftOut):
        return f"{single_line(key.path)} was not reviewed: {key.reason}"
    finding = _finding(row)
    if finding is None:
        return ""
    lines = [safe_text(finding.message)]
    for piece in finding.evidence:
        why = f"  {single_line(piece.why)}" if piece.why else ""
        lines.append(f"  {single_line(piece.location.short)}  {single_line(piece.text)}{why}")
    return "\n".join(lines)
