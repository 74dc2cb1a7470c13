"""Awaits: calls that a change leaves unchanged but for their `await`. Pure.

Where the definition is known, it tells whether a call must be awaited. Elsewhere the old line does,
in languages in which only what must be awaited can be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_mhm.review.edits import Edit, Side
from repo_mhm.review.findings import Finding, line_finding
from repo_mhm.review.result_changes import is_waited_for
from repo_mhm.source.code_tokens import uses
from repo_mhm.source.unified_diff import Line, blocks

if TYPE_CHECKING:
    from repo_mhm.review.references import References

_AWAITED = re.compile(
    r"\bawait\s+(?:new\s+)?(?:[\w$]+(?:\([^()]*\))?(?:\?\.|!?\.|::))*([\w$]+)\s*(?:<[^<>]*>)?\s*\("
    r"|([A-Za-z_]\w*)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*\.await\b"
)


@dataclass(frozen=True, slots=True)
class DroppedAwait:
    """A call on an added line that the line before it awaited."""

    edit: Edit
    line: int
    name: str
    was: str
    is_in_async: bool


def dropped_awaits(edits: Sequence[Edit]) -> list[DroppedAwait]:
    """The calls that are awaited no more."""
    return [dropped for edit in edits for dropped in _of_edit(edit)]


def _of_edit(edit: Edit) -> Iterator[DroppedAwait]:
    old, new = edit.old, edit.new
    if old is None or new is None or new.language is None or new.language.results is None:
        return
    for hunk in edit.diff.hunks:
        for removed, added in blocks(hunk):
            awaited = _awaited(old, [line.old for line in removed])
            now_awaited = _awaited(new, [line.new for line in added])
            for name in awaited.keys() - now_awaited.keys():
                yield from _unawaited(edit, new, name, added, removed)


def _awaited(side: Side, lines: Sequence[int]) -> Counter[str]:
    """The names of what some lines call and await."""
    code = "\n".join(side.code_line(line) for line in lines)
    return Counter(match[1] or match[2] for match in _AWAITED.finditer(code))


def _unawaited(
    edit: Edit, new: Side, name: str, added: Sequence[Line], removed: Sequence[Line]
) -> Iterator[DroppedAwait]:
    from repo_mhm.review.call_sites import call_site

    assert new.language is not None and new.language.results is not None
    was = next(line.text for line in removed if name in line.text)
    for line in added:
        for use in uses(new.code_line(line.new), name):
            offset = new.source.offset(line.new) + use.start
            site = call_site(new.source, offset, name, edit) if use.is_call else None
            if site is None or site.uses[0].kind == "returned":
                continue
            if not is_waited_for(site, new.language.results):
                yield DroppedAwait(edit, line.new, name, was, site.is_in_async)


def await_findings(dropped: Sequence[DroppedAwait], references: References) -> Iterator[Finding]:
    """The findings on those whose definition is asynchronous, or cannot be anything else."""
    for item in dropped:
        assert item.edit.new is not None and item.edit.new.language is not None
        syntax = item.edit.new.language.results
        assert syntax is not None
        meanings = references.meanings_after(item.edit.diff.path, item.line, item.name)
        definitions = [symbol for meaning in meanings for symbol in meaning.symbols]
        results = [references.result_after(symbol) for symbol in definitions]
        is_guess = any(meaning.is_guess or meaning.by_name_only for meaning in meanings)
        if definitions:
            is_certain = all(result is not None and result.is_asynchronous for result in results)
        else:
            is_certain = syntax.must_be_awaited and item.is_in_async
            is_guess = True
        if is_certain:
            yield line_finding(
                item.edit,
                item.line,
                "warning" if is_guess else "error",
                "result",
                f"`{item.name}` is no longer awaited here, and it is asynchronous",
                was=item.was,
            )
