"""Where a file sets one of its variables anew, apart from the definitions of it. Pure."""

from __future__ import annotations

import re

from repo_mhm.relations.source_file import SourceFile
from repo_mhm.relations.variables import Variables, functions_around, types_of
from repo_mhm.source.symbols import Symbol

_CHANGE = (
    r"(?m)^[ \t]*{name}[ \t]*"
    r"(?:(?:[-+*/%&|^@]|//|\*\*|<<|>>>?|\?\?|\|\||&&)?=(?![=>~])|\+\+|--)"
)
"""`X = …`, `X += …`, `X++` at the beginning of a line."""


def reassigned_lines(file: SourceFile, symbol: Symbol) -> list[int]:
    """The lines that change a variable at the top of a file, in their order.

    A local variable of the same name, a member of a class and a keyword argument are others.
    """
    if symbol.kind != "constant" or not file.is_top_level(symbol) or types_of(file) is None:
        return []
    variables = Variables()
    definitions = {
        line for item in file.named(symbol.name) for line in range(item.start, item.end + 1)
    }

    lines = []
    for match in re.finditer(_CHANGE.format(name=re.escape(symbol.name)), file.code):
        line = file.line_at(match.end())
        if line in definitions or _is_in_brackets(file.code, match.end()):
            continue
        is_in_function = any(functions_around(file, line))
        is_member = file.class_at(line) is not None and not is_in_function
        if not is_member and not variables.is_variable(file, symbol.name, line):
            lines.append(line)
    return lines


def _is_in_brackets(code: str, offset: int) -> bool:
    """Whether a list of arguments is open: braces may be blocks and do not count."""
    before = code[:offset]
    return any(before.count(pair[0]) > before.count(pair[1]) for pair in ("()", "[]"))
