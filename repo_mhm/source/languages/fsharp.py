"""F#."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="fsharp",
    grammar="tree_sitter_language_pack.bindings.fsharp",
    suffixes=(".fs", ".fsx"),
    interpreters=("dotnet-fsi",),
    has_directives=True,
    strip="`",
    comments=("line_comment", "block_comment"),
    strings=("string", "triple_quoted_string", "verbatim_string", "char"),
    query=r"""
(named_module name: (long_identifier) @name) @definition.module
(module_defn (identifier) @name) @definition.module
(namespace name: (long_identifier) @name) @definition.module
(record_type_defn (type_name type_name: (identifier) @name)) @definition.class
(union_type_defn (type_name type_name: (identifier) @name)) @definition.type
(enum_type_defn (type_name type_name: (identifier) @name)) @definition.type
(anon_type_defn (type_name type_name: (identifier) @name)) @definition.class
(interface_type_defn (type_name type_name: (identifier) @name)) @definition.type
(delegate_type_defn (type_name type_name: (identifier) @name)) @definition.type
(type_abbrev_defn (type_name type_name: (identifier) @name)) @definition.type
(type_extension (type_name type_name: (identifier) @name)) @definition.class
(record_field (identifier) @name) @definition.constant
(union_type_case (identifier) @name) @definition.constant
(enum_type_case (identifier) @name) @definition.constant
(exception_definition exception_name: (long_identifier) @name) @definition.type
(member_defn (method_or_prop_defn name: (property_or_ident (identifier) @name .)))
  @definition.method
(member_defn (member_signature (identifier) @name)) @definition.method
(declaration_expression (function_or_value_defn
  (function_declaration_left . (identifier) @name))) @definition.function
(declaration_expression (function_or_value_defn (value_declaration_left
  (identifier_pattern (long_identifier_or_op (identifier) @name))))) @definition.constant
(file (declaration_expression (function_or_value_defn
  (function_declaration_left . (identifier) @name)) @definition.function))

(line_comment) @comment
(block_comment) @comment
(import_decl) @import
(import_decl (long_identifier (identifier) @reference.import .))
(application_expression . (long_identifier_or_op [
  (identifier) @reference.call (long_identifier (identifier) @reference.call .)]))
(long_identifier_or_op (identifier) @reference)
(long_identifier_or_op (long_identifier (identifier) @reference .))
(simple_type (long_identifier (identifier) @reference .))
""",
)
