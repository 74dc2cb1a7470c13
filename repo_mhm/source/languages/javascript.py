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
from repo_mhm.source.languages._literals import SCRIPT_LITERALS
from repo_mhm.source.languages._results import SCRIPT_RESULTS
from repo_mhm.source.languages._script_imports import SCRIPT_IMPORTS
from repo_mhm.source.languages._types import SCRIPT_TYPES

LANGUAGE = Language(
    name="javascript",
    grammar="tree_sitter_javascript",
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    filenames=("Jakefile",),
    interpreters=("node", "nodejs", "bun"),
    family=FAMILY,
    comments=COMMENTS,
    strings=STRINGS,
    literals=SCRIPT_LITERALS,
    embedded=EMBEDDED,
    reach="import",
    calls=CallSyntax(may_omit=True),
    methods=METHODS,
    imports=SCRIPT_IMPORTS,
    types=SCRIPT_TYPES,
    results=SCRIPT_RESULTS,
    has_open_fields=True,
    query=SCRIPT + JSX + FIELDS,
)
