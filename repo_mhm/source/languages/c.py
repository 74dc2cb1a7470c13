"""C."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._cfamily import COMMENTS, QUERY, STRINGS, UNPARSED

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
