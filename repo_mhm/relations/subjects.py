"""What the subject of a question means: a name, a line, a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from repo_mhm.relations.narrowing import assigned_owner
from repo_mhm.relations.repository import Repository
from repo_mhm.source.symbols import Symbol

_LINE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?:-\d+)?\Z")
_SEPARATORS = re.compile(r"::|#|->|/(?=\w+\Z)")
PACKAGE_STEMS = frozenset({"__init__", "index", "mod", "lib"})
"""Names of the files that stand for their folder."""
_MODULE_ENDINGS = (".py", "/__init__.py", ".ts", ".js", ".tsx", ".java", ".go", ".c", ".h")


class Subjects:
    """Finds what subjects mean in one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def symbols(self, subject: str) -> list[Symbol]:
        """The symbols that a subject means, highest rank first; none where it means nothing.

        A subject is a name, a qualified name or the end of one, or a line (`path:12`), which means
        the innermost definition around it.
        """
        line = _LINE.fullmatch(subject)
        if line:
            return self._at_line(line["path"], int(line["line"]))
        parts = [part for part in _SEPARATORS.sub(".", subject.strip("()")).split(".") if part]
        if not parts:
            return []
        name = parts[-1]
        symbols = (
            self._repository.named(name)
            # A private member of JavaScript.
            or self._repository.named(f"#{name}")
            or self._repository.add_fields(name)
        )
        return [symbol for symbol in symbols if self._is_qualified(symbol, parts[:-1])]

    def files(self, subject: str) -> list[str]:
        """The files that a subject means: a path, the end of one, or a dotted module."""
        subject = subject.removeprefix("./").rstrip("/")
        paths = self._repository.paths
        if subject in paths:
            return [subject]
        if matches := paths.ending_with(subject):
            return matches
        stem = subject.replace(".", "/")
        endings = [f"{stem}{end}" for end in _MODULE_ENDINGS]
        return [path for ending in endings for path in paths.ending_with(ending)]

    def _at_line(self, path: str, line: int) -> list[Symbol]:
        around = (self._repository.file(candidate).user_at(line) for candidate in self.files(path))
        return next(([symbol] for symbol in around if symbol), [])

    def _is_qualified(self, symbol: Symbol, qualifiers: Sequence[str]) -> bool:
        """Whether the qualifiers are the end of a symbol's containers, or of its module's path."""
        if not qualifiers:
            return True
        containers = [part for part in _SEPARATORS.sub(".", symbol.container).split(".") if part]
        module = symbol.path.rpartition(".")[0].split("/")
        if module[-1] in PACKAGE_STEMS:
            module = module[:-1]
        folders = symbol.path.split("/")[:-1]
        scopes = [containers, module + containers, folders]
        if not containers:
            scopes.append([assigned_owner(self._repository.file(symbol.path), symbol)])
        wanted = list(qualifiers)
        return any(scope[-len(wanted) :] == wanted for scope in scopes)
