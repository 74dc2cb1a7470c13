"""Scala 2 and 3, with the tests of ScalaTest and munit."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._results import PHP_RESULTS

LANGUAGE = Language(
    name="scala",
    grammar="tree_sitter_scala",
    suffixes=(".scala", ".sc", ".sbt"),
    interpreters=("scala", "amm"),
    strip='"`',
    comments=("comment", "block_comment"),
    strings=("string", "interpolated_string_expression", "character_literal"),
    embedded=("(interpolation (_) @code)",),
    calls=CallSyntax(by_name=True),
    results=PHP_RESULTS,
    overloads="bases",
    is_named_by_package=True,
    query=r"""
(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(trait_definition name: (_) @name) @definition.type
(enum_definition name: (_) @name) @definition.type
(simple_enum_case name: (_) @name) @definition.constant
(full_enum_case name: (_) @name) @definition.constant
(type_definition name: (type_identifier) @name) @definition.type
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function
(given_definition name: (_) @name) @definition.constant
(template_body [(function_definition) (function_declaration)] @definition.method)
(with_template_body [(function_definition) (function_declaration)] @definition.method)
(enum_body (function_definition) @definition.method)
(compilation_unit [
  (val_definition pattern: (identifier) @name) (var_definition pattern: (identifier) @name)]
    @definition.constant)
(template_body [
  (val_definition pattern: (identifier) @name) (var_definition pattern: (identifier) @name)
  (val_declaration name: (identifier) @name) (var_declaration name: (identifier) @name)]
    @definition.constant)
(class_parameter ["val" "var"] name: (_) @name) @definition.constant
(class_definition "case" name: (_) . class_parameters:
  (class_parameters (class_parameter name: (_) @name) @definition.constant))
(class_definition "case" type_parameters: (_) . class_parameters:
  (class_parameters (class_parameter name: (_) @name) @definition.constant))
(full_enum_case name: (_) . class_parameters:
  (class_parameters (class_parameter name: (_) @name) @definition.constant))

((call_expression
  function: (call_expression function: (identifier) @_test arguments: (arguments . (string) @name))
  arguments: (block)) @definition.test
  (#any-of? @_test "test" "it" "describe" "property"))
((infix_expression
  left: (infix_expression right: (string) @name) operator: (identifier) @_in right: (block))
    @definition.test
  (#eq? @_in "in"))

(comment) @comment
(block_comment) @comment
(import_declaration) @import
(import_declaration path: (identifier) @reference.import .)
(namespace_selectors (identifier) @reference.import)
(arrow_renamed_identifier name: (identifier) @reference.import)
(as_renamed_identifier name: (identifier) @reference.import)

(call_expression function: [
  (identifier) @reference.call
  (field_expression field: (identifier) @reference.call)
  (generic_function function: [
    (identifier) @reference.call (field_expression field: (identifier) @reference.call)])
])
(instance_expression
  [(type_identifier) @reference.call (generic_type type: (type_identifier) @reference.call)])
(type_identifier) @reference
(field_expression value: (identifier) @reference)
(field_expression field: (identifier) @reference)
(arguments (identifier) @reference)
(infix_expression right: (identifier) @reference)
""",
)
