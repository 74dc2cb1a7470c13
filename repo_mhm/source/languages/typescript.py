"""TypeScript."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import (
    COMMENTS,
    EMBEDDED,
    FAMILY,
    METHODS,
    SCRIPT,
    STRINGS,
    TYPES,
)
from repo_mhm.source.languages._literals import SCRIPT_LITERALS
from repo_mhm.source.languages._results import SCRIPT_RESULTS
from repo_mhm.source.languages._script_imports import SCRIPT_IMPORTS
from repo_mhm.source.languages._types import SCRIPT_TYPES

LANGUAGE = Language(
    name="typescript",
    grammar="tree_sitter_typescript",
    entry="language_typescript",
    suffixes=(".ts", ".mts", ".cts"),
    interpreters=("deno", "ts-node", "tsx"),
    strip="\"'",
    family=FAMILY,
    comments=COMMENTS,
    strings=STRINGS,
    literals=SCRIPT_LITERALS,
    embedded=EMBEDDED,
    reach="import",
    calls=CallSyntax(),
    methods=METHODS,
    imports=SCRIPT_IMPORTS,
    types=SCRIPT_TYPES,
    results=SCRIPT_RESULTS,
    overloads="scope",
    query=SCRIPT + TYPES,
)
