"""C."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._cfamily import COMMENTS, QUERY, STRINGS, UNPARSED
from repo_mhm.source.traits import CallSyntax

LANGUAGE = Language(
    name="c",
    grammar="tree_sitter_c",
    suffixes=(".c", ".h"),
    family="c",
    comments=COMMENTS,
    strings=STRINGS,
    unparsed=UNPARSED,
    calls=CallSyntax(),
    query=QUERY
    + r"""
(function_definition !type declarator: (function_declarator declarator: (identifier) @name))
  @definition.function
""",
)
