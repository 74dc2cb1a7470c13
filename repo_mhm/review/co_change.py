"""Co-change: the files that usually change together with those of a change, and did not. Pure.

The idea is ROSE's (Zimmermann et al., ICSE 2004): what changed together will do so again. Of the
latest commits that touched a file, the others that they touched are counted. How sure a share of
few commits is, Wilson's interval says: a file counts only where even the lower end of its 95 %
interval is a third, so that 3 of 3, 4 of 5 and 12 of 20 commits say something, and 3 of 6 nothing.
A commit of many files says nothing of any two of them (a reformatting, an import).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from repo_mhm.location import Location
from repo_mhm.review.findings import Evidence, Finding

if TYPE_CHECKING:
    from repo_mhm.git.commit_log import LoggedCommit
    from repo_mhm.review.edits import Edit

MOST_COMMITS = 1_000
"""The newest commits of a history that are looked at: .05 s in pytest."""
LATEST = 50
"""Of these, the latest that touched a file: what once belonged together may have been parted."""
MOST_FILES = 30
"""Files of a commit that says something of each two (the limit of ChronoRepo, ICDM 2026)."""
LEAST_SHARE = 1 / 3
"""Of the commits that touched a file, the share that must have touched another one as well."""
LEAST_COMMITS = 3
"""Commits that must have touched both: ROSE's least support. Twice may be chance."""
_CERTAINTY = 1.96
"""Standard deviations from the mean to the ends of a 95 % interval."""
_MOST_NAMED = 3
"""Files that one finding names; more are more than anybody looks at."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that usually changes with another one."""

    path: str
    with_path: str
    together: int
    """Commits that touched both, among the latest that touched `with_path`."""
    commits: int
    """Those."""

    @property
    def certain_share(self) -> float:
        """The lower end of Wilson's interval for the share of commits that touched both."""
        return _lower_end(self.together, self.commits)


def _lower_end(hits: int, trials: int) -> float:
    if not trials:
        return 0.0
    share, square = hits / trials, _CERTAINTY**2 / trials
    margin = _CERTAINTY * sqrt(share * (1 - share) / trials + square / (4 * trials))
    return (share + square / 2 - margin) / (1 + square)


def files_by_commit(newest_first: Iterable[LoggedCommit]) -> list[tuple[str, ...]]:
    """The files that each commit changed, under the names that they have after the latest one."""
    name_now: dict[str, str] = {}
    commits = []
    for commit in newest_first:
        if len(commit.changed) <= MOST_FILES:
            commits.append(tuple(name_now.get(path, path) for path in commit.changed))
        for before, after in commit.moved:
            name_now[before] = name_now.get(after, after)
    return commits


def companions(path: str, commits: Sequence[Collection[str]]) -> list[Companion]:
    """The files that changed with one, in how many commits, the most frequent first."""
    latest = [files for files in commits if path in files][:LATEST]
    together = Counter(other for files in latest for other in set(files) if other != path)
    return [
        Companion(other, path, count, len(latest))
        for other, count in sorted(together.items(), key=lambda item: (-item[1], item[0]))
    ]


def missing_companions(
    touched: Collection[str], commits: Sequence[Collection[str]]
) -> list[Companion]:
    """The files that usually change with the touched ones and are not among them, surest first."""
    best: dict[str, Companion] = {}
    for path in touched:
        for each in companions(path, commits):
            is_usual = each.together >= LEAST_COMMITS and each.certain_share >= LEAST_SHARE
            if not is_usual or each.path in touched:
                continue
            if each.path not in best or each.certain_share > best[each.path].certain_share:
                best[each.path] = each
    return sorted(best.values(), key=lambda each: (-each.certain_share, each.path))


def co_change_finding(
    missing: Sequence[Companion], edits: Sequence[Edit], blobs: Mapping[str, str]
) -> list[Finding]:
    """One finding on the companions that the tree still has; none where there are none."""
    shown = [each for each in missing if each.path in blobs][:_MOST_NAMED]
    if not shown:
        return []
    first = shown[0].with_path
    edit = next(edit for edit in edits if edit.diff.path == first)
    changed = next(
        (line for hunk in edit.diff.hunks for line in hunk.lines if line.kind != " "), None
    )
    line = max(1, edit.new_line(changed)) if changed else 1
    evidence = tuple(Evidence(Location(each.path, 1, 1), why=_count(each)) for each in shown)
    named = ", ".join(f"{each.path} ({_count(each)})" for each in shown)
    title = "what usually changes with this did not"
    return [
        Finding(
            "impact", first, line, "info", "co-change", f"{title}: {named}", evidence, title=title
        )
    ]


def _count(each: Companion) -> str:
    return f"in {each.together} of the latest {each.commits} commits that touched {each.with_path}"
