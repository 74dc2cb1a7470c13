"""What C and C++ share: literals, preprocessor, declarations at file level, structures, calls."""

COMMENTS = ("comment",)
STRINGS = ("string_literal", "char_literal")
UNPARSED = ("preproc_arg",)
"""What a macro stands for."""

SCOPES = (
    "translation_unit",
    "preproc_ifdef",
    "preproc_if",
    "preproc_elif",
    "preproc_else",
    "declaration_list",
)
"""Where a declaration is not local; `preproc_ifdef` is a header's include guard."""

_DECLARATIONS = r"""
(SCOPE (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (pointer_declarator
    declarator: (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name)))
]) @definition.function)
(SCOPE (declaration declarator: [
  (identifier) @name
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (identifier) @name)
  (init_declarator declarator: [
    (identifier) @name
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator
      declarator: [(identifier) @name (pointer_declarator declarator: (identifier) @name)])
    (array_declarator declarator: (array_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (function_declarator declarator: (parenthesized_declarator
      (pointer_declarator declarator: (identifier) @name)))
    (pointer_declarator declarator: (function_declarator declarator: (parenthesized_declarator
      (pointer_declarator declarator: (identifier) @name))))
  ])
  (array_declarator declarator: (array_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (identifier) @name)))
  (pointer_declarator declarator: (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (identifier) @name))))
]) @definition.constant)
(SCOPE (declaration "," @_comma . declarator: (_) @definition.constant))
"""
"""Each declarator behind a comma is a definition of its own."""

QUERY = r"""
(function_definition type: (_) declarator: (function_declarator declarator: (identifier) @name))
  @definition.function
(function_definition declarator: [
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (pointer_declarator
    declarator: (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name)))
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))))
]) @definition.function
(struct_specifier name: (type_identifier) @name body: (_)) @definition.class
(union_specifier name: (type_identifier) @name body: (_)) @definition.class
(enum_specifier name: (type_identifier) @name body: (_)) @definition.type
(enumerator name: (identifier) @name) @definition.constant

(type_definition) @definition.scope
((type_definition
  type: [(struct_specifier name: (_) @_tag) (union_specifier name: (_) @_tag)
    (enum_specifier name: (_) @_tag)]
  declarator: [(type_identifier) @name (pointer_declarator declarator: (type_identifier) @name)])
    @definition.type
  (#not-eq? @_tag @name))
(type_definition
  type: [(struct_specifier !name) (union_specifier !name)] declarator: (type_identifier) @name)
    @definition.class
(type_definition type: (enum_specifier !name) declarator: (type_identifier) @name) @definition.type
(type_definition type: [(struct_specifier !body) (union_specifier !body) (enum_specifier !body)]
  declarator: (type_identifier) @name) @definition.type
(type_definition
  type: (_)
  declarator: [
    (type_identifier) @name
    (array_declarator declarator: (type_identifier) @name)
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator [
      (type_identifier) @name (pointer_declarator declarator: (type_identifier) @name)]))
    (pointer_declarator declarator: (function_declarator declarator: (parenthesized_declarator [
      (type_identifier) @name (pointer_declarator declarator: (type_identifier) @name)])))
  ]) @definition.type
(type_definition "," @_comma . declarator: (_) @definition.type)
(type_definition declarator: (pointer_declarator declarator: (type_identifier) @name))

(field_declaration declarator: (_)) @definition.constant
(field_declaration "," @_comma . declarator: (_) @definition.constant)
(field_declaration declarator: (field_identifier) @name)
(field_declaration declarator: (array_declarator declarator: (field_identifier) @name))
(field_declaration (array_declarator declarator: (array_declarator
  declarator: (field_identifier) @name)))
(field_declaration declarator: (pointer_declarator declarator: [
  (field_identifier) @name
  (pointer_declarator declarator: (field_identifier) @name)
  (array_declarator declarator: (field_identifier) @name)
  (array_declarator declarator: (array_declarator declarator: (field_identifier) @name))
  (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
  (pointer_declarator declarator: (array_declarator declarator: (field_identifier) @name))
]))
(field_declaration declarator: (function_declarator declarator: (parenthesized_declarator
  (pointer_declarator declarator: (field_identifier) @name))))
(field_declaration declarator: (pointer_declarator declarator: (function_declarator
  declarator: (parenthesized_declarator
    (pointer_declarator declarator: (field_identifier) @name)))))

(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.function

(comment) @comment
(preproc_include) @import

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(type_identifier) @reference
(argument_list (identifier) @reference)
(argument_list (pointer_expression argument: (identifier) @reference))
(initializer_list (identifier) @reference)
(initializer_pair value: (identifier) @reference)
(init_declarator value: (identifier) @reference)
(assignment_expression right: (identifier) @reference)
(binary_expression right: (identifier) @reference)
(return_statement (identifier) @reference)
(case_statement value: (identifier) @reference)
(preproc_ifdef name: (identifier) @reference)
""" + "".join(_DECLARATIONS.replace("SCOPE", scope) for scope in SCOPES)
