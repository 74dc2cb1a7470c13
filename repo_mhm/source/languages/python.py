"""Python, with the routes of flask, fastapi and the like, the commands of click and typer, and pytest's tests."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="python",
    grammar="tree_sitter_python",
    suffixes=(".py", ".pyi", ".pyw"),
    filenames=("SConstruct", "SConscript", "wscript"),
    interpreters=("python", "python2", "python3", "pypy", "pypy3"),
    tests="test_",
    decorators={
        **dict.fromkeys(
            "route get post put patch delete head options websocket api_route".split(), "route"
        ),
        **dict.fromkeys("command group callback".split(), "command"),
    },
    query=r"""
(function_definition name: (identifier) @name) @definition.function
(function_definition body: (block . (expression_statement . (string) @doc)))
(class_definition name: (identifier) @name) @definition.class
(class_definition body: (block . (expression_statement . (string) @doc)))
(decorated_definition) @definition.scope
(type_alias_statement left: (type (identifier) @name)) @definition.type

(module . (expression_statement . (string) @doc))
(module (expression_statement (assignment left: (identifier) @name) @definition.constant))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.constant)))

(decorator [
  (attribute attribute: (identifier) @decorator)
  (call function: (attribute attribute: (identifier) @decorator))
])

(comment) @comment
(import_statement name: (dotted_name (identifier) @reference.import .))
(import_from_statement name: (dotted_name (identifier) @reference.import))
(aliased_import name: (dotted_name (identifier) @reference.import .))

(call function: (identifier) @reference.call)
(call function: (attribute attribute: (identifier) @reference.call))
(decorator (identifier) @reference.call)
(decorator (attribute attribute: (identifier) @reference.call))
(argument_list (identifier) @reference)
(argument_list (attribute object: (identifier)? @reference attribute: (identifier) @reference))
(keyword_argument value: (identifier) @reference)
(keyword_argument value: (attribute attribute: (identifier) @reference))
(comparison_operator (attribute object: (identifier)? @reference attribute: (identifier) @reference))
(type (identifier) @reference)
(type (attribute attribute: (identifier) @reference))
(type (binary_operator (identifier) @reference))
(generic_type (identifier) @reference)
(assignment right: (identifier) @reference)
(assignment right: (attribute attribute: (identifier) @reference))
(return_statement (attribute attribute: (identifier) @reference))
(pair value: (identifier) @reference)
(list (identifier) @reference)
(except_clause (identifier) @reference)
(except_clause (as_pattern . (identifier) @reference))
(raise_statement . (identifier) @reference)
""",
)
