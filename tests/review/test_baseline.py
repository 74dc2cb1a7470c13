"""The file of known findings: findings are added one by one, and nothing else is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repo_mhm.errors import UsageError
from repo_mhm.review.baseline import add_to_baseline, named_baseline, write_baseline
from repo_mhm.review.findings import Finding


def finding(fingerprint: str) -> Finding:
    return Finding("impact", "a.py", 1, "error", "removed", "gone", fingerprint=fingerprint)


def test_a_finding_is_added_to_those_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [finding("first")])
    for _ in range(2):
        add_to_baseline(path, finding("second"))
    assert named_baseline(path).fingerprints == {"first", "second"}
    assert json.loads(path.read_text())["fingerprints"]["first"] == "a.py: removed: gone"


def test_a_new_file_is_made_and_a_list_of_fingerprints_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    add_to_baseline(path, finding("only"))
    assert named_baseline(path).fingerprints == {"only"}
    path.write_text('{"schema": 1, "fingerprints": ["listed"]}')
    add_to_baseline(path, finding("added"))
    assert named_baseline(path).fingerprints == {"listed", "added"}


def test_no_other_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text("what the user wrote")
    with pytest.raises(UsageError, match="is no baseline"):
        add_to_baseline(path, finding("x"))
    assert path.read_text() == "what the user wrote"
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(UsageError, match="symlink"):
        add_to_baseline(link, finding("x"))
