"""Perl."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="perl",
    grammar="tree_sitter_language_pack.bindings.perl",
    suffixes=(".pl", ".pm", ".t", ".psgi"),
    filenames=("Makefile.PL", "cpanfile"),
    interpreters=("perl",),
    separator="::",
    strip="$@%",
    needs_last_newline=True,
    comments=("comment", "pod"),
    strings=("string_literal", "interpolated_string_literal", "heredoc_content"),
    query=r"""
(package_statement name: (package) @name) @definition.module
(class_statement name: (package) @name) @definition.class
(role_statement name: (package) @name) @definition.type
(subroutine_declaration_statement name: (_) @name) @definition.function
(method_declaration_statement name: (_) @name) @definition.method
(source_file (expression_statement (assignment_expression
  left: (variable_declaration variable: [
    (scalar (varname) @name) (array (varname) @name) (hash (varname) @name)])))
      @definition.constant)
(source_file (expression_statement (variable_declaration variable: [
  (scalar (varname) @name) (array (varname) @name) (hash (varname) @name)])) @definition.constant)
((use_statement module: (package) @_constant (list_expression . (autoquoted_bareword) @name))
  @definition.constant
  (#eq? @_constant "constant"))
((use_statement module: (package) @_constant
  (anonymous_hash_expression (list_expression (autoquoted_bareword) @name @definition.constant)))
  (#eq? @_constant "constant"))
((ambiguous_function_call_expression function: (function) @_has . arguments: [
  (autoquoted_bareword) @name (_ content: (string_content) @name)]) @definition.constant
  (#eq? @_has "has"))
((ambiguous_function_call_expression
  function: (function) @_around
  . arguments: [(autoquoted_bareword) @name (_ content: (string_content) @name)]
  (anonymous_subroutine_expression)) @definition.function
  (#any-of? @_around "around" "before" "after" "override" "augment"))

(comment) @comment
(pod) @comment
(use_statement) @import
(require_expression) @import
(use_statement module: (package) @reference.import)
(require_expression (bareword) @reference.import)

(function_call_expression function: (function) @reference.call)
(ambiguous_function_call_expression function: (function) @reference.call)
(method_call_expression method: (method) @reference.call)
(method_call_expression invocant: (bareword) @reference)
(bareword) @reference
(scalar (varname) @reference)
""",
)
