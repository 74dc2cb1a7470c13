"""List what is masked in a repository, by kind, so that a user can check it."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.git import open_snapshot
from repo_mhm.location import Location
from repo_mhm.source.scan import scan


def masked_secrets(path: Path) -> dict[str, list[Location]]:
    """Where the secrets of the repository around `path` begin, by kind, the most frequent first.

    Raises RepositoryError when the repository cannot be read.
    """
    by_kind: dict[str, list[Location]] = {}
    for file in scan(open_snapshot(path)):
        for secret in file.secrets:
            location = Location(file.path, secret.line, secret.line)
            by_kind.setdefault(secret.kind, []).append(location)
    return dict(sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0])))
