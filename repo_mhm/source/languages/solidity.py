"""Solidity."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._literals import C_LITERALS

LANGUAGE = Language(
    name="solidity",
    grammar="tree_sitter_language_pack.bindings.solidity",
    suffixes=(".sol",),
    comments=("comment",),
    strings=("string", "string_literal", "unicode_string_literal", "hex_string_literal"),
    literals=C_LITERALS,
    calls=CallSyntax(),
    query=r"""
(contract_declaration name: (identifier) @name) @definition.class
(library_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.type
(struct_declaration name: (identifier) @name) @definition.class
(struct_member name: (identifier) @name) @definition.constant
(enum_declaration name: (identifier) @name) @definition.type
(enum_body (enum_value) @name @definition.constant)
(function_definition name: (identifier) @name) @definition.function
(contract_body (function_definition name: (identifier)) @definition.method)
(constructor_definition "constructor" @name) @definition.method
(modifier_definition name: (identifier) @name) @definition.method
(fallback_receive_definition ["receive" "fallback"] @name) @definition.method
(event_definition name: (identifier) @name) @definition.type
(error_declaration name: (identifier) @name) @definition.type
(state_variable_declaration name: (identifier) @name) @definition.constant
(constant_variable_declaration name: (identifier) @name) @definition.constant
(user_defined_type_definition name: (identifier) @name) @definition.type

(comment) @comment
(import_directive) @import
(import_directive import_name: (identifier) @reference.import)
(call_expression function: (expression [
  (identifier) @reference.call (member_expression property: (identifier) @reference.call)]))
(modifier_invocation (identifier) @reference.call)
(emit_statement name: (expression (identifier) @reference.call))
(user_defined_type (identifier) @reference)
(expression (identifier) @reference)
""",
)
