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
    embedded=EMBEDDED,
    reach="import",
    calls=CallSyntax(),
    methods=METHODS,
    query=SCRIPT + TYPES,
)
