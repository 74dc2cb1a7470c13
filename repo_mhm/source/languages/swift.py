"""Swift, with Vapor's routes and the tests of XCTest and Swift Testing."""

import re
from collections.abc import Sequence

from repo_mhm.source.language_traits import (
    BRACE_BEHIND,
    NAMED_BY_COLON,
    CallSyntax,
    Methods,
    Parameter,
    Signature,
)
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._results import SWIFT_RESULTS
from repo_mhm.source.languages._types import KOTLIN_TYPES

_PARAMETER = re.compile(
    r"(?:@\w+(?:\([^()]*\))?\s+)*`?(?P<label>[A-Za-z_]\w*)`?(?:\s+`?(?P<inner>[A-Za-z_]\w*)`?)?"
    r"\s*:\s*(?P<type>[^=]+?)\s*(?:=\s*(?P<default>.+))?",
    re.DOTALL,
)
_STATEMENT = re.compile(r"\b(?:if|guard|while|switch|for|catch|where|case|repeat)\b[^{}]*\Z")


def _parameters(parts: Sequence[str]) -> Signature | None:
    """The parameters, by their labels; one that takes any number of arguments is a rest."""
    parameters: list[Parameter] = []
    for part in parts:
        match = _PARAMETER.fullmatch(part)
        if match is None:
            return None
        takes_many = match["type"].endswith("...")
        if match["label"] == "_" and takes_many:
            parameters.append(Parameter(match["inner"] or "_", "rest", None))
        elif takes_many:
            # Its label may be left out with its arguments; those behind the first have none.
            parameters.append(Parameter(match["label"], "keyword", "[]"))
            parameters.append(Parameter(f"{match['label']}...", "rest", None))
        elif match["label"] == "_":
            parameters.append(Parameter(match["inner"] or "_", "positional", match["default"]))
        else:
            parameters.append(Parameter(match["label"], "keyword", match["default"]))
    return tuple(parameters)


LANGUAGE = Language(
    name="swift",
    grammar="tree_sitter_swift",
    suffixes=(".swift",),
    interpreters=("swift",),
    strip="`",
    comments=("comment", "multiline_comment"),
    strings=(
        "line_string_literal",
        "multi_line_string_literal",
        "raw_string_literal",
        "regex_literal",
    ),
    embedded=("(interpolated_expression (_) @code)",),
    calls=CallSyntax(
        _parameters,
        exact=True,
        by_name=True,
        argument_name=NAMED_BY_COLON,
        keeps_order=True,
        block_behind=BRACE_BEHIND,
        statement=_STATEMENT,
    ),
    methods=Methods(constructor="init", marks_overrides=True),
    types=KOTLIN_TYPES,
    results=SWIFT_RESULTS,
    overloads="bases",
    is_named_by_package=True,
    query=r"""
(class_declaration declaration_kind: ["class" "struct" "actor"] name: (type_identifier) @name)
  @definition.class
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.type
(class_declaration declaration_kind: "extension" name: (user_type (type_identifier) @name .))
  @definition.scope
(protocol_declaration name: (type_identifier) @name) @definition.type
(typealias_declaration name: (type_identifier) @name) @definition.type
(enum_entry name: (simple_identifier) @name) @definition.constant
(function_declaration "func" . _ @name) @definition.function
(class_body (function_declaration) @definition.method)
(enum_class_body (function_declaration) @definition.method)
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration "init" @name) @definition.method
(deinit_declaration "deinit" @name) @definition.method
(subscript_declaration "subscript" @name) @definition.method
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
  @definition.constant)
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
  @definition.constant)
(enum_class_body
  (property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
    @definition.constant)
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
  @definition.constant

(class_body
  ((function_declaration name: (simple_identifier) @_test) @definition.test
    (#match? @_test "^test([A-Z_]|$)")))
((function_declaration (modifiers (attribute (user_type (type_identifier) @_test))))
  @definition.test
  (#eq? @_test "Test"))
((call_expression
  (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @_verb))
  (call_suffix
    (value_arguments . (value_argument value: (line_string_literal text: (line_str_text) @name)))
    (lambda_literal))) @definition.route
  (#any-of? @_verb "get" "post" "put" "patch" "delete" "group" "grouped" "webSocket"))

(comment) @comment
(multiline_comment) @comment
(import_declaration) @import
(import_declaration (identifier (simple_identifier) @reference.import .))

(call_expression . (simple_identifier) @reference.call)
(call_expression
  . (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @reference.call)))
(macro_invocation . (simple_identifier) @reference.call)
(type_identifier) @reference
(navigation_expression target: (simple_identifier) @reference)
(value_argument value: (simple_identifier) @reference)
(value_argument value: (navigation_expression
  suffix: (navigation_suffix suffix: (simple_identifier) @reference)))
(assignment result: (simple_identifier) @reference)
(prefix_expression operation: "." target: (simple_identifier) @reference)
""",
)
