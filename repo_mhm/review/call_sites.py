"""Call sites: where a call stands, and what its function does with what it gives back. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repo_mhm.relations.expressions import is_call, opening_bracket
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.review.edits import Edit
from repo_mhm.review.value_uses import ValueUse, bracket_around, expression_start, value_uses
from repo_mhm.source.code_tokens import closing_bracket
from repo_mhm.source.symbols import Symbol

_CONTROL = re.compile(r"\b(?:if|for|while|when|catch)\s*\Z")
_MOST_HEAD = 2000
"""Characters of a function in which its head ends."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call."""

    uses: list[ValueUse]
    """What is done with its value: at once, and with the variable that takes it."""
    family: str
    is_in_async: bool
    """Whether the function around it is asynchronous."""
    may_suspend: bool
    """Whether the function around it may suspend (Kotlin), or it is in a lambda that may."""
    is_head_changed: bool
    """Whether the change touches the head of the function around it."""


def call_site(file: SourceFile, name_start: int, name: str, edit: Edit | None) -> CallSite | None:
    """The site of the call whose name begins at `name_start`; None where nothing is called."""
    code = file.code
    end = name_start + len(name)
    if not is_call(code, end):
        return None
    opening = code.find("(", end)
    closing = closing_bracket(code, opening)
    if closing == opening:
        return None

    line = file.line_at(name_start)
    function = file.function_at(line)
    stop = file.offset(function.end + 1) if function else len(code)
    uses = value_uses(
        code, expression_start(code, name_start), closing + 1, file.syntax_family, stop
    )
    head = _head(file, function) if function else ""
    return CallSite(
        uses,
        file.syntax_family,
        is_in_async=re.search(r"\basync\b", head) is not None,
        may_suspend=function is None or "suspend" in head or _is_in_lambda(file, function, end),
        is_head_changed=function is not None and _is_touched(file, function, head, edit),
    )


def _head(file: SourceFile, function: Symbol) -> str:
    """The code of a function up to its body."""
    begin = file.offset(function.start)
    code = file.code[begin : min(begin + _MOST_HEAD, file.offset(function.end + 1))]
    start = code.find(function.name)
    opening = code.find("(", start)
    closing = closing_bracket(code, opening) if opening >= 0 else 0
    body = re.compile(r"[{\n;]").search(code, max(closing, start, 0))
    return code[: body.start()] if body else code


def _is_touched(file: SourceFile, function: Symbol, head: str, edit: Edit | None) -> bool:
    if edit is None:
        return False
    lines = range(function.start, function.start + head.count("\n") + 1)
    return any(line in edit.added_lines for line in lines)


def _is_in_lambda(file: SourceFile, function: Symbol, position: int) -> bool:
    """Whether a brace between a function and a place in it opens a lambda."""
    begin = file.offset(function.start)
    code = file.code
    while (position := bracket_around(code, position, begin)) >= begin:
        if code[position] == "{" and not _opens_block(code, begin, position):
            return True
    return False


def _opens_block(code: str, begin: int, brace: int) -> bool:
    """Whether a brace opens the body of a function or of a statement."""
    before = code[begin:brace].rstrip()
    if re.search(r"\b(?:else|try|finally|do|init)\Z|->\Z", before):
        return True
    # A type between the parameters and the body.
    before = re.sub(r"\)\s*:\s*[\w.<>?, ]+\Z", ")", before)
    if not before.endswith(")"):
        return False
    opening = opening_bracket(before, len(before) - 1)
    if opening is None:
        return True
    head = before[:opening]
    return bool(_CONTROL.search(head) or re.search(r"\bfun\b[^{}\n]*\Z", head))
