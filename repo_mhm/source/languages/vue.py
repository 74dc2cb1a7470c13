"""Vue's components: their script, in JavaScript or TypeScript, their template and their styles."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import FAMILY, METHODS
from repo_mhm.source.languages._script_imports import SCRIPT_IMPORTS
from repo_mhm.source.languages._types import SCRIPT_TYPES

_LANGUAGE = """(script_element (start_tag (attribute (attribute_name) @_lang
  (quoted_attribute_value (attribute_value) @_value))) (raw_text) {capture})"""

LANGUAGE = Language(
    name="vue",
    grammar="tree_sitter_language_pack.bindings.vue",
    suffixes=(".vue",),
    family=FAMILY,
    reach="import",
    calls=CallSyntax(may_omit=True),
    methods=METHODS,
    imports=SCRIPT_IMPORTS,
    types=SCRIPT_TYPES,
    comments=("comment", "template_element", "script_element", "style_element"),
    parts=r"""
(script_element (raw_text) @part.javascript)
(SCRIPT_IN (#eq? @_lang "lang") (#eq? @_value "ts"))
(SCRIPT_TSX (#eq? @_lang "lang") (#any-of? @_value "tsx" "jsx"))
(style_element (raw_text) @part.css)
((style_element (start_tag (attribute (attribute_name) @_lang
  (quoted_attribute_value (attribute_value) @_value))) (raw_text) @part.scss)
  (#eq? @_lang "lang") (#eq? @_value "scss"))
(interpolation (raw_text) @part._template_expression)
(directive_attribute (quoted_attribute_value (attribute_value) @part._template_expression))
""".replace("SCRIPT_IN", _LANGUAGE.format(capture="@part.typescript")).replace(
        "SCRIPT_TSX", _LANGUAGE.format(capture="@part.tsx")
    ),
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
