"""Bases that the repository does not define: which classes name them, and how surely. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.records import Relative
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import CLASS_KINDS, SourceFile


def classes_with_outside_base(
    repository: Repository, hierarchy: Hierarchy, subject: str
) -> list[Relative]:
    """The classes with a base of this name, plain or qualified, that no file here defines.

    A class is certain whose file writes or imports the base by the whole subject; others share only
    its last part.
    """
    written = subject.replace("::", ".")
    files = repository.files_with([_last_part(written)])
    return [item for file in files for item in _classes_in(file, hierarchy, written)]


def _classes_in(file: SourceFile, hierarchy: Hierarchy, subject: str) -> Iterator[Relative]:
    for symbol in file.symbols:
        if symbol.kind not in CLASS_KINDS:
            continue
        for base in hierarchy.bases(symbol):
            imported = _imported_name(file, base.name)
            is_namesake = _last_part(imported or base.name) == _last_part(subject)
            if base.symbol is not None or not is_namesake:
                continue
            is_certain = any(_ends_with(name, subject) for name in (base.name, imported))
            yield replace(base, name=symbol.qualified, symbol=symbol, by_name_only=not is_certain)
            break


def _imported_name(file: SourceFile, written: str) -> str:
    """The whole name of what a file calls `written`, by its imports; empty where none has it."""
    first, dot, rest = written.partition(".")
    for statement in file.statements:
        if statement.is_export:
            continue
        if statement.local == first:
            return f"{statement.module}{dot}{rest}"
        for original, local in statement.names:
            if local == first:
                whole = statement.module
                # Java's imports end with the name itself.
                if not _ends_with(whole, original):
                    whole = f"{whole}.{original}"
                return f"{whole}{dot}{rest}"
    return ""


def _ends_with(name: str, ending: str) -> bool:
    return name == ending or name.endswith((f".{ending}", f"/{ending}"))


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]
