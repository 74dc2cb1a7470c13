"""Makefiles: rules by their target, variables and `define`s."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._make_text import without_tabs

LANGUAGE = Language(
    name="make",
    grammar="tree_sitter_language_pack.bindings.make",
    suffixes=(".mk", ".mak"),
    filenames=("Makefile", "makefile", "GNUmakefile"),
    interpreters=("make",),
    prepare=without_tabs,
    strip="?:+!",  # the grammar takes `?` of `NAME?=value` for a part of the name
    comments=("comment",),
    query=r"""
((rule (targets (word) @name)) @definition.command (#not-match? @name "^\\.[A-Z_]+$"))
(variable_assignment name: (word) @name) @definition.constant
(shell_assignment name: (word) @name) @definition.constant
(define_directive name: (word) @name) @definition.function

(comment) @comment
(include_directive) @import
(prerequisites (word) @reference)
(variable_reference (word) @reference)
(function_call (arguments . argument: (text) @reference))
""",
)
