"""Bring the stored commits up to date with a snapshot: those that lead to its commit, none later.

The log is read before a transaction and written in one. Later commits are appended; where the
snapshot's commit does not follow the stored one, as after a rebase or on another branch, all are
read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from repo_mhm.errors import RepositoryError
from repo_mhm.git import CommitLog, Snapshot, is_ancestor, read_commit_log
from repo_mhm.store import Store

TIP = "history_tip"
"""Meta key: the commit that the stored commits lead to."""
MOST_KEPT = 25_000
"""From so many stored commits on, all are read again, which keeps the newest 20,000."""


@dataclass(frozen=True, slots=True)
class CommitUpdate:
    """What the stored commits lack."""

    tip: str
    log: CommitLog
    is_continued: bool
    """Whether the log goes on where the stored commits end; else it takes their place."""

    def write(self, store: Store) -> None:
        """Store it, in one transaction."""
        with store.transaction():
            if not self.is_continued:
                store.clear_past_commits()
            store.add_past_commits(reversed(self.log.commits))
            store.set_meta(**{TIP: self.tip})


def commit_update(store: Store, snapshot: Snapshot) -> CommitUpdate | None:
    """What the stored commits lack; None if nothing.

    A history that cannot be read, such as one that a partial clone lacks, counts as empty.
    """
    tip, stored_tip = snapshot.commit, store.meta(TIP)
    if tip == stored_tip:
        return None
    if not tip:
        return CommitUpdate(tip, CommitLog((), is_complete=True), is_continued=False)

    is_continued = (
        bool(stored_tip)
        and store.past_commit_count() < MOST_KEPT
        and is_ancestor(snapshot.root, stored_tip, tip)
    )
    try:
        log = read_commit_log(snapshot.root, tip, since=stored_tip if is_continued else "")
    except RepositoryError:
        log = CommitLog((), is_complete=False)
    return CommitUpdate(tip, log, is_continued and log.is_complete)
