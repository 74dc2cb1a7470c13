"""SQL and its dialects: what is created, and which tables, views and functions are named."""

import re

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.source.languages import Language

_NAME = rb"(?:\[[^\]\n]{1,128}\]|\"[^\"\n]{1,128}\"|`[^`\n]{1,128}`|[A-Za-z_][\w$#@]{0,127})"
_HEADS = lazy_pattern(
    rb"^[ \t]*(?P<head>(?:CREATE|ALTER(?=[ \t\r\n]+[PFV]))[ \t\r\n]+"
    rb"(?:OR[ \t]+(?:ALTER|REPLACE)[ \t\r\n]+)?"
    rb"(?:(?:UNIQUE|CLUSTERED|NONCLUSTERED|GLOBAL|TEMPORARY|TEMP|MATERIALIZED|EDITIONABLE|PUBLIC"
    rb"|EXTERNAL)[ \t]+){0,3}"
    rb"(?P<kind>PROCEDURE|PROC|FUNCTION|TRIGGER|PACKAGE|SCHEMA|TABLE|VIEW|TYPE|SEQUENCE|SYNONYM"
    rb"|INDEX)[ \t\r\n]+(?:BODY[ \t]+)?(?:IF[ \t]+NOT[ \t]+EXISTS[ \t]+)?"
    rb"(?P<name>" + _NAME + rb"(?:[ \t]*\.[ \t]*" + _NAME + rb"){0,3}))",
    re.MULTILINE | re.IGNORECASE,
)
"""Definitions of T-SQL, PL/SQL and other dialects; `ALTER` counts for what has a body."""

LANGUAGE = Language(
    name="sql",
    grammar="tree_sitter_sql",
    suffixes=(".sql", ".ddl", ".psql", ".pgsql"),
    strip='"`[] ',
    heads=_HEADS,
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
