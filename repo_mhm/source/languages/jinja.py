"""Templates of Jinja, Twig and Nunjucks: macros and blocks, with the page around them."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="jinja",
    grammar="tree_sitter_language_pack.bindings.twig",
    suffixes=(".jinja", ".jinja2", ".j2", ".twig", ".njk"),
    comments=("comment", "content"),
    strings=("string", "interpolated_string"),
    parts="(content) @parts.html",
    query=r"""
(statement_directive (macro_statement (method) @name)) @definition.function
((statement_directive (tag_statement (tag) @_block . (variable) @name)) @definition.module
  (#eq? @_block "block"))

(comment) @comment
((statement_directive (tag_statement (tag) @_import)) @import
  (#any-of? @_import "extends" "include" "import" "use"))
(from_statement) @import
(function_call (function_identifier) @reference.call)
(filter_identifier) @reference.call
(variable) @reference
""",
)
