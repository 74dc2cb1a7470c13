"""JavaScript and JSX."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import (
    COMMENTS,
    EMBEDDED,
    FAMILY,
    FIELDS,
    JSX,
    METHODS,
    SCRIPT,
    STRINGS,
)

LANGUAGE = Language(
    name="javascript",
    grammar="tree_sitter_javascript",
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    filenames=("Jakefile",),
    interpreters=("node", "nodejs", "bun"),
    family=FAMILY,
    comments=COMMENTS,
    strings=STRINGS,
    embedded=EMBEDDED,
    reach="import",
    calls=CallSyntax(may_omit=True),
    methods=METHODS,
    query=SCRIPT + JSX + FIELDS,
)
