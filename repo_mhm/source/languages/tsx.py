"""TypeScript with JSX, which has a grammar of its own: `<T>x` means something else in it."""

from repo_mhm.source.language_traits import CallSyntax
from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import (
    COMMENTS,
    EMBEDDED,
    FAMILY,
    JSX,
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
    name="tsx",
    grammar="tree_sitter_typescript",
    entry="language_tsx",
    suffixes=(".tsx",),
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
    query=SCRIPT + JSX + TYPES,
)
