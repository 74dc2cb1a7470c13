"""The file of known findings, which later reviews leave out. Reads and writes it.

A change must not bring the file that silences what it brings. So the file counts as it was before
the change, unless the user names one, or git does not track it: then it is the user's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.bounded_file import read_bounded
from repo_mhm.errors import UsageError
from repo_mhm.git.changes import Change, Changes
from repo_mhm.git.trees import Tree
from repo_mhm.review import BASELINE
from repo_mhm.review.findings import Finding
from repo_mhm.review.secret_baseline import (
    SECRET_BASELINE,
    SecretBaseline,
    parse_secret_baseline,
)
from repo_mhm.source.exclusions import LARGEST_BYTES


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings to leave out of one review."""

    fingerprints: frozenset[str] = frozenset()
    remark: str = ""
    """What the user must know of where they come from; mostly empty."""


def named_baseline(path: Path) -> Baseline:
    """The known findings of a file that the user names.

    Raises:
        UsageError: There is no such file, or it is no baseline.
    """
    try:
        content = read_bounded(path, LARGEST_BYTES)
    except FileNotFoundError:
        raise UsageError(
            f"there is no baseline {path}", hint="Make one with --write-baseline."
        ) from None
    except OSError as exc:
        raise _no_baseline(str(path), exc.strerror or str(exc)) from exc
    return Baseline(_fingerprints(content, str(path)))


def baseline_of(changes: Changes) -> Baseline:
    """The known findings that count for these changes.

    Raises:
        UsageError: The file is no baseline.
    """
    change = next((change for change in changes.files if _is_of_baseline(change)), None)
    left_out = next((item for item in changes.left_out if item.path == BASELINE), None)
    if left_out is not None:
        return Baseline(remark=f"{BASELINE} is not read: {left_out.reason}")
    if change is None:
        return Baseline(_unchanged(changes))

    if change.is_untracked:
        return Baseline(
            _fingerprints(change.new, BASELINE),
            f"{BASELINE} is not in git yet; commit it without the changes that it is about",
        )
    has_old = bool(change.old) and change.diff.old_path == BASELINE
    return Baseline(
        _fingerprints(change.old, BASELINE) if has_old else frozenset(),
        f"this change alters {BASELINE}, so the file from before the change counts; "
        f"--baseline {BASELINE} uses the new one",
    )


def _is_of_baseline(change: Change) -> bool:
    return BASELINE in (change.diff.path, change.diff.old_path)


def _unchanged(changes: Changes) -> frozenset[str]:
    """What the tree's own file lists, or the user's where git does not track it."""
    tree = changes.tree
    blob = tree.read([BASELINE]).get(BASELINE)
    if blob is not None:
        return _fingerprints(blob.content, BASELINE)

    file = tree.root / BASELINE
    if tree.kind == "commit" or not (file.exists() or file.is_symlink()):
        return frozenset()
    try:
        return _fingerprints(read_bounded(file, LARGEST_BYTES, follow_links=False), BASELINE)
    except OSError as exc:
        raise _no_baseline(str(file), exc.strerror or str(exc)) from exc


def _fingerprints(content: bytes, name: str) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(content)["fingerprints"]))
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise _no_baseline(name, str(exc)) from exc


def _no_baseline(name: str, reason: str) -> UsageError:
    return UsageError(
        f"{name} is no baseline: {reason}", hint="Write a new one with --write-baseline."
    )


def known_secrets(tree: Tree) -> SecretBaseline:
    """The secrets that detect-secrets' baseline in a tree lists; none where it is damaged.

    It counts as the change leaves it, as for detect-secrets itself: naming a secret there says as
    much as a remark beside it.
    """
    blob = tree.read([SECRET_BASELINE]).get(SECRET_BASELINE)
    try:
        return parse_secret_baseline(blob.content) if blob is not None else SecretBaseline()
    except ValueError:
        return SecretBaseline()


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Write these findings to the file, in place of those that it had.

    Raises:
        UsageError: The file cannot be written, or is a symlink: a repository may lead it anywhere.
    """
    _write(path, {finding.fingerprint: _description(finding) for finding in findings})


def add_to_baseline(path: Path, finding: Finding) -> None:
    """Add a finding to those of the file, which is made where there is none.

    Raises:
        UsageError: The file is no baseline, cannot be written, or is a symlink.
    """
    _refuse_link(path)
    known: dict[str, str] = {}
    if path.exists():
        try:
            content = read_bounded(path, LARGEST_BYTES, follow_links=False)
        except OSError as exc:
            raise _no_baseline(str(path), exc.strerror or str(exc)) from exc
        known = _descriptions(content, str(path))
    _write(path, known | {finding.fingerprint: _description(finding)})


def _descriptions(content: bytes, name: str) -> dict[str, str]:
    """What a file says of each fingerprint; nothing where it only lists them."""
    fingerprints = _fingerprints(content, name)
    listed = json.loads(content)["fingerprints"]
    if not isinstance(listed, dict):
        return dict.fromkeys(fingerprints, "")
    return {str(fingerprint): str(text) for fingerprint, text in listed.items()}


def _description(finding: Finding) -> str:
    return f"{finding.path}: {finding.category}: {finding.message}"


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise UsageError(
            f"{path} is a symlink, which is not followed", hint="Name the file that it leads to."
        )


def _write(path: Path, fingerprints: dict[str, str]) -> None:
    _refuse_link(path)
    content = {"schema": 1, "fingerprints": fingerprints}
    try:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="Name a file in a folder of yours."
        ) from exc
