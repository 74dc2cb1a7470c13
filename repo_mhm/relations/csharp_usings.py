"""Usings of C#: the static members that a file may name without their class. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import SourceFile
from repo_mhm.source.symbols import Symbol


class StaticUsings:
    """Asks the files of a repository; what its projects open for all is asked once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._used_everywhere: dict[str, bool] = {}

    def named(self, file: SourceFile, name: str) -> Iterator[Symbol]:
        """What `using static Owner;` lets a file of C# name, its own or one of its project."""
        for symbol in self._repository.named(name):
            words = symbol.signature.partition("(")[0].split()
            if "static" not in words or "private" in words or not symbol.path.endswith(".cs"):
                continue
            owner = symbol.container.rpartition(".")[2]
            own = re.compile(rf"\busing\s+static\s+(?:\w+\.)*{re.escape(owner)}\s*;")
            if owner and (own.search(file.code) or self._is_used_everywhere(owner)):
                yield symbol

    def _is_used_everywhere(self, owner: str) -> bool:
        """Whether a project of C# opens a static class for all its files."""
        if owner not in self._used_everywhere:
            name = rf"(?:\w+\.)*{re.escape(owner)}"
            pattern = re.compile(
                rf"\bglobal\s+using\s+static\s+{name}\s*;|<Using\s+Include=\"{name}\"\s+Static="
            )
            files = self._repository.files_with([owner])
            self._used_everywhere[owner] = any(pattern.search(item.text) for item in files)
        return self._used_everywhere[owner]
