"""The files of the snapshot: their languages, and which were left out and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from repo_mhm.source.parse_errors import PARSE_ERRORS
from repo_mhm.store.symbols import SymbolTables

UNFINISHED_SCAN = "unfinished_scan"
"""Meta key: set where a scan has stored some of its files and has not settled what follows."""


class FileTables(SymbolTables):
    """Reading what is stored of files."""

    def is_scanned(self) -> bool:
        """Whether a scan of the repository has come to its end and found anything."""
        return bool(self.meta("plan") and self._fetch_all("SELECT 1 FROM chunk LIMIT 1"))

    def set_blobs(self, blobs: Mapping[str, str]) -> None:
        """Set the blob ids of files, by path."""
        with self.transaction() as db:
            query = "UPDATE file SET blob = ?2 WHERE path = ?1 AND blob <> ?2"
            db.executemany(query, blobs.items())

    def forget_blobs(self) -> None:
        """Let every file count as changed."""
        with self.transaction() as db:
            db.execute("UPDATE file SET blob = 'outdated'")

    def blobs(self) -> dict[str, str]:
        """Blob id of every file of the snapshot, by path."""
        return {row["path"]: row["blob"] for row in self._fetch_all("SELECT path, blob FROM file")}

    def existing_paths(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths at which the snapshot has a file."""
        query = "SELECT path FROM file WHERE path IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._fetch_all(query, json.dumps(list(paths)))}

    def languages(self) -> dict[str, str]:
        """The name of the language of every file that is in one, by path."""
        query = "SELECT path, language FROM file WHERE language <> ''"
        return {row["path"]: row["language"] for row in self._fetch_all(query)}

    def language_of(self, path: str) -> str:
        """The name of a file's language; empty where it is in none, or not there."""
        row = self._fetch_first("SELECT language FROM file WHERE path = ?", path)
        return row["language"] if row else ""

    def parse_errors(self) -> dict[str, int]:
        """How many lines of each file its grammar does not fit, by path, most first."""
        query = "SELECT path, fallback FROM file WHERE fallback GLOB ?"
        rows = self._fetch_all(query, f"{PARSE_ERRORS}[0-9]*")
        lines = {row["path"]: int(row["fallback"].removeprefix(PARSE_ERRORS)) for row in rows}
        return dict(sorted(lines.items(), key=lambda item: (-item[1], item[0])))

    def left_out_files(self) -> dict[str, str]:
        """Why each file that was left out was, by path."""
        query = "SELECT path, skipped FROM file WHERE skipped <> '' ORDER BY path"
        return {row["path"]: row["skipped"] for row in self._fetch_all(query)}

    def left_out_counts(self) -> dict[str, int]:
        """How many files were left out for each reason, most first."""
        query = (
            "SELECT skipped, count(*) FROM file WHERE skipped <> '' "
            "GROUP BY skipped ORDER BY count(*) DESC, skipped"
        )
        return {row[0]: int(row[1]) for row in self._fetch_all(query)}

    def files_at(self, path: str, most: int | None = None) -> list[str]:
        """The file of this path, or the files below the folder of it, by path; at most `most`.

        The empty path is the root.
        """
        # See `tokens_below`.
        where = "path = ?1 OR path > ?1 || '/' AND path < ?1 || '0'" if path else "?1 = ''"
        query = f"SELECT path FROM file WHERE {where} ORDER BY path LIMIT ?2"
        return [row[0] for row in self._fetch_all(query, path, -1 if most is None else most)]

    def left_out_at(self, path: str) -> dict[str, str]:
        """Why the file of this path, or each file below the folder of it, was left out, by path.

        Empty where any of them was read, or where there is none.
        """
        query = (
            "SELECT path, skipped FROM file "
            "WHERE path = ?1 OR path > ?1 || '/' AND path < ?1 || '0'"
        )
        rows = self._fetch_all(query, path)
        reason_by_path = {row["path"]: row["skipped"] for row in rows}
        return reason_by_path if all(reason_by_path.values()) else {}

    def paths_directly_in(self, directory: str) -> list[str]:
        """The files of a directory (`.` for the root) without those below its directories."""
        if directory == ".":
            query = "SELECT path FROM file WHERE instr(path, '/') = 0"
            return [row[0] for row in self._fetch_all(query)]
        query = (
            "SELECT path FROM file WHERE path > ?1 || '/' AND path < ?1 || '0' "
            "AND instr(substr(path, length(?1) + 2), '/') = 0"
        )
        return [row[0] for row in self._fetch_all(query, directory)]

    def file_count(self) -> int:
        """How many files the snapshot has, those without chunks included."""
        return int(self._fetch_all("SELECT count(*) FROM file")[0][0])
