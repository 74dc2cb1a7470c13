"""TOML: tables and their keys."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="toml",
    grammar="tree_sitter_toml",
    suffixes=(".toml",),
    filenames=("Pipfile",),
    strip="\"'",
    comments=("comment",),
    strings=("string",),
    is_data=True,
    query=r"""
(document (pair . (_) @name) @definition.key)
(table . [(bare_key) (quoted_key) (dotted_key)] @name) @definition.key
(table_array_element . [(bare_key) (quoted_key) (dotted_key)] @name) @definition.key
(table (pair . (_) @name) @definition.key)
(comment) @comment
""",
)
