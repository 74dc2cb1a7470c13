"""SCSS: rules, mixins, functions, placeholders and variables."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="scss",
    grammar="tree_sitter_language_pack.bindings.scss",
    suffixes=(".scss",),
    separator=" ",
    family="css",
    comments=("comment", "js_comment"),
    strings=("string_value",),
    query=r"""
(mixin_statement name: (identifier) @name) @definition.function
(function_statement name: (identifier) @name) @definition.function
(rule_set (selectors . (_) @name)) @definition.rule
(media_statement . (_) @name) @definition.rule
(supports_statement . (_) @name) @definition.rule
(keyframes_statement (keyframes_name) @name) @definition.rule
((stylesheet (declaration (property_name) @name) @definition.constant) (#match? @name "^[$]"))

(comment) @comment
(js_comment) @comment
(import_statement) @import
(use_statement) @import
(forward_statement) @import
(include_statement (identifier) @reference.call)
(call_expression (function_name) @reference.call)
(variable) @reference
(placeholder (identifier) @reference)
""",
)
