"""Kotlin, with the routes of Spring and ktor and JUnit's and Kotest's tests."""

import re

from repo_mhm.source.language_traits import BRACE_BEHIND, METHODS_WITH_INTERFACES, CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._kotlin_text import without_pitfalls
from repo_mhm.source.languages._results import KOTLIN_RESULTS
from repo_mhm.source.languages._types import KOTLIN_TYPES

LANGUAGE = Language(
    name="kotlin",
    grammar="tree_sitter_kotlin",
    family="java",
    suffixes=(".kt", ".kts"),
    interpreters=("kotlin", "kotlinc"),
    strip="`",
    bodies=("function_body", "class_body", "enum_class_body"),
    prepare=without_pitfalls,
    needs_last_newline=True,
    comments=("line_comment", "block_comment"),
    strings=("string_literal", "multiline_string_literal", "character_literal"),
    embedded=("(interpolation (_) @code)",),
    calls=CallSyntax(
        by_name=True,
        unpacks=("*",),
        block_behind=BRACE_BEHIND,
        label=re.compile(r"(\w+)\s*:"),
    ),
    types=KOTLIN_TYPES,
    results=KOTLIN_RESULTS,
    overloads="bases",
    methods=METHODS_WITH_INTERFACES,
    is_named_by_package=True,
    query=r"""
(class_declaration "class" name: (identifier) @name) @definition.class
(class_declaration "interface" name: (identifier) @name) @definition.type
(object_declaration name: (identifier) @name) @definition.class
(type_alias type: (identifier) @name) @definition.type
(enum_entry . (identifier) @name) @definition.constant
(enum_entry (modifiers) . (identifier) @name) @definition.constant
(function_declaration name: (identifier) @name) @definition.function
(class_body (function_declaration) @definition.method)
(enum_class_body (function_declaration) @definition.method)
(secondary_constructor "constructor" @name) @definition.method
(class_parameter ["val" "var"] . (identifier) @name) @definition.constant
(source_file (property_declaration (variable_declaration . (identifier) @name))
  @definition.constant)
(class_body (property_declaration (variable_declaration . (identifier) @name)) @definition.constant)
(enum_class_body (property_declaration (variable_declaration . (identifier) @name))
  @definition.constant)

((function_declaration (modifiers (annotation [
    (user_type (identifier) @_test .) (constructor_invocation (user_type (identifier) @_test .))])))
      @definition.test
  (#any-of? @_test "Test" "ParameterizedTest" "RepeatedTest" "TestFactory"))
((function_declaration (modifiers (annotation [
    (user_type (identifier) @_route .)
      (constructor_invocation (user_type (identifier) @_route .))]))) @definition.route
  (#any-of? @_route
    "GetMapping" "PostMapping" "PutMapping" "PatchMapping" "DeleteMapping" "RequestMapping"
    "GET" "POST" "PUT" "PATCH" "DELETE" "Path"))
((call_expression
  (call_expression
    (identifier) @_call
    (value_arguments . (value_argument (string_literal . (string_content) @name))))
  (annotated_lambda)) @definition.route
  (#any-of? @_call "get" "post" "put" "patch" "delete" "head" "options" "route" "webSocket")
    (#match? @name "^/"))
((call_expression
  (call_expression
    (identifier) @_call
    (value_arguments . (value_argument (string_literal . (string_content) @name))))
  (annotated_lambda)) @definition.test
  (#any-of? @_call "describe" "it" "test" "should" "context"))

(line_comment) @comment
(block_comment) @comment
(import) @import
(import (qualified_identifier (identifier) @reference.import .))

(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (identifier) @reference.call .))
(constructor_invocation (user_type (identifier) @reference.call .))
(user_type (identifier) @reference)
(navigation_expression . (identifier) @reference)
(value_argument (identifier) @reference)
(value_argument (navigation_expression (identifier) @reference .))
(callable_reference (identifier) @reference)
(binary_expression right: (identifier) @reference)
""",
)
