"""Nix: bindings, functions where their value is one."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="nix",
    grammar="tree_sitter_language_pack.bindings.nix",
    suffixes=(".nix",),
    comments=("comment",),
    strings=("string_expression", "indented_string_expression", "path_expression"),
    embedded=("(interpolation (_) @code)",),
    query=r"""
(binding attrpath: (attrpath) @name) @definition.constant
(binding expression: (function_expression)) @definition.function

(comment) @comment
((apply_expression function: (variable_expression name: (identifier) @_import)) @import
  (#eq? @_import "import"))
(apply_expression function: (variable_expression name: (identifier) @reference.call))
(apply_expression function: (select_expression attrpath: (attrpath (identifier) @reference.call .)))
(variable_expression name: (identifier) @reference)
(select_expression attrpath: (attrpath (identifier) @reference .))
(inherited_attrs (identifier) @reference)
""",
)
