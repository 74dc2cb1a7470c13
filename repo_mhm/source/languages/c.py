"""C."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._cfamily import QUERY

LANGUAGE = Language(
    name="c",
    grammar="tree_sitter_c",
    suffixes=(".c", ".h"),
    query=QUERY
    + r"""
(function_definition !type declarator: (function_declarator declarator: (identifier) @name)) @definition.function
""",
)
