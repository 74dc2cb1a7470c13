"""The file of known findings, which later reviews leave out. Reads and writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from repo_mhm.errors import UsageError
from repo_mhm.review import BASELINE
from repo_mhm.review.findings import Finding


def read_baseline(root: Path, path: Path | None = None) -> frozenset[str]:
    """Fingerprints of the known findings; without `path`, from the root's file if there is one.

    Raises:
        UsageError: `path` does not exist, or the file is no baseline.
    """
    file = path or root / BASELINE
    try:
        fingerprints = json.loads(file.read_text(encoding="utf-8"))["fingerprints"]
        return frozenset(map(str, fingerprints))
    except FileNotFoundError:
        if path is None:
            return frozenset()
        raise UsageError(
            f"there is no baseline {path}", hint="Make one with --write-baseline."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise UsageError(
            f"{file} is no baseline: {exc}", hint="Write a new one with --write-baseline."
        ) from exc


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Write these findings to the file, in place of those that it had.

    Raises:
        UsageError: The file cannot be written.
    """
    fingerprints = {
        finding.fingerprint: f"{finding.path}: {finding.category}: {finding.message}"
        for finding in findings
    }
    content = {"schema": 1, "fingerprints": fingerprints}
    try:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="Name a file in a folder of yours."
        ) from exc
