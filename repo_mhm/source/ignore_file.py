"""The files of a snapshot that say what its owners leave out: `.repo-mhm-ignore`, `.gitattributes`.

The ignore file decides before the attributes, so it can bring back (`!vendor/`) what these leave
out, or what counts as vendored, generated or minified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repo_mhm.errors import ConfigError
from repo_mhm.source.exclusions import LARGEST_BYTES
from repo_mhm.source.git_attributes import ATTRIBUTES_FILE, attribute_patterns
from repo_mhm.source.ignore_patterns import MOST_PATTERNS, IgnoreRules, pattern_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_mhm.git import File, Snapshot

IGNORE_FILE = ".repo-mhm-ignore"
"""Patterns of files to leave out, in gitignore syntax, at the root."""


def is_rule_file(path: str) -> bool:
    """Whether a file says what is left out: whoever looks at a part of the files needs it too."""
    return path == IGNORE_FILE or path.rpartition("/")[2] == ATTRIBUTES_FILE


def ignore_rules(snapshot: Snapshot, extra: Iterable[str] = ()) -> IgnoreRules:
    """What the snapshot's own files leave out, and the `extra` patterns of the settings.

    Raises ConfigError where there are more than MOST_PATTERNS: to heed a part of them would read
    what its owners leave out.
    """
    # The outermost come first, since the last pattern that fits decides.
    rule_files = sorted(filter(lambda file: is_rule_file(file.path), snapshot.files), key=_depth)
    by_attributes: list[str] = []
    for file in rule_files:
        if file.path != IGNORE_FILE:
            by_attributes += _attribute_patterns(snapshot, file)
    ignore_file = next((file for file in rule_files if file.path == IGNORE_FILE), None)
    patterns = pattern_lines(_text(snapshot, ignore_file)) if ignore_file else []
    return IgnoreRules(
        tuple(_checked(snapshot, ATTRIBUTES_FILE, by_attributes)),
        (*extra, *_checked(snapshot, IGNORE_FILE, patterns)),
    )


def _checked(snapshot: Snapshot, name: str, patterns: list[str]) -> list[str]:
    if len(patterns) > MOST_PATTERNS:
        raise _too_many(snapshot, name)
    return patterns


def _depth(file: File) -> tuple[int, str]:
    return file.path.count("/"), file.path


def _attribute_patterns(snapshot: Snapshot, file: File) -> list[str]:
    text = _text(snapshot, file)
    folder = file.path.rpartition("/")[0]
    return attribute_patterns(text, folder) if "linguist-" in text else []


def _text(snapshot: Snapshot, file: File) -> str:
    # The size comes first, so that no endless file is read.
    if file.size > LARGEST_BYTES:
        raise _too_many(snapshot, file.path)
    return snapshot.read(file).decode("utf-8", "replace")


def _too_many(snapshot: Snapshot, name: str) -> ConfigError:
    return ConfigError(
        f"{snapshot.root / name} has more than {MOST_PATTERNS:,} patterns",
        hint="Name folders instead of files in it, or remove it.",
    )
