"""Names of Ruby that cannot mean a definition: keys, symbols and variables. Pure."""

from __future__ import annotations

import re

from repo_mhm.relations.expressions import Occurrence
from repo_mhm.relations.source_file import SourceFile

_TAKES_NAMES = re.compile(
    r"(?:&|\b(?:__send__|(?:public_)?send|(?:instance_)?method|alias(?:_method)?|private\w*|public"
    r"|protected|module_function|respond_to\?|delegate|def_delegators?|helper_method|validate"
    r"|rescue_from|(?:before|after|around|skip)_\w+)[ (]+(?:[:@\w?!]+,\s*)*):\Z"
)
"""What stands in front of a symbol of Ruby that is the name of a method."""
_MOST_NAMES = 300
"""Characters in which such names are listed."""


def is_ruby_key(code: str, occurrence: Occurrence) -> bool:
    """Whether a name of Ruby is a key (`name: value`), a symbol or another kind of variable.

    A symbol may be the name of a method: `before_action :check`, `rows.map(&:size)`.
    """
    is_key = code.startswith(":", occurrence.end) and not code.startswith("::", occurrence.end)
    if is_key or code.endswith(("@", "$"), 0, occurrence.start):
        return True
    is_symbol = code.endswith(":", 0, occurrence.start)
    begin = max(0, occurrence.start - _MOST_NAMES)
    return is_symbol and _TAKES_NAMES.search(code, begin, occurrence.start) is None


def is_ruby_variable(file: SourceFile, name: str, line: int) -> bool:
    """Whether the function around, or what is outside of any, gives a variable the name."""
    function = file.function_at(line)
    code = file.code_of(function) if function else file.code
    word = rf"(?<![\w.@:$]){re.escape(name)}"
    parameters = code.partition("\n")[0].partition("(")[2] if function else ""
    is_parameter = re.search(rf"{word}\b", parameters) is not None
    is_assigned = re.search(rf"{word}[ \t]*(?:,[^=\n(]*|[-+*/|&]{{1,2}})?=(?![=~>])", code)
    is_of_block = re.search(rf"\|[^|\n]*\b{re.escape(name)}\b[^|\n]*\|", code)
    return is_parameter or is_assigned is not None or is_of_block is not None
