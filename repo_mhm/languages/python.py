"""Python."""

from repo_mhm.languages import Language

LANGUAGE = Language(
    name="python",
    grammar="tree_sitter_python",
    suffixes=(".py", ".pyi", ".pyw"),
    filenames=("SConstruct", "SConscript", "wscript"),
    interpreters=("python", "python2", "python3"),
    query=r"""
(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class
""",
)
