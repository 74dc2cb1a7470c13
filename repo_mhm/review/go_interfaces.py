"""Go's interfaces: the types of which code says that they have all methods of one. Pure.

Nothing in a type names the interfaces that it satisfies. Whether it must satisfy one shows where it
is passed; `var _ Store = (*Disk)(nil)` says so outright.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from repo_mhm.relations.records import Relative
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import CLASS_KINDS, SourceFile
from repo_mhm.source.symbols import Symbol

_TYPE = r"(?:\(\*(?P<pointer>\w+)\)\(nil\)|&?(?P<value>\w+)\{|new\((?P<new>\w+)\))"


def asserted_types(
    interface: Symbol, relations: Relations, files: Repository
) -> Iterator[Relative]:
    """The types that files assert to satisfy an interface."""
    name = re.escape(interface.name)
    assertion = re.compile(rf"(?m)^[ \t]*(?:var\s+)?_\s+(?P<package>\w+\.)?{name}\s*=\s*{_TYPE}")
    for file in files.files_with([interface.name]):
        for match in assertion.finditer(file.code):
            if not _is_meant(interface, file, relations, is_qualified=bool(match["package"])):
                continue
            written = match["pointer"] or match["value"] or match["new"]
            for symbol in files.named(written):
                if symbol.kind in CLASS_KINDS and dirname(symbol.path) == dirname(file.path):
                    line = relations.definition_line(symbol)
                    code = relations.line(symbol.path, line)
                    yield Relative(symbol.name, symbol.path, line, code, symbol)


def _is_meant(
    interface: Symbol, file: SourceFile, relations: Relations, *, is_qualified: bool
) -> bool:
    """Whether a file means this interface by its name."""
    if not is_qualified:
        return dirname(file.path) == dirname(interface.path)
    return any(interface.path in each.targets for each in relations.imports(file.path))
