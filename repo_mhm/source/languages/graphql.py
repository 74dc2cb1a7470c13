"""GraphQL: schemas and operations."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="graphql",
    grammar="tree_sitter_language_pack.bindings.graphql",
    suffixes=(".graphql", ".gql", ".graphqls"),
    comments=("comment", "description"),
    strings=("string_value",),
    query=r"""
(object_type_definition (name) @name) @definition.class
(object_type_extension (name) @name) @definition.class
(input_object_type_definition (name) @name) @definition.class
(input_object_type_extension (name) @name) @definition.class
(interface_type_definition (name) @name) @definition.type
(interface_type_extension (name) @name) @definition.type
(union_type_definition (name) @name) @definition.type
(scalar_type_definition (name) @name) @definition.type
(enum_type_definition (name) @name) @definition.type
(enum_value_definition (enum_value (name) @name)) @definition.constant
(field_definition (name) @name) @definition.constant
(input_fields_definition (input_value_definition (name) @name) @definition.constant)
(directive_definition (name) @name) @definition.function
(operation_definition (name) @name) @definition.function
(fragment_definition (fragment_name (name) @name)) @definition.function

(comment) @comment
(description) @doc
(named_type (name) @reference)
(fragment_spread (fragment_name (name) @reference.call))
(selection (field (name) @reference))
(directive (name) @reference.call)
""",
)
