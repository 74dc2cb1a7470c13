"""Constructions: the class of a variable that a line above makes, where types are not read. Pure.

`$pool = new Pool($client);`, `app = Rack::App.new`, `let index = Index::new();`: of several
assignments, the last one above a use counts.
"""

from __future__ import annotations

import re

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.code_tokens import closing_bracket

_MADE = re.compile(
    r"(?:new\s+(?P<php>[\w\\]+)|(?P<ruby>[A-Z][\w:]*?)(?:\.|::)new)\b\s*(?P<open>\()?"
)
_GOES_ON = re.compile(r"\s*(?:->|\?->|\.|::|\?|\|\||&&|[-+*/%|&])")
_MOST_LINES = 60
"""Lines above a use that are searched outside of functions, as in blocks of tests."""


def constructed_class(file: SourceFile, variable: str, line: int) -> str:
    """The simple name of the class that a variable was made of; empty where that is not clear."""
    function = file.function_at(line)
    first = function.start if function else max(1, line - _MOST_LINES)
    begin, end = file.offset(first), file.offset(line)
    word = re.escape(variable)
    assignment = rf"(?<![\w$@.>:]){word}\s*=(?![=>~])\s*"
    values = [match.end() for match in re.finditer(assignment, file.code[begin:end])]
    made = _MADE.match(file.code, begin + values[-1]) if values else None
    if made is None:
        return ""
    after = closing_bracket(file.code, made.start("open")) + 1 if made["open"] else made.end()
    if _GOES_ON.match(file.code, after):
        return ""
    return re.split(r"\\|::", made["php"] or made["ruby"])[-1]
