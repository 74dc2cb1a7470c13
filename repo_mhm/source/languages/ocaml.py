"""OCaml, its implementations (`.ml`)."""

from repo_mhm.source.languages import Language

QUERY = r"""
(module_binding (module_name) @name) @definition.module
(module_definition . (module_binding) .) @definition.scope
(module_type_definition (module_type_name) @name) @definition.type
(class_definition (class_binding (class_name) @name)) @definition.class
(class_type_definition (class_type_binding (class_type_name) @name)) @definition.type
(method_definition (method_name) @name) @definition.method
(method_specification (method_name) @name) @definition.method
(instance_variable_definition (instance_variable_name) @name) @definition.constant
(type_definition . (type_binding name: (type_constructor) @name)) @definition.type
(type_definition "and" . (type_binding name: (type_constructor) @name) @definition.type)
(field_declaration (field_name) @name) @definition.constant
(constructor_declaration (constructor_name) @name) @definition.constant
(type_binding (polymorphic_variant_type (tag_specification (tag) @name) @definition.constant))
(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(external (value_name) @name) @definition.function
(value_specification (value_name) @name) @definition.function

(comment) @comment
(open_module) @import
(open_module (module_path (module_name) @reference.import))

(application_expression function: (value_path (value_name) @reference.call))
(application_expression argument: (value_path (value_name) @reference))
(infix_expression right: (value_path (value_name) @reference))
(infix_expression left: (value_path (value_name) @reference))
(value_path (module_path (module_name) @reference))
(constructor_path (constructor_name) @reference)
(type_constructor_path (type_constructor) @reference)
(field_path (field_name) @reference)
"""

_TOP = ("compilation_unit", "structure")
_VALUES = "".join(
    f"""
({top} (value_definition . (let_binding pattern: (value_name) @name)) @definition.constant)
({top} (value_definition "and" . (let_binding pattern: (value_name) @name) @definition.constant))
({top} (value_definition . (let_binding pattern: (value_name) . (parameter)))
  @definition.function)
({top} (value_definition . (let_binding pattern: (value_name)
  body: [(function_expression) (fun_expression)])) @definition.function)
({top} (value_definition "and" . (let_binding pattern: (value_name) . (parameter))
  @definition.function))
({top} (value_definition . (let_binding pattern: (parenthesized_operator) @name))
  @definition.function)
"""
    for top in _TOP
)

LANGUAGE = Language(
    name="ocaml",
    grammar="tree_sitter_language_pack.bindings.ocaml",
    suffixes=(".ml",),
    interpreters=("ocaml", "ocamlrun"),
    strip="()`",
    comments=("comment",),
    strings=("string", "character", "quoted_string"),
    family="ocaml",
    query=QUERY + _VALUES,
)
