"""PowerShell, with the tests of Pester."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._powershell_text import without_pitfalls

LANGUAGE = Language(
    name="powershell",
    grammar="tree_sitter_language_pack.bindings.powershell",
    suffixes=(".ps1", ".psm1", ".psd1"),
    interpreters=("pwsh",),
    strip="$",
    prepare=without_pitfalls,
    bodies=("script_block",),
    comments=("comment",),
    strings=("string_literal", "expandable_string_literal", "expandable_here_string_literal"),
    query=r"""
(function_statement (function_name) @name) @definition.function
(class_statement . (simple_name) @name) @definition.class
(enum_statement . (simple_name) @name) @definition.type
(enum_member . (simple_name) @name) @definition.constant
(class_method_definition (simple_name) @name) @definition.method
(class_property_definition (variable) @name) @definition.constant
((program (statement_list (pipeline (assignment_expression . (left_assignment_expression) @name))
  @definition.constant)) (#not-match? @name "[\\[.]"))

(comment) @comment
((command command_name: (command_name) @_import) @import
  (#any-of? @_import "Import-Module" "import-module" "using"))
(command command_name: (command_name) @reference.call)
(invokation_expression (member_name (simple_name) @reference.call))
(type_name (type_identifier) @reference)
""",
)
