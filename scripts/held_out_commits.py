"""How well past commits foretell the rest of a commit, on commits that they do not include.

For `scripts/eval_changes companions`. The protocol is that of ChronoRepo's table (ICDM 2026): the
newest commits of two to ten source files; from each of the first two of them, the others are
foretold, from the commits before alone. The reviews' own rule is tried on the same commits, as they
are, and with one file left out, which it should then name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from repo_mhm.git.commit import resolve_commit
from repo_mhm.git.commit_log import read_commit_log
from repo_mhm.review.co_change import (
    MOST_COMMITS,
    companions,
    files_by_commit,
    missing_companions,
)
from repo_mhm.source.languages import for_file

FEWEST, MOST = 2, 10
"""Source files of a commit that is foretold."""
SEEDS = 2
TOP = 10
Commits = Sequence[tuple[str, ...]]


def foretell_commits(root: Path, count: int) -> Counter[str]:
    """Sums over the newest `count` commits of several source files."""
    log = read_commit_log(root, resolve_commit(root, "HEAD"), with_messages=False)
    commits = files_by_commit(log.commits)
    tally: Counter[str] = Counter()
    for files, past in _held_out(commits, count):
        tally["commits"] += 1
        sources = [path for path in files if for_file(path) is not None]
        for seed in sources[:SEEDS]:
            rest = set(sources) - {seed}
            ranked = [each.path for each in companions(seed, past) if for_file(each.path)]
            tally["seeds"] += 1
            tally["recall at 10, in thousandths"] += round(
                1000 * len(rest.intersection(ranked[:TOP])) / len(rest)
            )
        _try_rule(files, past, tally)
    return tally


def _held_out(commits: Commits, count: int) -> Iterator[tuple[tuple[str, ...], Commits]]:
    """The newest commits of several known source files, each with those before it."""
    first_seen = {path: number for number, files in enumerate(commits) for path in files}
    for number, files in enumerate(commits):
        known = tuple(path for path in files if first_seen[path] > number)
        sources = sum(for_file(path) is not None for path in known)
        if FEWEST <= sources <= MOST and count > 0:
            count -= 1
            yield known, commits[number + 1 : number + 1 + MOST_COMMITS]


def _try_rule(files: tuple[str, ...], past: Commits, tally: Counter[str]) -> None:
    """What a review says of the whole commit, and of the commit without each of its files."""
    tally["whole commits with a remark"] += bool(missing_companions(files, past))
    for left_out in files:
        rest = [path for path in files if path != left_out]
        named = [each.path for each in missing_companions(rest, past)][:3]
        tally["files left out"] += 1
        tally["files left out: a remark"] += bool(named)
        tally["files left out: the remark names it"] += left_out in named
