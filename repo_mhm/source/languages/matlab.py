"""MATLAB and Octave; a file `.m` is theirs where its content says so (`shared_suffixes`)."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="matlab",
    grammar="tree_sitter_language_pack.bindings.matlab",
    interpreters=("octave",),
    bodies=("block",),
    comments=("comment",),
    strings=("string",),
    query=r"""
(class_definition name: (identifier) @name) @definition.class
(function_definition name: (identifier) @name) @definition.function
(methods (function_definition) @definition.method)
(properties (property name: (identifier) @name) @definition.constant)
(enumeration (enum . (identifier) @name) @definition.constant)

(comment) @comment
(function_call name: (identifier) @reference.call)
(superclasses (property_name (identifier) @reference))
(arguments (identifier) @reference)
""",
)
