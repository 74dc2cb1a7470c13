"""R, with the classes of S4 and R6."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="r",
    grammar="tree_sitter_language_pack.bindings.r",
    suffixes=(".r", ".rprofile"),
    filenames=(".Rprofile",),
    interpreters=("Rscript",),
    separator="$",
    strip="`\"'",
    comments=("comment",),
    strings=("string",),
    query=r"""
(binary_operator lhs: [(identifier) (string)] @name operator: ["<-" "<<-" "="]
  rhs: (function_definition)) @definition.function
(binary_operator lhs: (function_definition) operator: ["->" "->>"] rhs: (identifier) @name)
  @definition.function
(program (binary_operator lhs: (identifier) @name operator: ["<-" "<<-" "="] rhs: (_))
  @definition.constant)
((binary_operator lhs: (identifier) @name
  rhs: (call function: [(identifier) @_class (namespace_operator rhs: (identifier) @_class)]))
    @definition.class
  (#any-of? @_class "R6Class" "setRefClass" "setClass" "new_class"))
(call arguments: (arguments (argument
  name: (identifier) @name value: (function_definition)) @definition.function))
((call function: (identifier) @_set arguments: (arguments . (argument
  value: (string (string_content) @name)))) @definition.class
  (#any-of? @_set "setClass" "setRefClass"))
((call function: (identifier) @_set arguments: (arguments . (argument
  value: (string (string_content) @name)))) @definition.function
  (#any-of? @_set "setGeneric" "setMethod" "setValidity" "setReplaceMethod"))
((call function: (identifier) @_test arguments: (arguments . (argument
  value: (string (string_content) @name)))) @definition.test
  (#any-of? @_test "test_that" "describe" "it"))

(comment) @comment
((call function: (identifier) @_import) @import
  (#any-of? @_import "library" "require" "source" "requireNamespace" "import" "box::use"))
((call function: (identifier) @_import arguments: (arguments . (argument
  value: (identifier) @reference.import)))
  (#any-of? @_import "library" "require"))

(call function: (identifier) @reference.call)
(call function: (namespace_operator rhs: (identifier) @reference.call))
(call function: (extract_operator rhs: (identifier) @reference.call))
(argument value: (identifier) @reference)
(binary_operator rhs: (identifier) @reference)
(extract_operator rhs: (identifier) @reference)
""",
)
