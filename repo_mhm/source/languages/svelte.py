"""Svelte's components: their script, in JavaScript or TypeScript, their markup and their styles."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import FAMILY, METHODS
from repo_mhm.source.languages._script_imports import SCRIPT_IMPORTS
from repo_mhm.source.languages._types import SCRIPT_TYPES

LANGUAGE = Language(
    name="svelte",
    grammar="tree_sitter_language_pack.bindings.svelte",
    suffixes=(".svelte",),
    family=FAMILY,
    reach="import",
    calls=CallSyntax(may_omit=True),
    methods=METHODS,
    imports=SCRIPT_IMPORTS,
    types=SCRIPT_TYPES,
    comments=("comment", "element", "script_element", "style_element", "text"),
    parts=r"""
(script_element (raw_text) @part.javascript)
((script_element (start_tag (attribute (attribute_name) @_lang
  (quoted_attribute_value (attribute_value) @_value))) (raw_text) @part.typescript)
  (#eq? @_lang "lang") (#any-of? @_value "ts" "typescript"))
(style_element (raw_text) @part.css)
((style_element (start_tag (attribute (attribute_name) @_lang
  (quoted_attribute_value (attribute_value) @_value))) (raw_text) @part.scss)
  (#eq? @_lang "lang") (#eq? @_value "scss"))
(raw_text_expr) @part._template_expression
(raw_text_each) @part._template_expression
""",
    query=r"""
((element [
  (start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)))
  (self_closing_tag
    (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)))
]) @definition.element
  (#eq? @_id "id"))

(comment) @comment
((start_tag (tag_name) @reference.call) (#match? @reference.call "^[A-Z]"))
((self_closing_tag (tag_name) @reference.call) (#match? @reference.call "^[A-Z]"))
""",
)
