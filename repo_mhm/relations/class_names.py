"""Names of classes in PHP and Ruby, which namespaces and modules around them make whole. Pure.

PHP: by its `use` lines and the namespace of its file. Ruby: in each class and module around, from
the innermost, and then at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import CLASS_KINDS, OWNER_KINDS, SourceFile
from repo_mhm.source.symbols import Symbol

_USE = lazy_pattern(r"^use[ \t]+(?!function\b|const\b)([\w\\]+)(\{[^{}]*\}|[^;{}\n]*);", re.M)
_NAMESPACES = lazy_pattern(r"(?m)^[ \t]*(?:<\?php\s+)?namespace[ \t]+[\w\\]")
_QUALIFIER = lazy_pattern(r"[\w\\]*\Z")
_OPEN_USE = lazy_pattern(r"(?m)^use[ \t]+(?:([\w\\]+)\{)?[^;{}()]*\Z")
"""A statement that imports classes, up to where one of them stands."""
_MOST_NAME = 2000
"""Characters before the name of a class in which its statement begins."""
_ALIAS = lazy_pattern(r"([\w\\]+)(?:\s+as\s+(\w+))?")


def class_named(
    repository: Repository, file: SourceFile, owner: Symbol, name: str
) -> Symbol | None:
    """The class that the head or the body of another one names; None for one from elsewhere."""
    if file.language is not None and file.language.name == "php":
        whole = _whole_name(file, name)
        classes = repository.named(whole.rpartition("\\")[2])
        return next((item for item in classes if _is_php_class(repository, item, whole)), None)
    candidates = repository.named(name.rpartition("::")[2])
    owners = [item for item in candidates if item.kind in OWNER_KINDS and item != owner]
    for qualified in _ruby_names(owner, name):
        if match := next((item for item in owners if item.qualified == qualified), None):
            return match
    return None


def php_classes_at(
    repository: Repository, file: SourceFile, name: str, start: int
) -> list[Symbol] | None:
    """The classes that a name means at an offset of a file of PHP.

    None where none is called so, or the file says too little to tell.
    """
    classes = [item for item in repository.named(name) if item.kind in CLASS_KINDS]
    end = start + len(name)
    if not classes or len(_NAMESPACES.findall(file.code)) > 1:
        return None
    qualifier = _QUALIFIER.search(file.code, max(0, start - _MOST_NAME), start)
    begin = qualifier.start() if qualifier else start
    line = file.code[file.code.rfind("\n", 0, begin) + 1 : begin]
    if file.code.startswith("\\", end) or _NAMESPACES.match(line + name):
        return []
    written = file.code[begin:end]
    statement = _OPEN_USE.search(file.code, max(0, begin - _MOST_NAME), begin)
    if statement is not None:
        whole = f"{statement[1] or ''}{written}".strip("\\")
    else:
        whole = _whole_name(file, written)
    return [item for item in classes if _is_php_class(repository, item, whole)]


def _whole_name(file: SourceFile, name: str) -> str:
    """What a file of PHP means by the name of a class."""
    if name.startswith("\\"):
        return name.strip("\\")
    first, slash, rest = name.partition("\\")
    for alias, whole in _imported(file.code):
        if alias == first:
            return f"{whole}{slash}{rest}"
    return f"{file.namespace}\\{name}".strip("\\")


def _imported(code: str) -> Iterator[tuple[str, str]]:
    """The names that `use` lines give to classes from elsewhere, each with the whole name."""
    for statement in _USE.finditer(code):
        begin, rest = statement.groups()
        is_group = rest.startswith("{")
        for match in _ALIAS.finditer(rest.strip("{}") if is_group else f"{begin}{rest}"):
            whole = f"{begin}{match[1]}" if is_group else match[1]
            yield match[2] or whole.rpartition("\\")[2], whole.strip("\\")


def _is_php_class(repository: Repository, symbol: Symbol, whole: str) -> bool:
    namespace = repository.file(symbol.path).namespace or symbol.container.replace("::", "\\")
    return symbol.kind in CLASS_KINDS and f"{namespace}\\{symbol.name}".strip("\\") == whole


def _ruby_names(owner: Symbol, name: str) -> Iterator[str]:
    """The qualified names that a name in a class may stand for, the nearest first."""
    if name.startswith("::"):
        yield name.removeprefix("::")
        return
    around = owner.container
    while around:
        yield f"{around}::{name}"
        around = around.rpartition("::")[0]
    yield name
