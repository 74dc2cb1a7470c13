"""Ruby, with the routes of Rails and Sinatra, rake's tasks and the tests of RSpec and Minitest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from repo_mhm.source.language_traits import CallSyntax, Methods, Parameter, Signature
from repo_mhm.source.languages import Language

_NAMED = re.compile(r"(?P<name>[A-Za-z_]\w*):(?!:)\s*(?P<default>.*)", re.DOTALL)
_POSITIONAL = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?:=\s*(?P<default>.+))?", re.DOTALL)


_BASE = re.compile(r"\A\s*class\s+[\w:]+\s*<\s*([A-Z:][\w:]*)[ \t]*$", re.MULTILINE)
_MODULES = re.compile(
    r"^[ \t]+(?:include|extend|prepend)[ \t]+([A-Z:][\w:]*(?:[ \t]*,[ \t]*[A-Z:][\w:]*)*)[ \t]*$",
    re.MULTILINE,
)
_INNER = re.compile(r"^[ \t]+(?:class|module)[ \t]+[A-Z]", re.MULTILINE)


def _bases(code: str) -> Sequence[str]:
    """The class that one inherits from, and the modules it takes in above any class inside."""
    inner = _INNER.search(code, code.find("\n"))
    own = code[: inner.start()] if inner else code
    lists = [*_BASE.findall(own), *_MODULES.findall(own)]
    return [name for names in lists for name in re.findall(r"[\w:]+", names)]


def _parameters(parts: Sequence[str]) -> Signature | None:
    """The parameters of a `def` but its block; None where their order does not tell arguments."""
    parameters: list[Parameter] = []
    for part in parts:
        if part.startswith("**"):
            parameters.append(Parameter(part.lstrip("*"), "options"))
        elif part.startswith("*"):
            parameters.append(Parameter(part.lstrip("*"), "rest"))
        elif named := _NAMED.fullmatch(part):
            parameters.append(Parameter(named["name"], "keyword", named["default"] or None))
        elif plain := _POSITIONAL.fullmatch(part):
            parameters.append(Parameter(plain["name"], "positional", plain["default"]))
        elif not part.startswith("&"):
            return None

    return None if _has_required_behind_other(parameters) else tuple(parameters)


def _has_required_behind_other(parameters: Sequence[Parameter]) -> bool:
    """Whether a required parameter stands behind one that may be left out."""
    slots = [each for each in parameters if each.kind in ("positional", "rest")]
    is_optional = [each.kind == "rest" or each.default is not None for each in slots]
    return is_optional != sorted(is_optional)


LANGUAGE = Language(
    name="ruby",
    grammar="tree_sitter_ruby",
    suffixes=(".rb", ".rake", ".gemspec", ".ru", ".podspec"),
    filenames=(
        "Rakefile",
        "Gemfile",
        "Guardfile",
        "Capfile",
        "Vagrantfile",
        "Podfile",
        "Fastfile",
        "Brewfile",
    ),
    interpreters=("ruby", "jruby", "rake"),
    separator="::",
    strip=":",
    comments=("comment",),
    strings=("string", "string_array", "heredoc_body", "regex", "character", "subshell"),
    embedded=("(interpolation (_) @code)",),
    calls=CallSyntax(
        _parameters,
        exact=True,
        by_name=True,
        argument_name=re.compile(r":?[\"']?([A-Za-z_]\w*)[\"']?(?::(?!:)|\s*=>)"),
        unpacks=("*", "..."),
        makes_hash=True,
        commands=True,
        block="&",
    ),
    bases=_bases,
    methods=Methods(is_implicit=True),
    is_named_by_package=True,
    has_open_fields=True,
    query=r"""
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
(module name: (scope_resolution scope: (_) @container))
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
(class name: (scope_resolution scope: (_) @container))
(method name: (_) @name) @definition.function
(class body: (body_statement (method) @definition.method))
(module body: (body_statement (method) @definition.method))
(singleton_class body: (body_statement (method) @definition.method))
(body_statement (call arguments: (argument_list (method) @definition.method)))
(singleton_method name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
((assignment left: (constant) right: (call receiver: (constant) @_maker)) @definition.class
  (#any-of? @_maker "Struct" "Class" "Data"))
((call method: (identifier) @_accessor
  arguments: (argument_list (simple_symbol) @name @definition.method))
  (#any-of? @_accessor
    "attr_reader" "attr_writer" "attr_accessor" "define_method" "delegate" "scope"))

((method name: (identifier) @_test) @definition.test (#match? @_test "^test_"))
((call
  !receiver method: (identifier) @_verb
  arguments: (argument_list
    . [(string (string_content) @name) (pair key: (string (string_content) @name))]))
  @definition.route
  (#any-of? @_verb "get" "post" "put" "patch" "delete" "match" "root" "namespace" "mount")
    (#match? @name "^/"))
((call
  method: (identifier) @_test
  arguments: (argument_list
    . [(string (string_content) @name) (constant) @name (scope_resolution) @name
       (simple_symbol) @name])
  block: (_)) @definition.test
  (#any-of? @_test "describe" "context" "it" "specify" "test" "scenario" "feature"
    "shared_examples"))
((call
  !receiver method: (identifier) @_task
  arguments: (argument_list . [(simple_symbol) @name (pair key: (hash_key_symbol) @name)])
  block: (_)) @definition.command
  (#eq? @_task "task"))

(comment) @comment
((call !receiver method: (identifier) @_require arguments: (argument_list . (string))) @import
  (#any-of? @_require "require" "require_relative" "load"))

(call method: (identifier) @reference.call)
(call method: (constant) @reference.call)
(constant) @reference
(argument_list (identifier) @reference)
(body_statement (identifier) @reference)
""",
)
