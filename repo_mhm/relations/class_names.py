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

_USE = lazy_pattern(r"^[ \t]*use[ \t]+(?!function\b|const\b)([\w\\]+)(\{[^{}]*\}|[^;{}\n]*);", re.M)
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
