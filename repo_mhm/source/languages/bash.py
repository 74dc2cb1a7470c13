"""Bash and other POSIX shells, with the tests of bats."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="bash",
    grammar="tree_sitter_bash",
    suffixes=(".sh", ".bash", ".zsh", ".ksh", ".bats", ".ebuild", ".command"),
    filenames=(
        ".bashrc",
        ".bash_profile",
        ".bash_aliases",
        ".profile",
        ".zshrc",
        ".zshenv",
        "PKGBUILD",
        "APKBUILD",
    ),
    interpreters=("sh", "bash", "zsh", "ksh", "dash", "ash", "bats"),
    comments=("comment",),
    strings=("string", "raw_string", "ansi_c_string", "heredoc_body"),
    embedded=(
        "(simple_expansion (_) @code)",
        "(expansion (_) @code)",
        "(command_substitution (_) @code)",
    ),
    query=r"""
(function_definition name: (word) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.constant)
(program (declaration_command (variable_assignment name: (variable_name) @name))
  @definition.constant)
((command name: (command_name (word) @_test)
  . argument: [(string (string_content) @name) (raw_string) @name])
  @definition.test
  (#eq? @_test "@test"))

(comment) @comment
(program
  ((command name: (command_name (word) @_source)) @import (#any-of? @_source "source" ".")))

(command_name (word) @reference.call)
(simple_expansion (variable_name) @reference)
(expansion (variable_name) @reference)
""",
)
