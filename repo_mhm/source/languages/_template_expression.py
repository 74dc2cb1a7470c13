"""What a page's markup holds of JavaScript: an expression in an attribute or between braces."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import COMMENTS, EMBEDDED, FAMILY, STRINGS

LANGUAGE = Language(
    name="template_expression",
    grammar="tree_sitter_typescript",
    entry="language_typescript",
    family=FAMILY,
    comments=COMMENTS,
    strings=STRINGS,
    embedded=EMBEDDED,
    query=r"""
(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression property: (property_identifier) @reference.call))
(identifier) @reference
(shorthand_property_identifier) @reference
(member_expression property: (property_identifier) @reference)
""",
)
