"""The tables of the commits: what each one changed, and the words of its message.

A commit stands for the files that it changed, under the names that they have now. Commits that
change more files than MOST_FILES are left out: they say nothing of any one of them. What is asked
often is kept ready: how much each file has changed, a commit counting less the older it is.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from repo_mhm.source.search_terms import words
from repo_mhm.store.full_text import FullTextTables

if TYPE_CHECKING:
    from repo_mhm.git.commit_log import LoggedCommit

MOST_FILES = 30
"""ChronoRepo's limit (ICDM 2026): a commit that changes more is a reformatting or an import."""
DECAY_DAYS = 90.0
"""After so many days a change counts 1/e of a new one, as in ChronoRepo. From 30 to 365 days make
no difference there."""
SECRET_LENGTH = 16
"""Words of so many characters with digits among them are not kept: they may be keys or tokens."""
_DAY = 86_400.0


class CommitTables(FullTextTables):
    """Writing and reading the commits. Row ids grow with time: 1 is the oldest commit."""

    def past_commit_count(self) -> int:
        """How many commits are stored."""
        return int(self._fetch_all("SELECT count(*) FROM past_commit")[0][0])

    def clear_past_commits(self) -> None:
        """Delete all commits."""
        with self.transaction() as db:
            for table in ("past_change", "past_path", "past_commit"):
                db.execute(f"DELETE FROM {table}")
            db.execute("INSERT INTO commit_words (commit_words) VALUES ('delete-all')")

    def add_past_commits(self, oldest_first: Iterable[LoggedCommit]) -> None:
        """Append commits that are later than all that are stored."""
        with self.transaction() as db:
            path_ids = {
                row["path"]: int(row["id"]) for row in self._fetch_all("SELECT * FROM past_path")
            }
            commit_id = int(self._fetch_all("SELECT coalesce(max(id), 0) FROM past_commit")[0][0])
            path_id = max(path_ids.values(), default=0)
            times: list[tuple[int, int, int]] = []
            changes: list[tuple[int, int]] = []
            messages: list[tuple[int, str]] = []

            for commit in oldest_first:
                for before, after in commit.moved:
                    if before in path_ids:
                        path_ids[after] = path_ids.pop(before)
                if not 0 < len(commit.changed) <= MOST_FILES:
                    continue
                commit_id += 1
                for path in dict.fromkeys(commit.changed):
                    if path not in path_ids:
                        path_id += 1
                        path_ids[path] = path_id
                    changes.append((path_ids[path], commit_id))
                times.append((commit_id, commit.at, len(commit.changed)))
                messages.append((commit_id, _message_words(commit.message)))

            # Paths whose history another file's took over keep their changes without a name.
            db.execute("DELETE FROM past_path")
            db.executemany(
                "INSERT INTO past_path (id, path) VALUES (?, ?)",
                ((row, path) for path, row in path_ids.items()),
            )
            db.executemany("INSERT INTO past_commit (id, at, files) VALUES (?, ?, ?)", times)
            db.executemany('INSERT INTO past_change (path, "commit") VALUES (?, ?)', changes)
            db.executemany("INSERT INTO commit_words (rowid, words) VALUES (?, ?)", messages)
            self._weigh_paths()

    def _weigh_paths(self) -> None:
        """Keep ready how much each path has changed."""
        newest = int(self._fetch_all("SELECT coalesce(max(at), 0) FROM past_commit")[0][0])
        weights: dict[int, float] = defaultdict(float)
        query = 'SELECT path, at FROM past_change JOIN past_commit ON past_commit.id = "commit" '
        for path, at in self._fetch_all(query):
            weights[path] += math.exp((at - newest) / _DAY / DECAY_DAYS)
        with self.transaction() as db:
            db.executemany(
                "UPDATE past_path SET weight = ? WHERE id = ?",
                ((weight, path) for path, weight in weights.items()),
            )

    def change_weights(self) -> dict[str, float]:
        """How many commits changed each file of the snapshot, by path.

        A commit counts less the older it is, the latest 1. Empty where the history is not known.
        """
        query = (
            "SELECT past_path.path, weight FROM past_path JOIN file ON file.path = past_path.path "
            "WHERE weight > 0"
        )
        return {row[0]: float(row[1]) for row in self._fetch_all(query)}

    def recently_changed(self, limit: int) -> list[tuple[str, float]]:
        """The files of the snapshot with the highest change weights, highest first."""
        query = (
            "SELECT past_path.path, weight FROM past_path JOIN file ON file.path = past_path.path "
            "WHERE weight > 0 ORDER BY weight DESC, past_path.path LIMIT ?"
        )
        return [(row[0], float(row[1])) for row in self._fetch_all(query, limit)]

    def search_commits(self, terms: Iterable[str], limit: int) -> list[tuple[int, float]]:
        """Commits whose messages have any of the words, with their BM25 scores, best first.

        `terms` are words as `search_terms.words` makes them. A higher score is better.
        """
        return self._best_rows("commit_words", terms, limit)

    def files_changed(self, commits: Sequence[int]) -> dict[int, list[str]]:
        """The files of the snapshot that each commit changed."""
        query = (
            'SELECT "commit", file.path FROM past_change '
            "JOIN past_path ON past_path.id = past_change.path "
            "JOIN file ON file.path = past_path.path "
            'WHERE "commit" IN (SELECT value FROM json_each(?)) ORDER BY "commit", file.path'
        )
        files: dict[int, list[str]] = {}
        for commit, path in self._fetch_all(query, json.dumps(list(commits))):
            files.setdefault(commit, []).append(path)
        return files

    def commits_of(self, path: str, limit: int) -> list[tuple[int, int, int]]:
        """The latest commits that changed a file: row id, time in seconds, files changed."""
        query = (
            "SELECT past_commit.id, at, files FROM past_path "
            "JOIN past_change ON past_change.path = past_path.id "
            'JOIN past_commit ON past_commit.id = "commit" '
            'WHERE past_path.path = ? ORDER BY "commit" DESC LIMIT ?'
        )
        rows = self._fetch_all(query, path, limit)
        return [(int(row), int(at), int(files)) for row, at, files in rows]


def _message_words(message: str) -> str:
    """The words of a message for the index, without those that may be secrets.

    Masking as in source would take longer for thousands of messages than the scan does.
    """
    return " ".join(
        word
        for word in words(message)
        if len(word) < SECRET_LENGTH or not any(letter.isdigit() for letter in word)
    )
