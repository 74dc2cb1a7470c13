"""Erlang, with the tests of EUnit."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="erlang",
    grammar="tree_sitter_language_pack.bindings.erlang",
    suffixes=(".erl", ".hrl", ".escript"),
    filenames=("rebar.config",),
    interpreters=("escript",),
    separator=":",
    comments=("comment",),
    strings=("string", "char"),
    query=r"""
(module_attribute name: (atom) @name) @definition.module
(fun_decl clause: (function_clause name: (atom) @name)) @definition.function
(record_decl name: (atom) @name) @definition.class
(record_decl fields: (record_field name: (atom) @name) @definition.constant)
(type_alias name: (type_name name: (atom) @name)) @definition.type
(opaque name: (type_name name: (atom) @name)) @definition.type
(pp_define lhs: (macro_lhs name: (_) @name)) @definition.constant
(callback fun: (atom) @name) @definition.method

(comment) @comment
(spec) @attribute
(import_attribute) @import
(pp_include) @import
(pp_include_lib) @import
(import_attribute module: (atom) @reference.import)
(call expr: (atom) @reference.call)
(call expr: (remote fun: (atom) @reference.call))
(record_name name: (atom) @reference)
(macro_call_expr name: (_) @reference)
(behaviour_attribute name: (atom) @reference)
(internal_fun fun: (atom) @reference)
""",
)
