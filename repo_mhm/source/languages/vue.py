"""Vue's components: their script, in JavaScript or TypeScript, their template and their styles."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._components import QUERY, SCRIPT, STYLE, part_by_lang
from repo_mhm.source.languages._ecmascript import FAMILY, METHODS
from repo_mhm.source.languages._script_imports import SCRIPT_IMPORTS
from repo_mhm.source.languages._types import SCRIPT_TYPES

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
    parts=SCRIPT
    + part_by_lang("script_element", '"ts"', "typescript")
    + part_by_lang("script_element", '"tsx" "jsx"', "tsx")
    + STYLE
    + """
(interpolation (raw_text) @part._template_expression)
(directive_attribute (quoted_attribute_value (attribute_value) @part._template_expression))
""",
    query=QUERY,
)
