"""Svelte's components: their script, in JavaScript or TypeScript, their markup and their styles."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._components import QUERY, SCRIPT, STYLE, part_by_lang
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
    parts=SCRIPT
    + part_by_lang("script_element", '"ts" "typescript"', "typescript")
    + STYLE
    + """
(raw_text_expr) @part._template_expression
(raw_text_each) @part._template_expression
""",
    query=QUERY,
)
