"""Call arguments: what a call passes in its brackets, by a pipe and by a block behind it. Pure."""

from __future__ import annotations

import re

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.review.call_fit import BLOCK
from repo_mhm.source import code_tokens

_PIPED = re.compile(r"\s*(?:[A-Z]\w*\.)*\Z")
"""What may stand between a pipe and the name that is called."""
_NEXT_BLOCK = re.compile(r"\s*[A-Za-z_]\w*\s*:\s*\{")
"""A further block behind a call, with the name of its parameter."""
_ALONE = re.compile(r"[ \t]*(?:[\n),;}\]]|\Z)")


_BLOCK_BY_NAME = "do: block"
"""What a block of Elixir passes."""
_ENDS_IN_BLOCK = re.compile(r"[^\n]*[ \t]do[ \t]*(?:\n|\Z)")


def bare_arguments(
    file: SourceFile, code: str, text: str, start: int, end: int
) -> list[str] | None:
    """The arguments of a call without brackets, whose name is from `start` to `end`.

    None where that is none, or is not clear.
    """
    syntax = file.language.calls if file.language else None
    if syntax is None or (syntax.pipe and _PIPED.sub("", code[:start]).endswith(syntax.pipe)):
        return None
    parts = code_tokens.command_arguments(code, text, start, end)
    if parts is None or syntax.block_behind is None:
        return parts
    return [*parts, _BLOCK_BY_NAME] if _ENDS_IN_BLOCK.match(code, end) else parts


def is_alone(code: str, start: int, end: int) -> bool:
    """Whether a name is an expression of its own, and no symbol, key or part of a chain."""
    return _ALONE.match(code, end) is not None and not code.endswith((":", "@", "."), 0, start)


def call_arguments(
    file: SourceFile, code: str, text: str, opening: int, before: str
) -> list[str] | None:
    """The arguments in the bracket at `opening`, and a block behind it as a last one.

    None where they cannot be told. `before` is the code in front of the call.
    """
    parts = code_tokens.arguments(code, text, opening)
    syntax = file.language.calls if file.language else None
    if parts is None or syntax is None:
        return parts
    if syntax.pipe and _PIPED.sub("", before).endswith(syntax.pipe):
        parts = ["", *parts]
    if syntax.block_behind is None:
        return parts
    block = syntax.block_behind.match(code, code_tokens.closing_bracket(code, opening) + 1)
    if block is None or (syntax.statement is not None and syntax.statement.search(before)):
        return parts
    if not block[0].endswith("{"):
        return [*parts, _BLOCK_BY_NAME]
    end = code_tokens.closing_bracket(code, block.end() - 1) + 1
    return None if _NEXT_BLOCK.match(code, end) else [*parts, BLOCK]
