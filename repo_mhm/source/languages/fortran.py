"""Fortran, in free form."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._fortran_text import without_formats

LANGUAGE = Language(
    name="fortran",
    grammar="tree_sitter_language_pack.bindings.fortran",
    suffixes=(".f90", ".f95", ".f03", ".f08"),
    separator="%",
    prepare=without_formats,
    has_directives=True,
    comments=("comment",),
    strings=("string_literal",),
    query=r"""
(module (module_statement (name) @name)) @definition.module
(submodule (submodule_statement (name) @name .)) @definition.module
(program (program_statement (name) @name)) @definition.command
(function (function_statement name: (name) @name)) @definition.function
(subroutine (subroutine_statement name: (name) @name)) @definition.function
(module_procedure (module_procedure_statement name: (name) @name)) @definition.function
(derived_type_definition (derived_type_statement (type_name) @name)) @definition.class
(derived_type_definition (variable_declaration declarator: [
  (identifier) @name (sized_declarator . (identifier) @name)
  (init_declarator left: (identifier) @name)
  (init_declarator left: (sized_declarator . (identifier) @name))
  (pointer_init_declarator left: (identifier) @name)
]) @definition.constant)
((derived_type_procedures (procedure_statement
  (procedure_kind) @_kind declarator: (method_name) @name) @definition.method)
  (#not-match? @_kind "^[Gg]"))
((derived_type_procedures (procedure_statement
  (procedure_kind) @_kind "," . declarator: (method_name) @name @definition.method))
  (#not-match? @_kind "^[Gg]"))
(derived_type_procedures (procedure_statement
  declarator: (binding (binding_name (identifier) @name))) @definition.method)
(interface (interface_statement [
  (name) @name (operator) @name (assignment) @name])) @definition.type
(module (variable_declaration declarator: [
  (identifier) @name (sized_declarator . (identifier) @name)
  (init_declarator left: (identifier) @name)
  (init_declarator left: (sized_declarator . (identifier) @name))
]) @definition.constant)
(module (variable_declaration "," @_comma . declarator: (_) @definition.constant))
(derived_type_definition (variable_declaration "," @_comma . declarator: (_) @definition.constant))

(comment) @comment
(use_statement) @import
(include_statement) @import
(use_statement (module_name) @reference.import)
(included_items (identifier) @reference.import)
(subroutine_call subroutine: (identifier) @reference.call)
(call_expression . (identifier) @reference.call)
(derived_type name: (type_name) @reference)
(argument_list (identifier) @reference)
""",
)
