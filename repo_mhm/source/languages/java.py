"""Java, with the routes of Spring and JAX-RS, picocli's commands and JUnit's and TestNG's tests."""

from repo_mhm.source.language_traits import METHODS_WITH_INTERFACES, CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._imports import JAVA_IMPORTS
from repo_mhm.source.languages._literals import JAVA_LITERALS
from repo_mhm.source.languages._results import JAVA_RESULTS
from repo_mhm.source.languages._types import JAVA_TYPES

LANGUAGE = Language(
    name="java",
    grammar="tree_sitter_java",
    suffixes=(".java",),
    comments=("line_comment", "block_comment"),
    strings=("string_literal", "character_literal"),
    literals=JAVA_LITERALS,
    embedded=("(string_interpolation (_) @code)",),
    calls=CallSyntax(),
    imports=JAVA_IMPORTS,
    types=JAVA_TYPES,
    results=JAVA_RESULTS,
    overloads="bases",
    methods=METHODS_WITH_INTERFACES,
    is_named_by_package=True,
    query=r"""
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.type
(annotation_type_declaration name: (identifier) @name) @definition.type
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(enum_declaration name: (identifier) @name) @definition.type
(enum_constant name: (identifier) @name) @definition.constant
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(compact_constructor_declaration name: (identifier) @name) @definition.method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.constant
(record_declaration parameters: (formal_parameters
  (formal_parameter name: (identifier) @name) @definition.constant))
(record_declaration parameters: (formal_parameters
  (spread_parameter (variable_declarator name: (identifier) @name)) @definition.constant))
(constant_declaration declarator: (variable_declarator name: (identifier) @name))
  @definition.constant

((method_declaration (modifiers [
    (marker_annotation name: (identifier) @_test)
    (annotation name: (identifier) @_test)
  ])) @definition.test
  (#any-of? @_test "Test" "ParameterizedTest" "RepeatedTest" "TestFactory" "TestTemplate"))
((method_declaration (modifiers [
    (marker_annotation name: (identifier) @_route)
    (annotation name: (identifier) @_route)
  ])) @definition.route
  (#any-of? @_route
    "GetMapping" "PostMapping" "PutMapping" "PatchMapping" "DeleteMapping" "RequestMapping"
    "GET" "POST" "PUT" "PATCH" "DELETE" "Path"))
((class_declaration (modifiers [
    (marker_annotation name: (identifier) @_command)
    (annotation name: (identifier) @_command)
  ])) @definition.command
  (#eq? @_command "Command"))

(line_comment) @comment
(block_comment) @comment
(import_declaration) @import
(import_declaration (scoped_identifier name: (identifier) @reference.import) .)

(method_invocation name: (identifier) @reference.call)
(method_invocation object: (identifier) @reference)
(object_creation_expression type: (type_identifier) @reference.call)
(object_creation_expression type: (generic_type (type_identifier) @reference.call))
(annotation name: (identifier) @reference.call)
(marker_annotation name: (identifier) @reference.call)
(type_identifier) @reference
(argument_list (identifier) @reference)
(field_access object: (identifier) @reference field: (identifier) @reference)
(method_reference (identifier) @reference)
(assignment_expression right: (identifier) @reference)
(variable_declarator value: (identifier) @reference)
(return_statement (identifier) @reference)
(binary_expression right: (identifier) @reference)
""",
)
