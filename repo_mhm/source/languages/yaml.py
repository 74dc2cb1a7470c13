"""YAML: keys of the first two levels of every document."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="yaml",
    grammar="tree_sitter_yaml",
    suffixes=(".yaml", ".yml"),
    filenames=(".clang-format", ".clang-tidy", "CITATION.cff"),
    strip="\"'",
    depth=10,
    comments=("comment",),
    strings=("single_quote_scalar", "double_quote_scalar", "block_scalar"),
    is_data=True,
    query=r"""
(document (block_node (block_mapping (block_mapping_pair key: (flow_node) @name) @definition.key)))
(document (block_node (block_mapping (block_mapping_pair value: [
  (block_node (block_mapping (block_mapping_pair key: (flow_node) @name) @definition.key))
  (flow_node (flow_mapping (flow_pair key: (flow_node) @name) @definition.key))
]))))
(comment) @comment
""",
)
