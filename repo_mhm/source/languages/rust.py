"""Rust, with the routes of actix-web, rocket and axum, and the commands that clap derives."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._literals import RUST_LITERALS
from repo_mhm.source.languages._results import RUST_RESULTS

LANGUAGE = Language(
    name="rust",
    grammar="tree_sitter_rust",
    suffixes=(".rs",),
    separator="::",
    comments=("line_comment", "block_comment"),
    strings=("string_literal", "raw_string_literal", "char_literal"),
    literals=RUST_LITERALS,
    reach="module",
    calls=CallSyntax(),
    results=RUST_RESULTS,
    query=r"""
(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(declaration_list (function_signature_item) @definition.method)
(impl_item type: [
  (type_identifier) @name
  (generic_type
    type: [(type_identifier) @name (scoped_type_identifier name: (type_identifier) @name)])
  (scoped_type_identifier name: (type_identifier) @name)
  (reference_type type: (type_identifier) @name)
]) @definition.scope
(impl_item body: (declaration_list (function_item) @definition.method))
(trait_item name: (type_identifier) @name) @definition.type
(trait_item body: (declaration_list (function_item) @definition.method))
(struct_item name: (type_identifier) @name) @definition.class
(union_item name: (type_identifier) @name) @definition.class
(enum_item name: (type_identifier) @name) @definition.type
(enum_variant name: (identifier) @name) @definition.constant
(type_item name: (type_identifier) @name) @definition.type
(field_declaration name: (field_identifier) @name) @definition.constant
(mod_item name: (identifier) @name) @definition.module
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.constant
(macro_definition name: (identifier) @name) @definition.function

(attribute_item) @attribute
((attribute_item (attribute [(identifier) @_test (scoped_identifier name: (identifier) @_test)]))
  . (attribute_item)? . (attribute_item)? . (attribute_item)? . (function_item) @definition.test
  (#any-of? @_test "test" "bench" "rstest" "test_case" "quickcheck" "proptest"))
((attribute_item (attribute (identifier) @_verb arguments: (token_tree . (string_literal))))
  . (attribute_item)? . (attribute_item)? . (attribute_item)? . (function_item) @definition.route
  (#any-of? @_verb "get" "post" "put" "patch" "delete" "head" "options" "route"))
((call_expression
  function: (field_expression field: (field_identifier) @_route)
  arguments: (arguments . (string_literal (string_content) @name) . (_))) @definition.route
  (#any-of? @_route "route" "nest" "route_service") (#match? @name "^/"))
((attribute_item (attribute (identifier) @_derive arguments: (token_tree (identifier) @_clap)))
  . (attribute_item)? . (attribute_item)? . (attribute_item)? . [(struct_item) (enum_item)]
    @definition.command
  (#eq? @_derive "derive") (#any-of? @_clap "Parser" "Subcommand" "StructOpt"))

(line_comment) @comment
(block_comment) @comment
(use_declaration) @import
(extern_crate_declaration) @import
(mod_item !body) @import
(use_declaration argument: (identifier) @reference.import)
(use_declaration argument: (scoped_identifier name: (identifier) @reference.import))
(use_list (identifier) @reference.import)
(use_list (scoped_identifier name: (identifier) @reference.import))
(use_as_clause path: (identifier) @reference.import)
(use_as_clause path: (scoped_identifier name: (identifier) @reference.import))

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(call_expression
  function: (scoped_identifier path: (identifier)? @reference name: (identifier) @reference.call))
(generic_function function: [
  (identifier) @reference.call
  (scoped_identifier name: (identifier) @reference.call)
  (field_expression field: (field_identifier) @reference.call)
])
(macro_invocation macro: (identifier) @reference.call)
(struct_expression name: (type_identifier) @reference.call)
(type_identifier) @reference
(arguments (identifier) @reference)
(arguments (scoped_identifier path: (identifier)? @reference name: (identifier) @reference))
(token_tree (identifier) @reference)
(field_initializer value: (identifier) @reference)
(binary_expression (identifier) @reference)
(binary_expression (scoped_identifier name: (identifier) @reference))
(match_pattern [
  (identifier) @reference
  (scoped_identifier name: (identifier) @reference)
  (tuple_struct_pattern
    type: [(identifier) @reference (scoped_identifier name: (identifier) @reference)])
])
""",
)
