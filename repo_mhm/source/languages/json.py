"""JSON: keys of the first two levels."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="json",
    grammar="tree_sitter_json",
    suffixes=(".json", ".jsonc", ".json5", ".webmanifest", ".geojson"),
    filenames=(".babelrc", ".eslintrc", ".prettierrc"),
    depth=4,
    comments=("comment",),
    strings=("string",),
    is_data=True,
    query=r"""
(document (object (pair key: (string . (string_content) @name)) @definition.key))
(document
  (object (pair value: (object (pair key: (string . (string_content) @name)) @definition.key))))
(comment) @comment
""",
)
