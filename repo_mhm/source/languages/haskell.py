"""Haskell."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="haskell",
    grammar="tree_sitter_language_pack.bindings.haskell",
    suffixes=(".hs", ".hsc", ".hs-boot"),
    interpreters=("runhaskell", "runghc"),
    comments=("comment", "haddock", "pragma"),
    strings=("string", "char"),
    bodies=("match",),
    has_directives=True,
    hides_branches=True,
    query=r"""
(header module: (module) @name) @definition.module
(declarations [
  (function name: (_) @name) (bind name: (_) @name)
  (function (infix operator: (operator) @name)) (foreign_import (signature name: (_) @name))
] @definition.function)
(class_declarations (signature name: (_) @name) @definition.method)
(instance_declarations [(function name: (_) @name) (bind name: (_) @name)] @definition.method)
(class name: (_) @name) @definition.type
(instance name: (_) @name) @definition.scope
(data_type name: (_) @name) @definition.type
(data_type constructors: (data_constructors
  (data_constructor (record name: (_) @name)) @definition.constant))
(data_type constructors: (data_constructors
  (data_constructor (prefix name: (_) @name)) @definition.constant))
(newtype name: (_) @name) @definition.type
(newtype_constructor name: (_) @name) @definition.constant
(gadt_constructor name: (_) @name) @definition.constant
(field name: (field_name (variable) @name)) @definition.constant
(type_synomym name: (_) @name) @definition.type
(type_family name: (_) @name) @definition.type
(data_family name: (_) @name) @definition.type
(pattern_synonym (signature synonym: (_) @name)) @definition.function

(comment) @comment
(haddock) @comment
(declarations (signature) @attribute)
(import) @import
(import_name variable: (variable) @reference.import)
(import_name type: (name) @reference.import)

(apply function: (variable) @reference.call)
(apply function: (qualified id: (variable) @reference.call))
(apply function: (constructor) @reference.call)
(apply argument: (variable) @reference)
(infix [(variable) @reference.call (constructor) @reference])
(infix operator: (infix_id (variable) @reference.call))
(match expression: (variable) @reference)
(name) @reference
""",
)
