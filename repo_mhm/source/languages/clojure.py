"""Clojure and ClojureScript.

Its grammar knows only lists: `defn`, `ns` and `deftest` are told apart by name.
"""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="clojure",
    grammar="tree_sitter_language_pack.bindings.clojure",
    suffixes=(".clj", ".cljs", ".cljc", ".edn"),
    interpreters=("bb", "clojure"),
    separator="/",
    comments=("comment", "dis_expr"),
    strings=("str_lit", "regex_lit", "char_lit"),
    query=r"""
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.function
  (#any-of? @_def "defn" "defn-" "defmacro" "defmulti" "defmethod" "definline" "s/defn"
    "defonce-fn"))
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.constant
  (#any-of? @_def "def" "defonce"))
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.class
  (#any-of? @_def "defrecord" "deftype" "defstruct"))
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.type
  (#any-of? @_def "defprotocol" "definterface"))
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.module
  (#eq? @_def "ns"))
((list_lit . value: (sym_lit name: (sym_name) @_def) . value: (sym_lit name: (sym_name) @name))
  @definition.test
  (#eq? @_def "deftest"))
((list_lit . value: (sym_lit name: (sym_name) @_def)
  (list_lit . value: (sym_lit name: (sym_name) @name) . value: (vec_lit)) @definition.method)
  (#any-of? @_def "defprotocol" "defrecord" "deftype" "definterface"))
((list_lit . value: (sym_lit name: (sym_name) @_def)
  . value: (sym_lit) . value: (str_lit) @doc)
  (#any-of? @_def "defn" "defn-" "defmacro" "defmulti" "defprotocol" "ns"))

(comment) @comment
((list_lit . value: (kwd_lit name: (kwd_name) @_require)) @import
  (#any-of? @_require "require" "use" "import"))
(list_lit . value: (sym_lit name: (sym_name) @reference.call))
(sym_lit name: (sym_name) @reference)
""",
)
