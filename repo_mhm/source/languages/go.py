"""Go, with the routes of net/http, gin, echo and chi, cobra's commands and testing's tests."""

from repo_mhm.source.language_traits import CallSyntax, Methods
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._imports import GO_IMPORTS
from repo_mhm.source.languages._literals import GO_LITERALS
from repo_mhm.source.languages._results import GO_RESULTS
from repo_mhm.source.languages._types import GO_TYPES

LANGUAGE = Language(
    name="go",
    grammar="tree_sitter_go",
    suffixes=(".go",),
    comments=("comment",),
    strings=("interpreted_string_literal", "raw_string_literal", "rune_literal"),
    literals=GO_LITERALS,
    reach="package",
    calls=CallSyntax(spread="..."),
    imports=GO_IMPORTS,
    types=GO_TYPES,
    results=GO_RESULTS,
    methods=Methods(interface=r"\binterface\b"),
    query=r"""
(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container
    (generic_type type: (type_identifier) @container)
    (pointer_type [(type_identifier) @container (generic_type type: (type_identifier) @container)])
  ]))
  name: (field_identifier) @name) @definition.method
(type_spec name: (type_identifier) @name) @definition.type
(type_spec type: (struct_type)) @definition.class
(type_alias name: (type_identifier) @name) @definition.type
(method_elem name: (field_identifier) @name) @definition.method
(field_declaration . name: (field_identifier) @name) @definition.constant
(field_declaration "," . name: (field_identifier) @name @definition.constant)
(type_declaration . (_) .) @definition.scope
(const_declaration . (_) .) @definition.scope
(var_declaration . (var_spec) .) @definition.scope
(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.constant))
(source_file
  (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.constant)))

((function_declaration
  name: (identifier) @_test
  parameters: (parameter_list (parameter_declaration
    type: (pointer_type (qualified_type package: (package_identifier) @_testing)))))
      @definition.test
  (#eq? @_testing "testing") (#match? @_test "^(Test|Benchmark|Fuzz)"))
((call_expression
  function: (selector_expression field: (field_identifier) @_verb)
  arguments: (argument_list
    . [(interpreted_string_literal (interpreted_string_literal_content) @name)
       (raw_string_literal (raw_string_literal_content) @name)]
    . (_))) @definition.route
  (#any-of? @_verb
    "HandleFunc" "Handle" "GET" "POST" "PUT" "PATCH" "DELETE" "HEAD" "OPTIONS" "Any"
    "Get" "Post" "Put" "Patch" "Delete" "Head" "Options" "Mount" "Route")
  (#match? @name "^([A-Z]+ )?/"))
((composite_literal
  type: (qualified_type name: (type_identifier) @_command)
  body: (literal_value (keyed_element
    key: (literal_element (identifier) @_use)
    value: (literal_element
      (interpreted_string_literal (interpreted_string_literal_content) @name)))))
  @definition.command
  (#eq? @_command "Command") (#any-of? @_use "Use" "Name"))

(comment) @comment
(import_declaration) @import

(call_expression function: (identifier) @reference.call)
(call_expression function: (selector_expression field: (field_identifier) @reference.call))
(call_expression function: (type_instantiation_expression type: (type_identifier) @reference.call))
(type_identifier) @reference
(argument_list (identifier) @reference)
(argument_list (selector_expression field: (field_identifier) @reference))
(literal_element (identifier) @reference)
(literal_element (selector_expression field: (field_identifier) @reference))
(return_statement (expression_list (identifier) @reference))
(return_statement (expression_list (selector_expression field: (field_identifier) @reference)))
(binary_expression right: (identifier) @reference)
(binary_expression right: (selector_expression field: (field_identifier) @reference))
(expression_case value: (expression_list [
  (identifier) @reference (selector_expression field: (field_identifier) @reference)]))
""",
)
