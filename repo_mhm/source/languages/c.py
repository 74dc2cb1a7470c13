"""C."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._c_macros import without_learnt_macros, without_macros
from repo_mhm.source.languages._cfamily import COMMENTS, QUERY, STRINGS, UNPARSED
from repo_mhm.source.languages._imports import C_IMPORTS
from repo_mhm.source.languages._literals import C_LITERALS
from repo_mhm.source.languages._results import C_RESULTS
from repo_mhm.source.languages._types import C_TYPES

LANGUAGE = Language(
    name="c",
    grammar="tree_sitter_c",
    suffixes=(".c", ".h"),
    family="c",
    prepare=without_macros,
    learn=without_learnt_macros,
    has_directives=True,
    comments=COMMENTS,
    strings=STRINGS,
    literals=C_LITERALS,
    unparsed=UNPARSED,
    calls=CallSyntax(),
    imports=C_IMPORTS,
    types=C_TYPES,
    results=C_RESULTS,
    is_named_by_package=True,
    query=QUERY
    + r"""
(function_definition !type declarator: (function_declarator declarator: (identifier) @name))
  @definition.function
(function_definition type: (type_identifier) declarator: (parenthesized_declarator
  (identifier) @name)) @definition.function
""",
)
