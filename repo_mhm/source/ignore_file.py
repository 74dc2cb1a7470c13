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

    from repo_mhm.git import Snapshot

IGNORE_FILE = ".repo-mhm-ignore"
"""Patterns of files to leave out, in gitignore syntax, at the root."""
RULE_FILES = (IGNORE_FILE, ATTRIBUTES_FILE)
"""Whoever looks at a part of the files needs these as well."""


def ignore_rules(snapshot: Snapshot, extra: Iterable[str] = ()) -> IgnoreRules:
    """What the snapshot's own files leave out, and the `extra` patterns of the settings.

    Raises ConfigError where there are more than MOST_PATTERNS: to heed a part of them would read
    what its owners leave out.
    """
    attributes = _text(snapshot, ATTRIBUTES_FILE)
    by_attributes = attribute_patterns(attributes) if "linguist-" in attributes else []
    patterns = pattern_lines(_text(snapshot, IGNORE_FILE))
    return IgnoreRules(
        tuple(_checked(snapshot, ATTRIBUTES_FILE, by_attributes)),
        (*extra, *_checked(snapshot, IGNORE_FILE, patterns)),
    )


def _checked(snapshot: Snapshot, name: str, patterns: list[str]) -> list[str]:
    if len(patterns) > MOST_PATTERNS:
        raise _too_many(snapshot, name)
    return patterns


def _text(snapshot: Snapshot, name: str) -> str:
    """The text of a file at the root; empty where there is none."""
    rule_file = next((file for file in snapshot.files if file.path == name), None)
    if rule_file is None:
        return ""
    # The size comes first, so that no endless file is read.
    if rule_file.size > LARGEST_BYTES:
        raise _too_many(snapshot, name)
    return snapshot.read(rule_file).decode("utf-8", "replace")


def _too_many(snapshot: Snapshot, name: str) -> ConfigError:
    return ConfigError(
        f"{snapshot.root / name} has more than {MOST_PATTERNS:,} patterns",
        hint="Name folders instead of files in it, or remove it.",
    )
