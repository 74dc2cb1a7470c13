"""Names of Rust that cannot mean a definition: private ones, variables, its libraries'. Pure."""

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


def is_in_rust_module(file: SourceFile, symbol: Symbol, position: int) -> bool:
    """Whether a bare name may mean a definition of the same file: not from outside its module.

    What `mod tests` holds is named `tests::name` elsewhere. True in any other language.
    """
    if file.family != "rust" or not symbol.container:
        return True
    if file.code.endswith("::", 0, position):
        return True
    line = file.line_at(position)
    modules = [
        item
        for item in file.symbols
        if item.kind == "module" and item.qualified == symbol.container
    ]
    if not modules or any(item.start <= line <= item.end for item in modules):
        return True
    imported = rf"\buse\s[^;]*\b{re.escape(modules[0].name)}::"
    return re.search(imported, file.code) is not None


def is_rust_variable(file: SourceFile, name: str, position: int) -> bool:
    """Whether a bare name of Rust is a lifetime, or a variable of the function around."""
    if file.code.endswith("'", 0, position):
        return True
    line = file.line_at(position)
    function = file.function_at(line)
    if function is None or function.name == name:
        return False
    word = rf"\b{re.escape(name)}\b"
    binding = (
        rf"\blet\b[^=;{{]*{word}"
        rf"|\bfor\b[^{{;]*{word}[^{{;]*\bin\b"
        rf"|\|[^|\n]*{word}[^|\n]*\|"
        rf"|[(,]\s*(?:mut\s+)?{word}\s*:(?!:)"
        rf"|{word}[^\n=;]*=>"
    )
    before = file.code[file.offset(function.start) : file.offset(line + 1)]
    return re.search(binding, before) is not None
