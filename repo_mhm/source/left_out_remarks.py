"""What is said of files that were not read: why, and what brings them back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from repo_mhm.formatting import count
from repo_mhm.source.ignore_file import IGNORE_FILE

_UNREADABLE = {
    "symlink": "links are not followed: name what it leads to",
    "lfs pointer": "`git lfs pull` brings its content",
    "missing": "`git restore` brings back a file that is tracked and not there",
    "sparse checkout": "`git sparse-checkout add` brings its folder into the working tree",
    "not fetched": "this partial clone has not fetched it, and nothing is fetched for a question",
    "submodule": "`repo-mhm config set submodules true` has submodules read",
    "submodule that is not checked out": "`git submodule update --init` checks it out",
    "nested repository": "it is a repository of its own: ask there, with -C",
    "binary": "it is no text",
    "empty": "there is nothing in it",
}
"""What to do about files that no pattern brings back, by reason."""
_LARGE = "larger than"
_MOST_REASONS = 2
"""Reasons that are named for a folder; the others are counted."""


MISSING = ("sparse checkout", "not fetched")
"""Reasons of files that this clone does not have, though the repository does."""


def missing_remark(count_by_reason: Mapping[str, int]) -> str:
    """That files of the repository are not in this clone; empty where none is missing."""
    counts = [
        f"{count(number, 'file')} ({reason})"
        for reason in MISSING
        if (number := count_by_reason.get(reason))
    ]
    return f"not in this clone, and not searched: {' and '.join(counts)}" if counts else ""


def short_counts(count_by_reason: Mapping[str, int]) -> str:
    """`12 vendored, 3 binary`: the kinds of reasons, most first."""
    counts: Counter[str] = Counter()
    for reason, number in count_by_reason.items():
        counts[reason.partition(" (")[0].partition(":")[0]] += number
    return ", ".join(f"{number:,} {reason}" for reason, number in counts.most_common())


def left_out_remark(path: str, reason_by_path: Mapping[str, str]) -> str:
    """`vendor/ was not read: 12 files, vendored (…)`, for a file or all files below a folder."""
    if path in reason_by_path:
        return f"{path} was not read: {reason_by_path[path]}"
    counts = Counter(reason_by_path.values()).most_common()
    reasons = ", ".join(reason for reason, _ in counts[:_MOST_REASONS])
    more = len(counts) - _MOST_REASONS
    others = f" and {count(more, 'other reason')}" if more > 0 else ""
    return f"{path}/ was not read: {count(len(reason_by_path), 'file')}, {reasons}{others}"


def way_back(path: str, reason_by_path: Mapping[str, str]) -> str:
    """What makes a file, or most files below a folder, be read."""
    ((reason, _),) = Counter(reason_by_path.values()).most_common(1)
    if reason in _UNREADABLE:
        return _UNREADABLE[reason]
    if reason.startswith(_LARGE):
        return "no file so large is read"
    if reason.startswith(("unreadable", "its name")):
        return "`repo-mhm chunks --skipped` lists what is left out"
    if reason == IGNORE_FILE:
        return "a pattern of that file, or of the setting `ignore`, leaves it out"
    pattern = path if path in reason_by_path else f"{path}/"
    return f"a line !{pattern} in {IGNORE_FILE} brings it back"
