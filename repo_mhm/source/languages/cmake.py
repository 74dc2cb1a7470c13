"""CMake: functions, macros, variables, options and targets."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="cmake",
    grammar="tree_sitter_language_pack.bindings.cmake",
    suffixes=(".cmake",),
    filenames=("CMakeLists.txt",),
    bodies=("body",),
    comments=("line_comment", "bracket_comment"),
    strings=("quoted_argument", "bracket_argument"),
    query=r"""
(function_def (function_command (argument_list . (argument (unquoted_argument) @name))))
  @definition.function
(macro_def (macro_command (argument_list . (argument (unquoted_argument) @name))))
  @definition.function
((source_file (normal_command (identifier) @_set (argument_list
  . (argument (unquoted_argument) @name))) @definition.constant)
  (#any-of? @_set "set" "option" "SET" "OPTION"))
((normal_command (identifier) @_add (argument_list . (argument (unquoted_argument) @name)))
  @definition.command
  (#any-of? @_add "add_executable" "add_library" "add_custom_target" "ADD_EXECUTABLE"
    "ADD_LIBRARY" "ADD_CUSTOM_TARGET"))
((normal_command (identifier) @_add
  (argument_list . (argument) . (argument (unquoted_argument) @name))) @definition.test
  (#any-of? @_add "add_test" "ADD_TEST"))
((normal_command (identifier) @_project (argument_list . (argument (unquoted_argument) @name)))
  @definition.module
  (#any-of? @_project "project" "PROJECT"))

(line_comment) @comment
(bracket_comment) @comment
((normal_command (identifier) @_include) @import
  (#any-of? @_include "include" "INCLUDE" "find_package" "FIND_PACKAGE"))
(normal_command (identifier) @reference.call)
(normal_var (variable) @reference)
(argument (unquoted_argument) @reference)
""",
)
