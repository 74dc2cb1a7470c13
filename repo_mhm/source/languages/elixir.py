"""Elixir, with Phoenix's routes and ExUnit's tests.

Its grammar knows only calls: `def`, `defmodule` and `test` are told apart by name.
"""

import re
from collections.abc import Sequence

from repo_mhm.source.language_traits import CallSyntax, Parameter, Signature
from repo_mhm.source.languages import Language

_KEYWORD = re.compile(r"[a-z_]\w*[?!]?:(?!:)")


def _parameters(parts: Sequence[str]) -> Signature | None:
    """The patterns of one clause; None where commas in binaries or keywords confuse them."""
    parameters: list[Parameter] = []
    for part in parts:
        if "<<" in part or ">>" in part or _KEYWORD.match(part):
            return None
        pattern, default_mark, default = part.partition("\\\\")
        name = " ".join(pattern.split())
        parameters.append(Parameter(name, "positional", default.strip() if default_mark else None))
    # Arguments go to those without a default first.
    return tuple(sorted(parameters, key=lambda parameter: parameter.default is not None))


LANGUAGE = Language(
    name="elixir",
    grammar="tree_sitter_elixir",
    suffixes=(".ex", ".exs"),
    interpreters=("elixir", "iex"),
    bodies=("do_block",),
    comments=("comment",),
    strings=("string", "charlist", "sigil", "char"),
    embedded=("(interpolation (_) @code)",),
    calls=CallSyntax(
        _parameters,
        keyword=r"(?:\bdef\w*|@(?:macro)?callback)\s+",
        exact=True,
        by_name=True,
        argument_name=re.compile(r"([A-Za-z_]\w*[?!]?):(?!:)"),
        makes_hash=True,
        commands=True,
        pipe="|>",
        block_behind=re.compile(r"[ \t]+do\b"),
    ),
    overloads="scope",
    is_named_by_package=True,
    query=r"""
((call target: (identifier) @_def (arguments . (alias) @name) (do_block)) @definition.module
  (#any-of? @_def "defmodule" "defprotocol"))
((call target: (identifier) @_def (arguments . (alias) @name) (do_block)) @definition.scope
  (#eq? @_def "defimpl"))
((call
  target: (identifier) @_def
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "when")
  ])) @definition.function
  (#any-of? @_def
    "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn" "defnp"))
((unary_operator
  operator: "@"
  operand: (call target: (identifier) @name (arguments))) @definition.constant
  (#not-match? @name "^((module|type|)doc|spec|typep?|opaque|(macro)?callback|impl|behaviour)$")
  (#not-match? @name "^((module|describe|)tag|derive|deprecated|since|dialyzer)$")
  (#not-match? @name "^((before_|after_|)compile|enforce_keys|optional_callbacks)$"))
((unary_operator operator: "@" operand: (call
  target: (identifier) @_type
  (arguments
    (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "::"))))
  @definition.type
  (#any-of? @_type "type" "typep" "opaque"))
((unary_operator operator: "@" operand: (call
  target: (identifier) @_callback
  (arguments
    (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "::"))))
  @definition.function
  (#any-of? @_callback "callback" "macrocallback"))

((call target: (identifier) @_verb (arguments . (string (quoted_content) @name) . (_)))
  @definition.route
  (#any-of? @_verb "get" "post" "put" "patch" "delete" "head" "options" "live" "forward"
    "resources")
  (#match? @name "^/"))
((call target: (identifier) @_test (arguments . (string (quoted_content) @name)) (do_block))
  @definition.test
  (#any-of? @_test "test" "describe" "property"))

(comment) @comment
((unary_operator operator: "@"
  operand: (call target: (identifier) @_doc (arguments (string)))) @comment
  (#any-of? @_doc "doc" "typedoc"))
((unary_operator operator: "@" operand: (call target: (identifier) @_doc (arguments (string) @doc)))
  (#eq? @_doc "moduledoc"))
((unary_operator operator: "@" operand: (call target: (identifier) @_spec)) @attribute
  (#any-of? @_spec "spec" "impl" "tag" "deprecated"))
((call target: (identifier) @_import (arguments . [(alias) @reference.import (dot)])) @import
  (#any-of? @_import "alias" "import" "use" "require"))

(call target: (identifier) @reference.call)
(call target: (dot right: (identifier) @reference.call))
(binary_operator operator: "|>" right: (identifier) @reference.call)
(unary_operator operator: "@" operand: (identifier) @reference)
(unary_operator operator: "&" operand: (binary_operator left: (identifier) @reference))
(unary_operator operator: "&"
  operand: (binary_operator left: (call target: (dot right: (identifier) @reference))))
(alias) @reference
""",
)
