"""Julia."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="julia",
    grammar="tree_sitter_language_pack.bindings.julia",
    suffixes=(".jl",),
    interpreters=("julia",),
    bodies=("block",),
    comments=("line_comment", "block_comment"),
    strings=("string_literal", "character_literal", "command_literal", "prefixed_string_literal"),
    embedded=("(string_interpolation (_) @code)",),
    query=r"""
(module_definition name: (identifier) @name) @definition.module
(abstract_definition (type_head [
  (identifier) @name (binary_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))
  (parametrized_type_expression . (identifier) @name)])) @definition.type
(primitive_definition (type_head . (identifier) @name)) @definition.type
(struct_definition (type_head [
  (identifier) @name (binary_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))
  (parametrized_type_expression . (identifier) @name)])) @definition.class
(struct_definition (block (typed_expression . (identifier) @name) @definition.constant))
(struct_definition (block (identifier) @name @definition.constant))
(function_definition (signature)) @definition.function
(signature (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)
  (parametrized_type_expression . (identifier) @name)]))
(signature (where_expression . (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)])))
(signature (typed_expression . (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)])))
(signature . (identifier) @name .)
(source_file (assignment . (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)])) @definition.function)
(block (assignment . (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)])) @definition.function)
(assignment . (where_expression . (call_expression . (identifier) @name))) @definition.function
(macro_definition (signature (call_expression . (identifier) @name))) @definition.function
(const_statement (assignment . [(identifier) (operator)] @name)) @definition.constant
(source_file (assignment . (identifier) @name) @definition.constant)
(module_definition (block (assignment . (identifier) @name) @definition.constant))
((macrocall_expression (macro_identifier (identifier) @_enum)
  (macro_argument_list . [(identifier) @name (typed_expression . (identifier) @name)]))
    @definition.type
  (#eq? @_enum "enum"))

(line_comment) @comment
(block_comment) @comment
((string_literal) @attribute @doc . [
  (function_definition) (struct_definition) (abstract_definition) (macro_definition)
  (const_statement) (assignment) (module_definition) (primitive_definition)])
(using_statement) @import
(import_statement) @import
(selected_import (identifier) @reference.import)
(using_statement (identifier) @reference.import)
(import_statement (identifier) @reference.import)

(call_expression . (identifier) @reference.call)
(call_expression . (field_expression (identifier) @reference.call .))
(broadcast_call_expression . (identifier) @reference.call)
(macro_identifier (identifier) @reference.call)
(argument_list (identifier) @reference)
(typed_expression (identifier) @reference .)
(curly_expression (identifier) @reference)
(return_statement (identifier) @reference)
(binary_expression (identifier) @reference)
(export_statement (identifier) @reference)
""",
)
