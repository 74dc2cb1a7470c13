"""PHP, with the routes of Laravel and Symfony and PHPUnit's and Pest's tests."""

import re
from collections.abc import Sequence

from repo_mhm.source.language_traits import NAMED_BY_COLON, CallSyntax, Methods
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._results import PHP_RESULTS

_CODE = (
    "[(variable_name) (member_access_expression) (member_call_expression)"
    " (nullsafe_member_access_expression) (nullsafe_member_call_expression)"
    " (subscript_expression) (scoped_call_expression) (function_call_expression)]"
)
"""What a string may hold in braces."""

_BASES = re.compile(r"\b(?:extends|implements)\s+([\w\\\s,]+?)(?=\bimplements\b|\{|\Z)")
_TRAITS = re.compile(r"(?:^[ \t]+|\{\s*)use[ \t]+([\w\\][\w\\ \t,]*)[;{]", re.MULTILINE)


def _bases(code: str) -> Sequence[str]:
    """The classes, interfaces and traits that a class takes members from."""
    head = code.partition("{")[0]
    lists = [
        match[1]
        for pattern, text in ((_BASES, head), (_TRAITS, code))
        for match in pattern.finditer(text)
    ]
    return [name for names in lists for name in re.findall(r"[\w\\]+", names)]


LANGUAGE = Language(
    name="php",
    grammar="tree_sitter_php",
    entry="language_php",
    suffixes=(".php", ".phtml", ".php5", ".inc"),
    interpreters=("php",),
    separator="::",
    comments=("comment", "text"),
    strings=("string", "encapsed_string", "heredoc", "nowdoc"),
    embedded=tuple(f"({quoted} {_CODE} @code)" for quoted in ("encapsed_string", "heredoc_body")),
    parts="(text) @parts.html",
    calls=CallSyntax(by_name=True, argument_name=NAMED_BY_COLON, label=re.compile(r"\$(\w+)\Z")),
    results=PHP_RESULTS,
    bases=_bases,
    methods=Methods(
        receivers=frozenset({"$this", "self", "static"}),
        abstract=r"\babstract\b",
        interface=r"\binterface\b",
    ),
    is_named_by_package=True,
    has_open_fields=True,
    query=r"""
(namespace_definition name: (_) @name body: (_)) @definition.module
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.type
(trait_declaration name: (name) @name) @definition.type
(enum_declaration name: (name) @name) @definition.type
(enum_case name: (name) @name) @definition.constant
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(const_declaration (const_element . (name) @name)) @definition.constant
(property_declaration (property_element name: (variable_name (name) @name))) @definition.constant
(property_promotion_parameter name: (variable_name (name) @name)) @definition.constant
((function_call_expression
  function: (name) @_define
  arguments: (arguments . (argument [
    (string (string_content) @name) (encapsed_string (string_content) @name)])))
      @definition.constant
  (#eq? @_define "define"))

((method_declaration attributes: (attribute_list (attribute_group (attribute (name) @_route))))
  @definition.route
  (#any-of? @_route "Route" "Get" "Post" "Put" "Patch" "Delete"))
((method_declaration attributes: (attribute_list (attribute_group (attribute (name) @_test))))
  @definition.test
  (#any-of? @_test "Test" "DataProvider"))
(declaration_list
  ((method_declaration name: (name) @_test) @definition.test (#match? @_test "^test[A-Z_]")))
((class_declaration attributes: (attribute_list (attribute_group (attribute (name) @_command))))
  @definition.command
  (#eq? @_command "AsCommand"))
((scoped_call_expression
  scope: (name) @_route
  name: (name)
  arguments: (arguments . (argument [
    (string (string_content) @name) (encapsed_string (string_content) @name)]) . (_)))
      @definition.route
  (#eq? @_route "Route"))
((function_call_expression
  function: (name) @_test
  arguments: (arguments
    . (argument [(string (string_content) @name) (encapsed_string (string_content) @name)])
    . (argument [(anonymous_function) (arrow_function)]))) @definition.test
  (#any-of? @_test "it" "test" "describe"))

(comment) @comment
(namespace_use_declaration) @import
(require_expression) @import
(require_once_expression) @import
(include_expression) @import
(include_once_expression) @import
(namespace_use_clause (name) @reference.import)
(namespace_use_clause (qualified_name (name) @reference.import))

(function_call_expression function: [
  (name) @reference.call (qualified_name (name) @reference.call)
    (relative_name (name) @reference.call)])
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(scoped_call_expression scope: (name) @reference)
(object_creation_expression [(name) @reference.call (qualified_name (name) @reference.call)])
(attribute [(name) @reference.call (qualified_name (name) @reference.call)])
(named_type [(name) @reference (qualified_name (name) @reference)])
(base_clause [(name) @reference (qualified_name (name) @reference)])
(class_interface_clause [(name) @reference (qualified_name (name) @reference)])
(use_declaration (name) @reference)
(class_constant_access_expression (name) @reference)
(member_access_expression name: (name) @reference)
(scoped_property_access_expression scope: (name) @reference)
(argument (name) @reference)
(return_statement (name) @reference)
(binary_expression (name) @reference)
""",
)
