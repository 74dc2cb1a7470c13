"""Finds where calls may enter the code: programs, commands, routes, the API. Reads the store."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repo_mhm.memory.values import is_public
from repo_mhm.pages.entry_points import Candidate, EntryPoints
from repo_mhm.pages.map_page import EntryPoint
from repo_mhm.pages.package_metadata import Script
from repo_mhm.relations.records import Callee
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import CALLABLE_KINDS
from repo_mhm.source import languages as source_languages
from repo_mhm.source.symbols import Symbol

MOST_CANDIDATES = 60
"""Public functions among which entry points of a library are looked for."""
_README_CODE = re.compile(
    r"(?m)^ *```[^\n]*\n(?:(?! *```)[^\n]*\n)*|(?:^(?: {4}|\t)[^\n]*\n)+|`[^`\n]+`"
)
_README_CALL = re.compile(r"\b([A-Za-z_]\w{2,80})\(")
_README_CHARACTERS = 40_000
_SCRIPT_ENDINGS = (".py", ".js", ".ts", ".mjs", ".cjs", ".tsx")
"""Languages in which any file may have a function called `main`."""
_MAIN_FILE = re.compile(r"(^|/)((__)?main(__)?|cli|app|server|manage)\.\w+$|(^|/)(bin|cmd)/")
_ENTRY_KINDS = {"command": "command", "route": "route"}


@dataclass(frozen=True, slots=True)
class EntryLookup:
    """What entry points are looked for in."""

    repository: Repository
    relations: Relations
    languages: Mapping[str, str]
    """The language of each file, by path."""
    scripts: Sequence[Script]
    symbols: Sequence[Symbol]
    """Those of the source, in their order."""
    valued: Sequence[tuple[float, Symbol]]
    """Those worth naming, with their values."""
    readme: str

    def entry_points(self) -> tuple[EntryPoint, ...]:
        """The entry points that a reader should begin with."""
        finder = EntryPoints(self.relations.callees, self._is_sure)
        return finder.of([*self._scripts(), *self._declared_entries(), *self._library_entries()])

    def _is_sure(self, caller: Symbol, callee: Callee) -> bool:
        """Whether a call surely means its target.

        Where types are not read, a method behind a receiver other than its own object may be any
        other's of the name, those of the language's library included.
        """
        language = self.languages.get(caller.path)
        if language is None or source_languages.by_name(language).types is not None:
            return True
        receiver, _, name = callee.name.rpartition(".")
        if f".{name}" not in callee.code:
            return True
        is_own = callee.targets[0].container == caller.container
        return is_own and receiver in source_languages.by_name(language).methods.receivers

    def _scripts(self) -> Iterable[Candidate]:
        """The programs that the package's metadata installs, where a function can be told."""
        for script in self.scripts:
            for symbol in self._symbols_of(script.target):
                yield Candidate("script", script.name, symbol, script.location)

    def _symbols_of(self, target: str) -> list[Symbol]:
        """The function that `package.module:name` means."""
        module, _, name = target.partition(":")
        ending = module.replace(".", "/")
        files = self.repository.paths
        paths = [*files.ending_with(f"{ending}.py"), *files.ending_with(f"{ending}/__init__.py")]
        for path in paths:
            symbols = [item for item in self.repository.file(path).symbols if item.name == name]
            if symbols:
                return symbols[:1]
        return []

    def _declared_entries(self) -> Iterable[Candidate]:
        """Functions called `main`, commands and routes."""
        for symbol in self.symbols:
            if symbol.name == "main" and symbol.kind in CALLABLE_KINDS:
                is_shown = not symbol.path.endswith(_SCRIPT_ENDINGS) or bool(
                    _MAIN_FILE.search(symbol.path)
                )
                yield Candidate("main", symbol.path, symbol, symbol.location, is_shown)
        for symbol in self.symbols:
            if symbol.kind in _ENTRY_KINDS:
                kind = _ENTRY_KINDS[symbol.kind]
                yield Candidate(kind, symbol.qualified, symbol, symbol.location)

    def _library_entries(self) -> list[Candidate]:
        """What code elsewhere uses: what the README shows, and the most valuable functions."""
        valued = [item for item in self.valued if is_public(item[1])]
        valued.sort(key=lambda item: (-item[0], item[1]))
        symbols = [symbol for _, symbol in valued]
        shown = self._shown_in_readme(symbols)
        functions = [symbol for symbol in symbols if symbol.kind in ("function", "method")]
        chosen = dict.fromkeys([*shown, *functions[:MOST_CANDIDATES]])
        return [
            Candidate("API", symbol.qualified, symbol, symbol.location, symbol in shown)
            for symbol in chosen
        ]

    def _shown_in_readme(self, symbols: Sequence[Symbol]) -> set[Symbol]:
        """The functions and classes that code of the README calls, where one alone has the name."""
        code = "\n".join(
            match[0] for match in _README_CODE.finditer(self.readme[:_README_CHARACTERS])
        )
        words = set(_README_CALL.findall(code))
        by_name: dict[str, list[Symbol]] = defaultdict(list)
        for symbol in symbols:
            if symbol.name in words and symbol.kind in ("function", "method", "class"):
                by_name[symbol.name].append(symbol)
        return {
            namesakes[0]
            for namesakes in by_name.values()
            if len({(item.path, item.container) for item in namesakes}) == 1
        }
