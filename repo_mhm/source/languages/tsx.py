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

LANGUAGE = Language(
    name="tsx",
    grammar="tree_sitter_typescript",
    entry="language_tsx",
    suffixes=(".tsx",),
    strip="\"'",
    family=FAMILY,
    comments=COMMENTS,
    strings=STRINGS,
    embedded=EMBEDDED,
    reach="import",
    calls=CallSyntax(),
    methods=METHODS,
    query=SCRIPT + JSX + TYPES,
)
