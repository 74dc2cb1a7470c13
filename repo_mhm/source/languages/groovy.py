"""Groovy, and Gradle's build files."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="groovy",
    grammar="tree_sitter_groovy",
    suffixes=(".groovy", ".gradle", ".gvy"),
    filenames=("Jenkinsfile",),
    interpreters=("groovy",),
    comments=("line_comment", "block_comment"),
    strings=("string_literal", "character_literal"),
    calls=CallSyntax(by_name=True, unpacks=("*",)),
    query=r"""
(class_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.type
(enum_constant name: (identifier) @name) @definition.constant
(annotation_type_declaration name: (identifier) @name) @definition.type
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(function_definition name: (identifier) @name) @definition.function
(field_declaration declarator: (variable_declarator name: (identifier) @name))
  @definition.constant
((method_invocation name: (identifier) @_task arguments: (argument_list . (identifier) @name))
  @definition.command
  (#eq? @_task "task"))

(line_comment) @comment
(block_comment) @comment
(import_declaration) @import
(import_declaration (scoped_identifier name: (identifier) @reference.import))
(method_invocation name: (identifier) @reference.call)
(object_creation_expression type: (type_identifier) @reference.call)
(type_identifier) @reference
(argument_list (identifier) @reference)
(return_statement (identifier) @reference)
(annotation name: (identifier) @reference.call)
(marker_annotation name: (identifier) @reference.call)
""",
)
