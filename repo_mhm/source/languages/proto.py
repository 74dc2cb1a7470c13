"""Protocol buffers."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="proto",
    grammar="tree_sitter_language_pack.bindings.proto",
    suffixes=(".proto",),
    comments=("comment",),
    strings=("string",),
    query=r"""
(message (message_name (identifier) @name)) @definition.class
(enum (enum_name (identifier) @name)) @definition.type
(enum_field . (identifier) @name) @definition.constant
(field (identifier) @name) @definition.constant
(map_field (identifier) @name) @definition.constant
(oneof_field (identifier) @name) @definition.constant
(oneof . (identifier) @name) @definition.constant
(service (service_name (identifier) @name)) @definition.type
(rpc (rpc_name (identifier) @name)) @definition.method
(package (full_ident) @name) @definition.constant

(comment) @comment
(import) @import
(message_or_enum_type (identifier) @reference)
""",
)
