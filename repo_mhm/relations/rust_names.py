"""Names of Rust that cannot mean a definition: private ones, and those of its libraries. Pure."""

from __future__ import annotations

import re

from repo_mhm.relations.expressions import Chain
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.symbols import Symbol

_LIBRARIES = ("std", "core", "alloc")


def is_private_in_rust(file: SourceFile, symbol: Symbol) -> bool:
    """Whether a definition of Rust is seen only in its own module and those below, not here."""
    if file.family != "rust" or symbol.container or symbol.path == file.path:
        return False
    if symbol.signature.startswith(("pub", "macro_rules")):
        return False
    folder, _, name = symbol.path.rpartition("/")
    stem = name.removesuffix(".rs")
    module = folder if stem in ("mod", "lib", "main") else f"{folder}/{stem}".strip("/")
    return not file.path.startswith(f"{module}/")


def is_of_rust_library(file: SourceFile, name: str, chain: Chain = ()) -> bool:
    """Whether a file of Rust takes a name from its library: `use std::process::Command`."""
    if file.family != "rust":
        return False
    if chain and chain[0].name in _LIBRARIES:
        return True
    libraries = "|".join(_LIBRARIES)
    taken = rf"\buse\s+(?:{libraries})::[^;]*\b{re.escape(name)}\b(?!\s+as\b)[^;]*;"
    return re.search(taken, file.code) is not None
