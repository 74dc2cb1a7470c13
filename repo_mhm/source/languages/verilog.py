"""Verilog and SystemVerilog."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._verilog_text import without_pitfalls

LANGUAGE = Language(
    name="verilog",
    grammar="tree_sitter_language_pack.bindings.verilog",
    suffixes=(".v", ".vh", ".sv", ".svh"),
    prepare=without_pitfalls,
    has_directives=True,
    comments=("comment",),
    strings=("string_literal", "double_quoted_string"),
    query=r"""
(module_declaration (module_header (simple_identifier) @name)) @definition.module
(interface_declaration (interface_ansi_header (interface_identifier (simple_identifier) @name)))
  @definition.type
(package_declaration (package_identifier (simple_identifier) @name)) @definition.module
(program_declaration (program_ansi_header (program_identifier (simple_identifier) @name)))
  @definition.module
(class_declaration (class_identifier (simple_identifier) @name)) @definition.class
(function_declaration (function_body_declaration
  (function_identifier (function_identifier (simple_identifier) @name)))) @definition.function
(task_declaration (task_body_declaration
  (task_identifier (task_identifier (simple_identifier) @name)))) @definition.function
(class_constructor_declaration "new" @name) @definition.method
(type_declaration (simple_identifier) @name) @definition.type
(enum_name_declaration (enum_identifier (simple_identifier) @name)) @definition.constant
(param_assignment (parameter_identifier (simple_identifier) @name)) @definition.constant
(text_macro_definition (text_macro_name (text_macro_identifier (simple_identifier) @name)))
  @definition.constant
(ansi_port_declaration (port_identifier (simple_identifier) @name)) @definition.constant
(data_declaration (list_of_variable_decl_assignments
  (variable_decl_assignment . (simple_identifier) @name) @definition.constant))
(net_declaration (list_of_net_decl_assignments
  (net_decl_assignment . (simple_identifier) @name) @definition.constant))
(module_instantiation (hierarchical_instance (name_of_instance
  (instance_identifier (simple_identifier) @name)))) @definition.constant

(comment) @comment
(include_compiler_directive) @import
(module_instantiation . (simple_identifier) @reference.call)
(tf_call (simple_identifier) @reference.call)
(function_subroutine_call (subroutine_call (tf_call (simple_identifier) @reference.call)))
(primary (simple_identifier) @reference)
""",
)
