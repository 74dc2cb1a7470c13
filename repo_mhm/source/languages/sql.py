"""SQL: what is created, and which tables, views and functions are named."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="sql",
    grammar="tree_sitter_sql",
    suffixes=(".sql", ".ddl", ".psql", ".pgsql"),
    strip='"`[]',
    comments=("comment", "marginalia"),
    strings=("literal",),
    query=r"""
(create_table [(keyword_table) (keyword_exists)] . (object_reference name: (_) @name))
  @definition.table
(create_view [(keyword_view) (keyword_exists)] . (object_reference name: (_) @name))
  @definition.table
(create_materialized_view [(keyword_view) (keyword_exists)] . (object_reference name: (_) @name))
  @definition.table
(create_function [(keyword_function)] . (object_reference name: (_) @name)) @definition.function
(create_trigger (keyword_trigger) . (object_reference name: (_) @name)) @definition.function
(create_type (keyword_type) . (object_reference name: (_) @name)) @definition.type
(create_sequence [(keyword_sequence) (keyword_exists)] . (object_reference name: (_) @name))
  @definition.constant
(create_schema [(keyword_schema) (keyword_exists)] . (identifier) @name) @definition.module
(create_index column: (identifier) @name) @definition.key

(comment) @comment
(marginalia) @comment
(invocation (object_reference name: (identifier) @reference.call))
(object_reference name: (identifier) @reference)
""",
)
