"""C#, with the routes of ASP.NET and the tests of xUnit, NUnit and MSTest."""

import re

from repo_mhm.source.language_traits import METHODS_WITH_INTERFACES, NAMED_BY_COLON, CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._results import CSHARP_RESULTS
from repo_mhm.source.languages._types import CSHARP_TYPES

LANGUAGE = Language(
    name="csharp",
    grammar="tree_sitter_c_sharp",
    suffixes=(".cs", ".csx"),
    interpreters=("dotnet-script",),
    has_directives=True,
    comments=("comment",),
    strings=(
        "string_literal",
        "verbatim_string_literal",
        "raw_string_literal",
        "interpolated_string_expression",
        "character_literal",
    ),
    embedded=("(interpolation (interpolation_brace) . (_) @code)",),
    unparsed=("preproc_arg",),
    calls=CallSyntax(by_name=True, argument_name=NAMED_BY_COLON, label=re.compile(r"(\w+)\Z")),
    types=CSHARP_TYPES,
    results=CSHARP_RESULTS,
    overloads="bases",
    methods=METHODS_WITH_INTERFACES,
    is_named_by_package=True,
    query=r"""
(namespace_declaration name: (_) @name) @definition.module
(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.type
(delegate_declaration name: (identifier) @name) @definition.type
(enum_member_declaration name: (identifier) @name) @definition.constant
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(destructor_declaration "~" @prefix name: (identifier) @name) @definition.method
(operator_declaration operator: _ @name) @definition.method
(conversion_operator_declaration type: (_) @name) @definition.method
(indexer_declaration "this" @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(property_declaration name: (identifier) @name) @definition.constant
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.constant))
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name)))
  @definition.constant
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name)))
  @definition.constant
(field_declaration (variable_declaration "," @_comma . (variable_declarator) @definition.constant))
(event_field_declaration
  (variable_declaration "," @_comma . (variable_declarator) @definition.constant))

((method_declaration (attribute_list (attribute name: (identifier) @_test))) @definition.test
  (#any-of? @_test "Fact" "Theory" "Test" "TestCase" "TestMethod" "DataTestMethod" "Property"))
((method_declaration (attribute_list (attribute name: (identifier) @_route))) @definition.route
  (#any-of? @_route "HttpGet" "HttpPost" "HttpPut" "HttpPatch" "HttpDelete" "HttpHead" "HttpOptions"
    "Route"))
((invocation_expression
  function: (member_access_expression name: (identifier) @_map)
  arguments: (argument_list . (argument (string_literal (string_literal_content) @name))))
    @definition.route
  (#any-of? @_map "MapGet" "MapPost" "MapPut" "MapPatch" "MapDelete" "MapMethods" "MapGroup"))

(comment) @comment
(using_directive) @import
(using_directive (qualified_name name: (identifier) @reference.import))

(invocation_expression function: [
  (identifier) @reference.call
  (generic_name (identifier) @reference.call)
  (member_access_expression
    name: [(identifier) @reference.call (generic_name (identifier) @reference.call)])
  (conditional_access_expression (member_binding_expression name: (identifier) @reference.call))
])
(object_creation_expression
  type: [(identifier) @reference.call (generic_name (identifier) @reference.call)])
(attribute name: (identifier) @reference.call)
(base_list [(identifier) (generic_name (identifier) @reference)] @reference)
(parameter type: (identifier) @reference)
(property_declaration type: (identifier) @reference)
(method_declaration returns: (identifier) @reference)
(variable_declaration type: (identifier) @reference)
(nullable_type (identifier) @reference)
(array_type type: (identifier) @reference)
(generic_name (identifier) @reference)
(type_argument_list (identifier) @reference)
(type_parameter_constraint type: (identifier) @reference)
(typeof_expression type: (identifier) @reference)
(cast_expression type: (identifier) @reference)
(argument (identifier) @reference)
(member_access_expression expression: (identifier) @reference)
(argument (member_access_expression name: (identifier) @reference))
(assignment_expression right: (identifier) @reference)
(return_statement (identifier) @reference)
""",
)
