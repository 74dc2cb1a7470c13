"""Dart, with the tests of its `test` package."""

import re
from collections.abc import Sequence

from repo_mhm.source.code_tokens import arguments
from repo_mhm.source.language_traits import NAMED_BY_COLON, CallSyntax, Parameter, Signature
from repo_mhm.source.languages import Language

_NAME = re.compile(r"([A-Za-z_]\w*)\s*(?:\([^()]*\)\s*\??)?\Z")
"""The name ends a parameter's declaration; parentheses behind it make it a function."""


def _parameters(parts: Sequence[str]) -> Signature | None:
    """Those in braces are passed by name, those in brackets may be left out.

    One in braces may be left out too, unless it is `required`.
    """
    parameters: list[Parameter] = []
    for part in parts:
        is_named, may_be_absent = part.startswith("{"), part.startswith("[")
        inner = arguments(part, part, 0) if is_named or may_be_absent else [part]
        if inner is None:
            return None
        for declaration in inner:
            head, _, default = declaration.partition("=")
            name = _NAME.search(head.strip())
            if name is None:
                return None
            is_optional = may_be_absent or (is_named and "required" not in head.split())
            parameters.append(
                Parameter(
                    name[1],
                    "keyword" if is_named else "positional",
                    default.strip() if is_optional else None,
                )
            )
    return tuple(parameters)


LANGUAGE = Language(
    name="dart",
    grammar="tree_sitter_language_pack.bindings.dart",
    suffixes=(".dart",),
    interpreters=("dart",),
    bodies=("class_body", "enum_body", "extension_body"),
    tails=("function_body",),
    comments=("comment", "documentation_comment"),
    strings=("string_literal",),
    embedded=("(template_substitution (_) @code)",),
    calls=CallSyntax(_parameters, exact=True, by_name=True, argument_name=NAMED_BY_COLON),
    query=r"""
(class_definition name: (identifier) @name) @definition.class
(mixin_declaration . (mixin) . (identifier) @name) @definition.class
(extension_declaration name: (identifier) @name) @definition.class
(extension_type_declaration name: (identifier) @name) @definition.class
(enum_declaration name: (identifier) @name) @definition.type
(enum_constant name: (identifier) @name) @definition.constant
(type_alias . (type_identifier) @name) @definition.type

(program (function_signature name: (identifier) @name) @definition.function)
(program (getter_signature name: (identifier) @name) @definition.function)
(program (setter_signature name: (identifier) @name) @definition.function)
(program (static_final_declaration_list
  (static_final_declaration . (identifier) @name) @definition.constant))
(program (initialized_identifier_list
  (initialized_identifier . (identifier) @name) @definition.constant))
(_ (method_signature) @definition.method)
(declaration [
  (function_signature name: (identifier) @name) (getter_signature name: (identifier) @name)
  (setter_signature name: (identifier) @name) (operator_signature (binary_operator) @name)
  (constructor_signature name: (identifier) @name . parameters: (_))
  (constant_constructor_signature (identifier) @name . (formal_parameter_list))
  (redirecting_factory_constructor_signature (identifier) @name . (formal_parameter_list))
  (factory_constructor_signature (identifier) @name . (formal_parameter_list))
]) @definition.method
(method_signature [
  (function_signature name: (identifier) @name) (getter_signature name: (identifier) @name)
  (setter_signature name: (identifier) @name) (operator_signature (binary_operator) @name)
  (operator_signature "[]" @name) (operator_signature "[]=" @name)
  (constructor_signature name: (identifier) @name . parameters: (_))
  (factory_constructor_signature (identifier) @name . (formal_parameter_list))
])
(class_body (declaration (initialized_identifier_list
  (initialized_identifier . (identifier) @name))) @definition.constant)
(class_body (declaration (static_final_declaration_list
  (static_final_declaration . (identifier) @name))) @definition.constant)
(extension_body (declaration (static_final_declaration_list
  (static_final_declaration . (identifier) @name))) @definition.constant)

(comment) @comment
(documentation_comment) @comment
(annotation) @attribute
(import_or_export) @import
(part_directive) @import
(combinator (identifier) @reference.import)

((identifier) @reference.call . (selector (argument_part)))
((selector (unconditional_assignable_selector (identifier) @reference.call))
  . (selector (argument_part)))
(type_identifier) @reference
(constructor_invocation . (type_identifier) @reference.call)
(argument (identifier) @reference)
(named_argument (identifier) @reference)
(return_statement (identifier) @reference)
(unconditional_assignable_selector (identifier) @reference)
(annotation name: (identifier) @reference.call)
""",
)
