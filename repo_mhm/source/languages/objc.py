"""Objective-C."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._c_macros import without_learnt_macros
from repo_mhm.source.languages._imports import C_IMPORTS
from repo_mhm.source.languages._literals import C_LITERALS
from repo_mhm.source.languages._objc_text import without_apple_macros
from repo_mhm.source.languages._types import C_TYPES

LANGUAGE = Language(
    name="objc",
    grammar="tree_sitter_language_pack.bindings.objc",
    suffixes=(".m", ".mm"),
    family="c",
    prepare=without_apple_macros,
    learn=without_learnt_macros,
    has_directives=True,
    bodies=("compound_statement",),
    comments=("comment",),
    strings=("string_literal", "char_literal"),
    literals=C_LITERALS,
    unparsed=("preproc_arg",),
    calls=CallSyntax(),
    imports=C_IMPORTS,
    types=C_TYPES,
    query=r"""
(class_interface . (identifier) @name) @definition.class
(class_implementation . (identifier) @name) @definition.class
(protocol_declaration . (identifier) @name) @definition.type
(method_declaration (method_type) . (identifier) @name) @definition.method
(implementation_definition (method_definition (method_type) . (identifier) @name))
  @definition.method
(property_declaration (struct_declaration (struct_declarator [
  (identifier) @name (pointer_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
]))) @definition.constant
(instance_variable (struct_declaration (struct_declarator [
  (identifier) @name (pointer_declarator declarator: (identifier) @name)]))) @definition.constant

(function_definition declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
]) @definition.function
(struct_specifier name: (type_identifier) @name body: (_)) @definition.class
(enum_specifier name: (type_identifier) @name body: (_)) @definition.type
(enumerator name: (identifier) @name) @definition.constant
(type_definition) @definition.scope
(type_definition type: (_) declarator: [
  (type_identifier) @name
  (pointer_declarator declarator: (type_identifier) @name)
  (_ declarator: (parenthesized_declarator [
    (pointer_declarator declarator: (type_identifier) @name)
    (block_pointer_declarator declarator: (type_identifier) @name)]))
  (_ declarator: (_ declarator: (parenthesized_declarator [
    (pointer_declarator declarator: (type_identifier) @name)
    (block_pointer_declarator declarator: (type_identifier) @name)])))
]) @definition.type
(field_declaration declarator: (field_identifier) @name) @definition.constant
(translation_unit (declaration declarator: [
  (init_declarator declarator: [
    (identifier) @name (pointer_declarator declarator: (identifier) @name)])
  (identifier) @name
  (pointer_declarator declarator: (identifier) @name)
]) @definition.constant)
(translation_unit (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
]) @definition.function)
(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.function

(comment) @comment
(preproc_include) @import
(module_import) @import

(message_expression receiver: (identifier) @reference)
(message_expression method: (identifier) @reference.call)
(call_expression function: (identifier) @reference.call)
(type_identifier) @reference
(class_interface superclass: (identifier) @reference)
(protocol_reference_list (identifier) @reference)
(argument_list (identifier) @reference)
(return_statement (identifier) @reference)
""",
)
