"""What a review could not check, and why: languages, damaged syntax, files not seen. Pure.

Nothing passes for clean that was not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repo_mhm.formatting import count
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.review.edits import Edit, touched_symbols
from repo_mhm.review.findings import Finding
from repo_mhm.review.report import LATE, OTHER_USES, UNCOMPARED
from repo_mhm.source.file_roles import is_documentation

if TYPE_CHECKING:
    from repo_mhm.git.trees import Tree

_NAMED = 3
"""Files that a reason names; it counts them all."""
UNREAD_CODE = frozenset(".astro .cob .d .nim .tcl .vb .vhd".split())
"""Suffixes of code that no grammar of ours reads."""


def not_checked(edits: Iterable[Edit]) -> Iterator[tuple[str, str]]:
    """The files in which the rules about definitions may miss something, and why."""
    for edit in edits:
        if reason := _doubt(edit):
            yield edit.diff.path, reason
        if variables := _lost_variables(edit):
            yield edit.diff.path, f"{OTHER_USES} {_named(variables)} in other scripts"


def unjudged(members: Sequence[str]) -> str:
    """Why uses of changed members may be missed: other types have members of their names."""
    return f"{OTHER_USES} {_named(members)} behind receivers of unknown type"


def _lost_variables(edit: Edit) -> list[str]:
    """The variables that a script of the shell, or a makefile, sets no more."""
    if edit.old is None or edit.old.source.family not in ("bash", "make"):
        return []
    names = (symbol.name for symbol in edit.old.symbols if symbol.kind == "constant")
    return [name for name in dict.fromkeys(names) if edit.new is None or not edit.new.has(name)]


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    quoted = ", ".join(f"`{name}`" for name in names[:_NAMED])
    return quoted + (f" and {more:,} more" if more > 0 else "")


def _doubt(edit: Edit) -> str:
    """Why no rule about definitions can say that a file is clean; empty where they can."""
    side = edit.new or edit.old
    if side is None or is_documentation(side.path) or not edit.diff.hunks:
        return ""
    if side.language is None and PurePosixPath(side.path).suffix in UNREAD_CODE:
        return "its language has no rules about definitions"
    if side.is_unparsed or (side.has_errors and edit.old is not None and edit.old.has_errors):
        return "parsed with errors: definitions may be missed"
    if side.language is not None and side.language.calls is None and _touches_function(edit):
        return UNCOMPARED
    return ""


def _touches_function(edit: Edit) -> bool:
    return any(symbol.kind in CALLABLE_KINDS for _, symbol in touched_symbols([edit]))


def unsearched_files(left_out: Collection[str], tree: Tree, *, is_late: bool) -> Iterator[str]:
    """Why uses of what changed may be missed in other files.

    `left_out` are those that have a wanted name and were not read.
    """
    if left_out:
        reason = LATE if is_late else "too many files use the names"
        were = "was" if len(left_out) == 1 else "were"
        yield f"{reason}; {count(len(left_out), 'file')} {were} not searched"
    elif is_late:
        yield LATE
    if tree.absent:
        yield f"this partial clone lacks {_listed(sorted(tree.absent))}"


def _listed(paths: Sequence[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {more:,} more files" if more > 0 else "")


def with_sparse_remarks(finding: Finding, tree: Tree) -> Finding:
    """The finding; evidence that the working tree does not hold says so."""
    if tree.sparse.isdisjoint(evidence.location.path for evidence in finding.evidence):
        return finding
    remark = "outside the sparse checkout"
    return replace(
        finding,
        evidence=tuple(
            replace(each, why=f"{each.why}; {remark}" if each.why else remark)
            if each.location.path in tree.sparse
            else each
            for each in finding.evidence
        ),
    )
