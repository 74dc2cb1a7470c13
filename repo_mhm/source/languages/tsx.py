"""TypeScript with JSX, which has a grammar of its own: `<T>x` means something else in it."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import JSX, SCRIPT, TYPES

LANGUAGE = Language(
    name="tsx",
    grammar="tree_sitter_typescript",
    entry="language_tsx",
    suffixes=(".tsx",),
    strip="\"'",
    query=SCRIPT + JSX + TYPES,
)
