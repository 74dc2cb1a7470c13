"""CSS: rules by their first selector, inside their conditions, and custom properties of `:root`."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="css",
    grammar="tree_sitter_css",
    suffixes=(".css",),
    separator=" ",
    comments=("comment", "js_comment"),
    strings=("string_value",),
    query=r"""
(rule_set (selectors . (_) @name)) @definition.rule
(media_statement . (_) @name) @definition.rule
(supports_statement . (_) @name) @definition.rule
(keyframes_statement (keyframes_name) @name) @definition.rule
(at_rule . (at_keyword) @name) @definition.rule
(stylesheet (rule_set
  (selectors . (pseudo_class_selector . (class_name)))
  (block (declaration (property_name) @name) @definition.constant))
  (#match? @name "^--"))

(comment) @comment
(import_statement) @import
((call_expression (function_name) @_var (arguments . (plain_value) @reference))
  (#eq? @_var "var"))
""",
)
