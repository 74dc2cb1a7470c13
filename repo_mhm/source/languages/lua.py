"""Lua, with busted's tests."""

from repo_mhm.source.languages import Language

_VALUES = """(table_constructor) (number) (string) (true) (false) (nil)
  (binary_expression) (unary_expression)"""

LANGUAGE = Language(
    name="lua",
    grammar="tree_sitter_lua",
    suffixes=(".lua", ".rockspec", ".nse"),
    filenames=(".luacheckrc",),
    interpreters=("lua", "luajit", "lua5.1", "lua5.3", "lua5.4", "texlua"),
    comments=("comment",),
    strings=("string",),
    has_open_fields=True,
    query=rf"""
(function_declaration name: [
  (identifier) @name
  (dot_index_expression table: (_) @container field: (identifier) @name)
]) @definition.function
(function_declaration
  name: (method_index_expression table: (_) @container method: (identifier) @name))
    @definition.method
(variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition)))) @definition.function
(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition))) @definition.function
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @container field: (identifier) @name))
  (expression_list . value: (function_definition))) @definition.function
(field name: (identifier) @name value: (function_definition)) @definition.function
(chunk (variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: [{_VALUES}]))) @definition.constant)
((chunk (variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_call name: (_) @_require)))) @definition.constant)
  (#not-eq? @_require "require"))
(chunk (assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)
  ])
  (expression_list . value: [{_VALUES}])) @definition.constant)
((function_call
  name: (identifier) @_test
  arguments: (arguments . (string content: (string_content) @name) . (function_definition)))
    @definition.test
  (#any-of? @_test "describe" "context" "it" "test" "insulate"))

(comment) @comment
((function_call
  name: (identifier) @_require arguments: (arguments . (string))) @import
  (#any-of? @_require "require" "dofile" "loadfile"))

(function_call name: [
  (identifier) @reference.call
  (dot_index_expression field: (identifier) @reference.call)
  (method_index_expression method: (identifier) @reference.call)
])
(dot_index_expression table: (identifier) @reference)
(arguments (identifier) @reference)
(arguments (dot_index_expression field: (identifier) @reference))
(expression_list value: (identifier) @reference)
(binary_expression (identifier) @reference)
(binary_expression (dot_index_expression field: (identifier) @reference))
(field value: (identifier) @reference)
""",
)
