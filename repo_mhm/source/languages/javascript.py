"""JavaScript and JSX."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import FIELDS, JSX, SCRIPT

LANGUAGE = Language(
    name="javascript",
    grammar="tree_sitter_javascript",
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    filenames=("Jakefile",),
    interpreters=("node", "nodejs", "bun"),
    query=SCRIPT + JSX + FIELDS,
)
