"""C++, CUDA and Arduino sketches, with the tests of GoogleTest, Catch2 and doctest."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._c_macros import without_learnt_macros, without_macros
from repo_mhm.source.languages._cfamily import COMMENTS, QUERY, SCOPES, STRINGS, UNPARSED
from repo_mhm.source.languages._imports import C_IMPORTS
from repo_mhm.source.languages._literals import C_LITERALS
from repo_mhm.source.languages._results import C_RESULTS
from repo_mhm.source.languages._types import CPP_TYPES

_MEMBER = "[(field_identifier) (identifier) (operator_name) (destructor_name) (operator_cast)]"

_MEMBER_OUTSIDE = """(qualified_identifier
  scope: [(namespace_identifier) @container (template_type name: (type_identifier) @container)]
  name: (identifier) @name)"""

_OUT_OF_CLASS = """(qualified_identifier
  scope: [(namespace_identifier) @container (template_type name: (type_identifier) @container)]
  name: [
    (identifier) @name (operator_name) @name (destructor_name) @name
    (qualified_identifier scope: (namespace_identifier)
      name: [(identifier) (operator_name) (destructor_name)] @name)
  ])"""

_STATIC_MEMBERS = "".join(
    f"""({scope} (declaration declarator: [
  {_MEMBER_OUTSIDE}
  (array_declarator declarator: {_MEMBER_OUTSIDE})
  (init_declarator declarator: [
    {_MEMBER_OUTSIDE}
    (array_declarator declarator: {_MEMBER_OUTSIDE})
    (pointer_declarator declarator: {_MEMBER_OUTSIDE})])
  (pointer_declarator declarator: {_MEMBER_OUTSIDE})
]) @definition.constant)
"""
    for scope in SCOPES
)
"""A class's variables, defined outside of it."""

LANGUAGE = Language(
    name="cpp",
    grammar="tree_sitter_cpp",
    suffixes=(
        ".cpp",
        ".cc",
        ".cxx",
        ".c++",
        ".hpp",
        ".hh",
        ".hxx",
        ".h++",
        ".ipp",
        ".inl",
        ".tpp",
        ".cu",
        ".cuh",
        ".ino",
    ),
    separator="::",
    prepare=without_macros,
    learn=without_learnt_macros,
    has_directives=True,
    family="c",
    comments=COMMENTS,
    strings=(*STRINGS, "raw_string_literal"),
    literals=C_LITERALS,
    unparsed=UNPARSED,
    calls=CallSyntax(),
    imports=C_IMPORTS,
    types=CPP_TYPES,
    results=C_RESULTS,
    overloads="scope",
    is_named_by_package=True,
    query=QUERY
    + _STATIC_MEMBERS
    + rf"""
(namespace_definition name: (_) @name) @definition.module
(class_specifier name: [
  (type_identifier) @name (template_type name: (type_identifier) @name)
  (qualified_identifier scope: (_) @container name: (type_identifier) @name)] body: (_))
    @definition.class
(struct_specifier name: [
  (template_type name: (type_identifier) @name)
  (qualified_identifier scope: (_) @container name: (type_identifier) @name)] body: (_))
    @definition.class
(field_declaration declarator: (reference_declarator (field_identifier) @name))
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(template_declaration [
  (class_specifier) (struct_specifier) (function_definition) (alias_declaration)
    (concept_definition)
]) @definition.scope
(linkage_specification body: (function_definition)) @definition.scope

(field_declaration_list (function_definition declarator: [
  (function_declarator declarator: {_MEMBER} @name)
  (reference_declarator (function_declarator declarator: {_MEMBER} @name))
  (pointer_declarator declarator: (function_declarator declarator: {_MEMBER} @name))
]) @definition.method)
(field_declaration_list (field_declaration declarator: [
  (function_declarator declarator: {_MEMBER} @name)
  (reference_declarator (function_declarator declarator: {_MEMBER} @name))
  (pointer_declarator declarator: (function_declarator declarator: {_MEMBER} @name))
]) @definition.method)
(field_declaration_list (declaration declarator: (function_declarator declarator: {_MEMBER} @name))
  @definition.method)
(field_declaration (storage_class_specifier) declarator: (field_identifier) @name
  default_value: (_))
  @definition.constant
(function_definition declarator: [
  (function_declarator declarator: {_OUT_OF_CLASS})
  (reference_declarator (function_declarator declarator: {_OUT_OF_CLASS}))
  (pointer_declarator declarator: (function_declarator declarator: {_OUT_OF_CLASS}))
]) @definition.method
(function_definition
  declarator: (reference_declarator (function_declarator declarator: (identifier) @name)))
  @definition.function
(function_definition type: (_) declarator: (function_declarator declarator: (operator_name) @name))
  @definition.function
(function_definition declarator:
  (function_declarator declarator: (template_function name: (identifier) @name)))
  @definition.function
(field_declaration_list [
  (function_definition declarator: (operator_cast "operator" @prefix type: (_) @name))
  (declaration declarator: (operator_cast "operator" @prefix type: (_) @name))
  (field_declaration declarator: (operator_cast "operator" @prefix type: (_) @name))
  (template_declaration
    (function_definition declarator: (operator_cast "operator" @prefix type: (_) @name)))
] @definition.method)
(function_definition declarator: (qualified_identifier
  scope: (namespace_identifier) @container
  name: (operator_cast "operator" @prefix type: (_) @name))) @definition.method

((function_definition !type declarator: (function_declarator
    declarator: (identifier) @_test
    parameters: (parameter_list
      . (parameter_declaration type: (type_identifier) @container)
      . (parameter_declaration type: (type_identifier) @name)))) @definition.test
  (#any-of? @_test "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P"))
((call_expression
  function: (identifier) @_test
  arguments: (argument_list . (string_literal (string_content) @name))) @definition.test
  (#any-of? @_test "TEST_CASE" "SCENARIO" "SECTION" "SUBCASE"))

(using_declaration) @import
(call_expression function: (qualified_identifier scope: (namespace_identifier)? @reference name: [
  (identifier) @reference.call
  (template_function name: (identifier) @reference.call)
  (qualified_identifier
    name: [(identifier) @reference.call (template_function name: (identifier) @reference.call)])
]))
(call_expression function: (template_function name: (identifier) @reference.call))
(call_expression
  function: (field_expression field: (template_method name: (field_identifier) @reference.call)))
(new_expression type: (type_identifier) @reference.call)
(new_expression type: (qualified_identifier name: (type_identifier) @reference.call))
(argument_list (qualified_identifier name: (identifier) @reference))
""",
)
