"""Review: look at a change before people do. Impact first, then what a model says, within the time given.

Whatever could not be looked at is named with its reason; nothing is ever called clean that was not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repo_mhm.git.changes import Change, Changes
from repo_mhm.git.files import LeftOut
from repo_mhm.git.trees import Blob, Tree
from repo_mhm.review import impact as impacts
from repo_mhm.review import remarks
from repo_mhm.review.edits import Edit, Side, SymbolChange, symbol_changes
from repo_mhm.review.findings import Finding, ordered, silenced
from repo_mhm.review.model_session import LATE, Asker
from repo_mhm.review.patterns import patterns
from repo_mhm.review.summary import summary, touched_names
from repo_mhm.source.file_roles import is_documentation
from repo_mhm.source.languages import for_file
from repo_mhm.source.scan import scan_bytes
from repo_mhm.source.text_encoding import to_utf8
from repo_mhm.store import Store

MOST_SOURCES = 600
"""Files looked through for uses of what changed."""
MOST_LINES = 20_000
"""Changed lines of one file that are read; a larger change is data, and listed as not reviewed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a review found. `silenced` counts findings that the baseline or an ignore comment hides."""

    label: str
    summary: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_reviewed: tuple[LeftOut, ...] = ()
    silenced: int = 0
    model: str = ""
    """Name of the model that was asked; empty when none was."""
    files: int = 0


@dataclass(slots=True)
class Reviewer:
    """Everything a review works with; `deadline` is a time of `clock`, in seconds, None for no limit."""

    store: Store | None = None
    asker: Asker | None = None
    """Asks a model; None to do without."""
    baseline: Collection[str] = frozenset()
    deadline: float | None = None
    clock: Callable[[], float] = time.monotonic
    most_findings: int = remarks.MOST_FINDINGS
    summarise: bool = True
    """Whether the model is to say what the change is about."""
    late: list[LeftOut] = field(default_factory=list)
    """What this review has not looked at so far, for whoever must end it early."""

    def review(self, changes: Changes) -> Report:
        """Review one set of changes. Raises RepoMhmError where the repository cannot be read."""
        self.late = list(changes.left_out)
        blobs = self.store.blobs() if self.store else {}
        edits = self._edits(changes.files, blobs)
        symbols = symbol_changes(edits)
        found = patterns(
            edits, {change.target.name for change in symbols if change.kind == "signature"}
        )
        found += self._impact(changes.tree, symbols, edits, blobs)
        notes = self._notes(edits)
        said: tuple[str, ...] = ()
        model = ""
        if self.asker is not None and edits:
            model = self.asker.model
            said, remarked = self._ask(edits, notes, found)
            found += remarked
        lines = {edit.diff.path: edit.new.lines for edit in edits if edit.new}
        lines |= {edit.diff.path: edit.old.lines for edit in edits if edit.old and not edit.new}
        all_found = ordered(found, lines)
        kept = [one for one in all_found if not silenced(one, lines, self.baseline)]
        secret = {(one.path, one.line) for one in all_found if one.category == "secret"}
        kept = [
            replace(one, source="", was="") if (one.path, one.line) in secret else one
            for one in kept
        ]
        first = [f"Memory: {line}" for known in notes.values() for line in known[:1]]
        return Report(
            changes.label,
            said or summary(edits, first),
            tuple(kept),
            tuple(dict.fromkeys(self.late)),
            len(all_found) - len(kept),
            model,
            len(edits),
        )

    def _is_late(self) -> bool:
        return self.deadline is not None and self.clock() >= self.deadline

    def _edits(self, files: Sequence[Change], blobs: Mapping[str, str]) -> list[Edit]:
        edits = []
        # What the time limit cuts off should be the large files, of which there are few.
        for change in sorted(files, key=lambda one: len(one.old) + len(one.new)):
            path = change.diff.path
            if self._is_late():
                self.late.append(LeftOut(path, LATE))
                continue
            if sum(len(hunk.lines) for hunk in change.diff.hunks) > MOST_LINES:
                self.late.append(LeftOut(path, f"more than {MOST_LINES:,} changed lines"))
                continue
            known = bool(change.old_blob) and blobs.get(change.diff.old_path) == change.old_blob
            old = (
                None
                if change.diff.status == "added"
                else self._side(change.diff.old_path, change.old, known)
            )
            new = None if change.diff.status == "deleted" else self._side(path, change.new, False)
            edits.append(Edit(change.diff, old, new))
        order = {change.diff.path: number for number, change in enumerate(files)}
        return sorted(edits, key=lambda edit: order[edit.diff.path])

    def _side(self, path: str, raw: bytes, known: bool) -> Side:
        """One side of a file; its symbols come from the store where that holds this very content."""
        data = to_utf8(raw)
        if known and self.store is not None and (stored := self.store.symbols_in(path)):
            return Side(path, data, tuple(one.symbol for one in stored), _language(path, data))
        if is_documentation(path):
            return Side(path, data, (), "")
        found = scan_bytes(path, raw)
        return Side(path, data, found.symbols, found.language)

    def _impact(
        self,
        tree: Tree,
        symbols: Sequence[SymbolChange],
        edits: Sequence[Edit],
        blobs: Mapping[str, str],
    ) -> list[Finding]:
        wanted = impacts.names(symbols)
        if not wanted:
            return []
        if self._is_late():
            self.late.append(LeftOut("impact on other files", LATE))
            return []
        sources = {edit.new.path: edit.new for edit in edits if edit.new}
        paths = [path for path in tree.grep(wanted) if path not in sources]
        if len(paths) > MOST_SOURCES:
            reason = f"the names that changed occur in {len(paths):,} files; {MOST_SOURCES} were looked at"
            self.late.append(LeftOut("impact on other files", reason))
        for path, blob in tree.read(paths[:MOST_SOURCES]).items():
            if self._is_late():
                self.late.append(LeftOut("impact on other files", LATE))
                break
            sources[path] = self._source(path, blob, blobs)
        return impacts.impact(symbols, edits, sources)

    def _source(self, path: str, blob: Blob, blobs: Mapping[str, str]) -> Side:
        return self._side(path, blob.content, bool(blob.id) and blobs.get(path) == blob.id)

    def _notes(self, edits: Sequence[Edit]) -> dict[tuple[str, str], tuple[str, ...]]:
        """What the memory says about each touched definition, by (path, qualified name)."""
        if self.store is None:
            return {}
        by_path: dict[str, list[tuple[str, str]]] = {}
        for note in self.store.notes():
            by_path.setdefault(note.path, []).append((note.anchor, note.text))
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for edit in edits:
            anchored = by_path.get(edit.diff.path, [])
            for name in touched_names([edit]):
                own = [f"`{anchor}`: {text}" for anchor, text in anchored if anchor == name]
                if own or anchored:
                    found[edit.diff.path, name] = tuple(
                        own or [f"{anchor}: {text}" for anchor, text in anchored[:1]]
                    )
        return found

    def _ask(
        self,
        edits: Sequence[Edit],
        notes: Mapping[tuple[str, str], tuple[str, ...]],
        found: Sequence[Finding],
    ) -> tuple[tuple[str, ...], list[Finding]]:
        """The model's summary and findings, as far as time goes. What was not asked about is listed as late."""
        assert self.asker is not None
        known = dict(notes)
        for one in found:
            if one.evidence:
                key = (one.path, one.symbol)
                known[key] = (*known.get(key, ()), one.message[:300])
        waiting = [task for task in remarks.tasks(edits, known) if task.slip or self.asker.opinions]
        about = remarks.summary_prompt(edits, touched_names(edits)) if self.summarise else None
        asked = self.asker.ask(waiting[: remarks.MOST_TASKS], about, self.deadline)
        for task in waiting:
            if task not in asked.done:
                first, last = task.candidates[0].new, task.candidates[-1].new
                asked_all = task in waiting[: remarks.MOST_TASKS]
                reason = (
                    asked.reason
                    if asked_all
                    else f"there are more than {remarks.MOST_TASKS} such places"
                )
                self.late.append(
                    LeftOut(f"{task.path}:{first}-{last}", f"not shown to the model: {reason}")
                )
        for remarked in asked.done.values():
            if remarked.skipped:
                self.late.append(
                    LeftOut(remarked.task.path, f"not shown to the model: {remarked.skipped}")
                )
        kept = [one.finding for one in asked.done.values() if one.finding is not None]
        return asked.summary, sorted(kept, key=lambda one: one.severity != "warning")[
            : self.most_findings
        ]


def _labelled(report: Report) -> tuple[str, ...]:
    return (f"{report.label}: {report.summary[0]}", *report.summary[1:]) if report.summary else ()


def _language(path: str, data: bytes) -> str:
    found = for_file(path, data[:200])
    return found.name if found else ""


def joined(reports: Sequence[Report]) -> Report:
    """Several reports (one for each pushed ref) as one; the same finding in two of them counts once."""
    if len(reports) == 1:
        return reports[0]
    findings = {finding.fingerprint: finding for report in reports for finding in report.findings}
    return Report(
        ", ".join(report.label for report in reports),
        tuple(line for report in reports for line in _labelled(report)),
        tuple(findings.values()),
        tuple(dict.fromkeys(out for report in reports for out in report.not_reviewed)),
        sum(report.silenced for report in reports),
        next((report.model for report in reports if report.model), ""),
        sum(report.files for report in reports),
    )
