"""Fields: the members of classes that are no symbols, found by their declarations. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from repo_mhm.relations.declarations import Declaration, declarations
from repo_mhm.relations.source_file import CLASS_KINDS, SourceFile
from repo_mhm.source.symbols import Symbol

_WORD_OR_BRACKET = re.compile(
    r"[()\[\]{}]|(?P<receiver>\b(?:self|this|cls)\.)?(?P<name>[A-Za-z_]\w*)"
)


def fields_named(file: SourceFile, name: str) -> list[Symbol]:
    """The fields of this name that the classes of a file declare, each at its first declaration."""
    field_by_class: dict[str, Symbol] = {}
    for owner in file.symbols:
        if owner.kind in CLASS_KINDS and owner.qualified not in field_by_class:
            for offset in _declarations(file, owner, name):
                field_by_class[owner.qualified] = _field(file, owner, name, offset)
                break
    return list(field_by_class.values())


def fields_of(
    file: SourceFile, owner: Symbol, names: Collection[str] | None = None
) -> list[Symbol]:
    """The fields that the lines of a class declare, each at its first declaration, from its top.

    Only those of `names`, where they are given: to look for each takes a millisecond.
    """
    field_by_name: dict[str, Symbol] = {}
    for name in _names_at_member_depth(file, owner):
        if names is not None and name not in names:
            continue
        offset = next(_declarations(file, owner, name), None)
        if offset is not None:
            field_by_name[name] = _field(file, owner, name, offset)
    return sorted(field_by_name.values(), key=lambda field: field.start)


def _names_at_member_depth(file: SourceFile, owner: Symbol) -> Iterator[str]:
    """The names in a class that no further bracket holds or that follow `self.`, in their order."""
    begin, end = file.offset(owner.start), file.offset(owner.end + 1)
    member_depth = 0 if file.family == "python" else 1
    depth = 0
    names: dict[str, None] = {}
    for match in _WORD_OR_BRACKET.finditer(file.code, begin, end):
        token = match[0]
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif file.code.startswith("::", match.end()):
            continue  # `std::string` declares no `std`
        elif match["receiver"] or depth == member_depth:
            names[match["name"]] = None
    yield from names


def _declarations(file: SourceFile, owner: Symbol, name: str) -> Iterator[int]:
    """Where the lines of a class declare the field, the first one first."""
    types = file.language.types if file.language else None
    if types is None:
        return
    begin, end = file.offset(owner.start), file.offset(owner.end + 1)
    if file.code.find(name, begin, end) < 0:
        return
    offsets = []
    for declaration in declarations(file.code, types.fields, name, begin, end):
        is_inside = file.class_at(file.line_at(declaration.start)) == owner
        if is_inside and _is_field(file, owner, declaration):
            offsets.append(declaration.start)
    yield from sorted(offsets)


def _is_field(file: SourceFile, owner: Symbol, declaration: Declaration) -> bool:
    """Whether a declaration inside a class is not that of a variable in one of its methods."""
    function = file.function_at(file.line_at(declaration.start))
    is_in_method = function is not None and function.start > owner.start
    written = file.code[declaration.begin : declaration.start]
    return not is_in_method or written.rstrip().endswith(("self.", "this."))


def _field(file: SourceFile, owner: Symbol, name: str, offset: int) -> Symbol:
    line = file.line_at(offset)
    separator = file.language.separator if file.language else "."
    return Symbol(
        path=file.path,
        name=name,
        qualified=f"{owner.qualified}{separator}{name}",
        kind="constant",
        start=line,
        end=line,
        start_byte=owner.start_byte,
        end_byte=owner.start_byte,
        signature=file.line(line),
        doc="",
        container=owner.qualified,
    )
