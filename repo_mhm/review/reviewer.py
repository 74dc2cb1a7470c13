"""Reviewer: runs the rules, then the model, on a change, within the time given. Does IO.

It reads the store and the tree that the change leads to. The report lists what was not reviewed,
and why: nothing passes for clean that was not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from repo_mhm.errors import RepoMhmError
from repo_mhm.git.changes import Changes
from repo_mhm.git.commit_log import read_commit_log
from repo_mhm.git.files import LeftOut
from repo_mhm.git.trees import Tree
from repo_mhm.location import Location
from repo_mhm.review.abstract_methods import new_duties
from repo_mhm.review.awaits import dropped_awaits
from repo_mhm.review.baseline import known_secrets
from repo_mhm.review.co_change import (
    MOST_COMMITS,
    MOST_FILES,
    co_change_finding,
    files_by_commit,
    missing_companions,
)
from repo_mhm.review.edits import Edit, Side, read_side
from repo_mhm.review.findings import Finding, is_silenced, line_of, ordered
from repo_mhm.review.line_rules import line_rule_findings
from repo_mhm.review.masking import MaskedChange, mask_change
from repo_mhm.review.not_checked import (
    not_checked,
    unjudged,
    unsearched_files,
    with_sparse_remarks,
)
from repo_mhm.review.removals import passes_on_less
from repo_mhm.review.report import LATE, Report
from repo_mhm.review.secret_baseline import SecretBaseline
from repo_mhm.review.summary import summary
from repo_mhm.review.symbol_change import SymbolChange, names_of
from repo_mhm.review.symbol_changes import symbol_changes
from repo_mhm.source.file_roles import is_documentation
from repo_mhm.source.languages import for_file
from repo_mhm.source.redaction import Masked, masked_paths
from repo_mhm.store import Store

if TYPE_CHECKING:
    from repo_mhm.review.model_calls import Answers, ReviewModel

IMPACT = "impact on other files"
MOST_LINES = 20_000
"""Changed lines of one file that are read; a larger change is data, and listed as not reviewed."""
MOST_SLIPS = 60
"""Changes of one review that a model weighs; each takes seconds."""
MOST_MODEL_FINDINGS = 5
"""Findings of a model that one review shows, warnings first."""

_LOG_SECONDS = 2.0
"""How long git may list the history; the newest commits come first."""

BlobByPath = Mapping[str, str]
"""Git's ids of the contents that the store has symbols of."""


@dataclass(slots=True)
class Reviewer:
    """What a review works with; the deadline is a time of `clock` in seconds, None for no limit.

    What it has found so far is kept, for whoever must end it early.
    """

    store: Store | None = None
    model: ReviewModel | None = None
    baseline: Collection[str] = frozenset()
    """Fingerprints of the findings to leave out."""
    deadline: float | None = None
    clock: Callable[[], float] = time.monotonic
    _label: str = ""
    _changes: list[MaskedChange] = field(default_factory=list)
    _edits: list[Edit] = field(default_factory=list)
    _findings: list[Finding] = field(default_factory=list)
    _not_reviewed: list[LeftOut] = field(default_factory=list)
    _unsearched: list[str] = field(default_factory=list)
    """Files of the change whose new text was not, or not yet, searched for secrets."""

    def review(self, changes: Changes) -> Report:
        """Review one set of changes.

        Raises:
            RepoMhmError: The repository cannot be read.
        """
        self._begin(changes)
        self._mask(changes)
        blobs = self.store.blobs() if self.store else {}
        self._read_edits(self._changes, blobs)
        for path, reason in not_checked(self._edits):
            self._leave_out(path, reason)
        self._find_by_rule(changes.tree, self._edits)
        self._find_companions(changes)
        if self.model is not None and self._edits:
            self._findings += self._ask(self.model, self._edits)
        return self.report()

    def _begin(self, changes: Changes) -> None:
        paths = [item.path for item in changes.left_out]
        paths += [change.diff.path for change in changes.files]
        names = masked_paths(paths)
        self._label = changes.label
        self._changes, self._edits, self._findings = [], [], []
        self._not_reviewed = [
            replace(item, path=names.get(item.path, item.path)) for item in changes.left_out
        ]
        unread = [*sorted(changes.unread), *(change.diff.path for change in changes.files)]
        self._unsearched = [names.get(path, path) for path in unread]

    def report(self) -> Report:
        """What the running review has found so far, or the last one."""
        edits = list(self._edits)
        shown, silenced_count = self._select(list(self._findings), list(self._changes))
        return Report(
            label=self._label,
            summary=summary(edits),
            findings=tuple(shown),
            not_reviewed=tuple(dict.fromkeys(self._not_reviewed)),
            unsearched=tuple(dict.fromkeys(self._unsearched)),
            silenced=silenced_count,
            model=self.model.name if self.model is not None and edits else "",
            files=len(edits),
        )

    def _mask(self, changes: Changes) -> None:
        """Take the secrets from all files; from large ones too, whatever time it takes."""
        known: SecretBaseline | None = None
        for change in changes.files:
            try:
                masked = mask_change(change)
            except Exception as exc:  # noqa: BLE001  a defect must not let the file pass for clean
                self._report_defect(change.diff.path, exc)
            else:
                self._unsearched.remove(masked.diff.path)
                self._changes.append(masked)
                if masked.added_secrets and known is None:
                    known = known_secrets(changes.tree)
                self._findings += masked.secret_findings(known or SecretBaseline())

    def _report_defect(self, path: str, error: Exception) -> None:
        """Make a finding of what could not be reviewed."""
        reason = f"a defect of repo-mhm ({type(error).__name__})"
        self._leave_out(path, reason)
        message = f"this file was not reviewed, because of {reason}"
        self._findings.append(Finding("impact", path, 1, "error", "unreviewed", message))

    def _select(
        self, findings: Iterable[Finding], changes: Sequence[MaskedChange]
    ) -> tuple[list[Finding], int]:
        """The findings to show, and how many are silenced.

        Findings are recognised by their lines as they are, and shown with the masked ones.
        """
        lines = {change.diff.path: change.lines for change in changes}
        all_findings = ordered(findings, lines)

        shown = []
        for finding in all_findings:
            if not is_silenced(finding, lines, self.baseline):
                shown.append(finding)
        masked_lines = {change.diff.path: change.masked_lines for change in changes}
        return [
            replace(finding, source=line_of(masked_lines, finding.path, finding.line))
            for finding in shown
        ], len(all_findings) - len(shown)

    def _is_late(self) -> bool:
        return self.deadline is not None and self.clock() >= self.deadline

    def _leave_out(self, path: str, reason: str) -> None:
        self._not_reviewed.append(LeftOut(path, reason))

    # Edits

    def _read_edits(self, files: Sequence[MaskedChange], blobs: BlobByPath) -> None:
        """Read both sides of every file, as far as time goes."""
        # What the time limit cuts off should be the large files, of which there are few.
        for change in sorted(files, key=_size):
            path = change.diff.path
            if self._is_late():
                self._leave_out(path, LATE)
            elif sum(len(hunk.lines) for hunk in change.diff.hunks) > MOST_LINES:
                self._leave_out(path, f"more than {MOST_LINES:,} changed lines")
            else:
                try:
                    self._edits.append(self._edit(change, blobs))
                except Exception as exc:  # noqa: BLE001  see _mask
                    self._report_defect(path, exc)

        order = {change.diff.path: number for number, change in enumerate(files)}
        self._edits.sort(key=lambda edit: order[edit.diff.path])

    def _edit(self, change: MaskedChange, blobs: BlobByPath) -> Edit:
        diff = change.diff
        old: Side | None = None
        new: Side | None = None
        if diff.status != "added":
            old = self._side(diff.old_path, change.old, change.old_blob, blobs)
        if diff.status != "deleted":
            new = self._side(diff.path, change.new, "", blobs)
        return Edit(diff, old, new)

    def _side(self, path: str, masked: Masked, blob: str, blobs: BlobByPath) -> Side:
        """One side of a file; its symbols come from the store if that has read this very content.

        `blob` is git's id of the content, or empty.
        """
        data = masked.data
        language = for_file(path, data)
        if self.store is not None and blob and blobs.get(path) == blob:
            stored = self.store.symbols_in(path)
            if stored:
                symbols = tuple(item.symbol for item in stored)
                return Side(path, data, symbols, language, parseable=masked.parseable)

        return read_side(path, masked, None if is_documentation(path) else language)

    # Rules

    def _find_by_rule(self, tree: Tree, edits: Sequence[Edit]) -> None:
        try:
            changed = symbol_changes(edits)
            names = {change.named.name for change in changed if change.kind == "signature"}
            self._findings += line_rule_findings(edits, names)
            self._find_impact(tree, changed, edits)
        except RepoMhmError:
            raise
        except Exception as exc:  # noqa: BLE001  see _mask
            for edit in edits:
                self._report_defect(edit.diff.path, exc)

    def _find_impact(
        self, tree: Tree, changed: Sequence[SymbolChange], edits: Sequence[Edit]
    ) -> None:
        has_moved = any(edit.diff.status in ("deleted", "renamed") for edit in edits)
        is_wanted = changed or has_moved or dropped_awaits(edits) or new_duties(edits)
        if not (is_wanted or any(map(passes_on_less, edits))):
            return
        # Imported here: most changes touch nothing that other files use.
        from repo_mhm.review.impact import impact
        from repo_mhm.review.tree_lookup import ChangedTree, TreeFiles

        paths = {path for edit in edits for path in (edit.diff.old_path, edit.diff.path)}
        files = TreeFiles(tree, self.store, paths, self._is_late)
        if not self._is_late():
            before: dict[str, Side | None] = {edit.diff.path: None for edit in edits}
            after: dict[str, Side | None] = {edit.diff.old_path: None for edit in edits}
            before |= {edit.diff.old_path: edit.old for edit in edits}
            after |= {edit.diff.path: edit.new for edit in edits}
            names = {name for change in changed for name in names_of(change)}
            files.search_at_once(names | {duty.owner.name for duty in new_duties(edits)})
            old, new = ChangedTree(files, before), ChangedTree(files, after)
            result = impact(changed, edits, old, new, self._is_late)
            self._findings += [with_sparse_remarks(each, tree) for each in result.findings]
            for path, members in result.unjudged.items():
                self._leave_out(path, unjudged(members))

        for reason in unsearched_files(files.left_out, tree, is_late=self._is_late()):
            self._leave_out(IMPACT, reason)

    def _find_companions(self, changes: Changes) -> None:
        """What usually changes with the files that were there before the change."""
        touched = {edit.diff.path for edit in self._edits}
        known = [edit for edit in self._edits if edit.old is not None and edit.new is not None]
        if self._is_late() or not changes.base or not 0 < len(known) <= MOST_FILES:
            return
        log = read_commit_log(
            changes.tree.root,
            changes.base,
            seconds=_LOG_SECONDS,
            count=MOST_COMMITS,
            with_messages=False,
        )
        commits = files_by_commit(log.commits)
        missing = [
            each
            for each in missing_companions({edit.diff.path for edit in known}, commits)
            if each.path not in touched
        ]
        if missing:
            self._findings += co_change_finding(missing, known, changes.tree.blobs)

    # Model

    def _ask(self, model: ReviewModel, edits: Sequence[Edit]) -> list[Finding]:
        """The model's findings, as far as time goes."""
        # Imported here, like the model itself: most reviews ask none.
        from repo_mhm.review.slips import find_slips

        slips = find_slips(edits)
        answers = model.ask(slips[:MOST_SLIPS], self.deadline)

        for number, slip in enumerate(slips):
            if slip in answers.weights or slip in answers.unweighable:
                continue
            is_asked = number < MOST_SLIPS
            reason = answers.reason if is_asked else f"there are more than {MOST_SLIPS} such places"
            location = Location(slip.path, slip.line.new, slip.line.new)
            self._leave_out(str(location), f"not shown to the model: {reason}")
        for slip, reason in answers.unweighable.items():
            self._leave_out(slip.path, f"not shown to the model: {reason}")

        return _model_findings(answers)


def _size(change: MaskedChange) -> int:
    return len(change.old.data) + len(change.new.data)


def _model_findings(answers: Answers) -> list[Finding]:
    from repo_mhm.review.slips import slip_finding

    findings = [
        finding
        for slip, weights in answers.weights.items()
        if weights is not None and (finding := slip_finding(slip, weights)) is not None
    ]
    findings.sort(key=lambda finding: finding.severity != "warning")
    return findings[:MOST_MODEL_FINDINGS]
