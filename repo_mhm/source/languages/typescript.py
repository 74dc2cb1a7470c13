"""TypeScript."""

from repo_mhm.source.languages import Language
from repo_mhm.source.languages._ecmascript import SCRIPT, TYPES

LANGUAGE = Language(
    name="typescript",
    grammar="tree_sitter_typescript",
    entry="language_typescript",
    suffixes=(".ts", ".mts", ".cts"),
    interpreters=("deno", "ts-node", "tsx"),
    strip="\"'",
    query=SCRIPT + TYPES,
)
