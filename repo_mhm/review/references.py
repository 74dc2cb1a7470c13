"""References: which uses of a name in the new tree mean one definition. Pure.

A name alone says little: other files define the same name, bind it to something else, or call a
method of another class that is called so. So a use counts only when the file shows that it can
hardly mean anything else; doubt counts as no. How much a file shows depends on its language:

- Where imports can be resolved exactly (`traits.Modules`), a use counts when its file imports the
  name from the defining file, directly or through packages that pass it on.
- Elsewhere a use counts when no other file of the tree defines the name, and the use is written as
  the language reaches another file's definitions (`traits.Reach`).
- A member counts behind its class's name, behind the receiver inside the class, and behind any
  name at all if it is unmistakable: long, uncommon, defined once, in a file that names its class.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from repo_mhm.relations.common_names import COMMON_NAMES
from repo_mhm.review.edits import Side
from repo_mhm.review.symbol_changes import Target
from repo_mhm.source.code_tokens import Use, arguments, closing_bracket, uses
from repo_mhm.source.language_traits import Imports, Modules
from repo_mhm.source.languages import Language
from repo_mhm.source.symbols import Symbol

_SHORTEST_NAME = 5
"""Shorter names are too common to mean one definition."""
_MOST_PACKAGES = 3
"""How many packages in a row may pass a name on."""

_ASSIGNED = re.compile(r"[\w$]+\s*(?::[^=\n(),]+)?=(?!=|>)")
_DEFINING_WORD = re.compile(
    r"\b(def|class|func|fn|function|fun|struct|interface|type|const|let|var|enum|trait)\s+\*?\Z"
)

Kind = Literal["call", "import", "name"]


class Reference(NamedTuple):
    """One use that means the target."""

    path: str
    line: int
    end: int
    kind: Kind
    arguments: list[str] | None
    """None where it is not called."""
    is_bound: bool
    """Whether the receiver is not among the arguments, so that they match the parameters."""


class References:
    """Finds references in `sources`, the files of the new tree that have one of the names."""

    def __init__(self, sources: Mapping[str, Side]) -> None:
        self._sources = sources
        self._imports: dict[str, Imports] = {}
        self._definitions: dict[str, list[Symbol]] = defaultdict(list)
        for side in sources.values():
            for symbol in side.symbols:
                self._definitions[symbol.name].append(symbol)

    def to(self, target: Target) -> Iterator[Reference]:
        """Every reference to the target, by path and line."""
        if target.name in target.language.builtins:
            return
        family = _family(target.language)
        for path in sorted(self._sources):
            side = self._sources[path]
            if target.name in side.text and _family(side.language) == family:
                yield from self._in_file(target, side)

    def _in_file(self, target: Target, side: Side) -> Iterator[Reference]:
        modules = target.language.modules
        all_uses = list(uses(side.code, target.name))
        is_rebound = modules is not None and any(
            not use.chain and modules.rebinds(side.code, target.name, use.start) for use in all_uses
        )
        definition_starts = {
            symbol.start_byte
            for symbol in self._definitions[target.name]
            if symbol.path == side.path
        }

        for use in all_uses:
            if (is_rebound and not use.chain) or _is_definition(side, use, definition_starts):
                continue
            if modules is not None:
                kind = self._kind_by_imports(modules, target, side, use)
            else:
                kind = self._kind_by_name(target, side, use)
            if kind:
                yield _reference(target, side, use, kind)

    # By imports

    def _kind_by_imports(
        self, modules: Modules, target: Target, side: Side, use: Use
    ) -> Kind | None:
        """What a use is, if it means the target, in a language with exact imports."""
        module = self._imports_of(modules, side.path).module_at(use.start)
        if module is not None:
            is_plain = not target.container and not use.chain
            offers = is_plain and self._offers(modules, module, side.path, target)
            return "import" if offers else None

        if target.container:
            is_meant = self._is_member(modules, target, side, use)
        elif use.chain:
            is_meant = self._is_in_module(modules, target, side, use)
        elif side.path == target.path:
            is_meant = _is_telling(modules, target, side, use)
        else:
            is_meant = self._is_imported(modules, target, side)
        return _kind(use) if is_meant else None

    def _imports_of(self, modules: Modules, path: str) -> Imports:
        if path not in self._imports:
            side = self._sources.get(path)
            self._imports[path] = modules.imports(side.code if side else "")
        return self._imports[path]

    def _is_in_module(self, modules: Modules, target: Target, side: Side, use: Use) -> bool:
        """Whether the dotted chain before the name leads to the target's module."""
        if use.chain == ".":
            return False
        module = self._imports_of(modules, side.path).module_of(use.chain)
        return bool(module) and self._offers(modules, module, side.path, target)

    def _is_imported(self, modules: Modules, target: Target, side: Side) -> bool:
        """Whether the bare name in this file is the target, by an import."""
        imports = self._imports_of(modules, side.path)
        imported = imports.names.get(target.name)
        if imported is not None:
            module, original = imported
            return original == target.name and self._offers(modules, module, side.path, target)

        has_star = any(
            modules.leads_to(module, side.path, target.path) == "module" for module in imports.stars
        )
        return has_star and not self._is_defined_in(side.path, target.name)

    def _offers(
        self, modules: Modules, module: str, importer: str, target: Target, depth: int = 0
    ) -> bool:
        """Whether `module`, named in `importer`, offers the target under its name."""
        lead = modules.leads_to(module, importer, target.path)
        if lead in ("", "module") or depth > _MOST_PACKAGES:
            return lead == "module"

        package = f"{lead}/{modules.package_file}"
        if package == importer or package not in self._sources:
            return False

        imports = self._imports_of(modules, package)
        imported = imports.names.get(target.name)
        if imported is not None:
            inner, original = imported
            return original == target.name and self._offers(
                modules, inner, package, target, depth + 1
            )
        return any(
            self._offers(modules, star, package, target, depth + 1) for star in imports.stars
        )

    def _is_member(self, modules: Modules, target: Target, side: Side, use: Use) -> bool:
        if use.chain in target.language.methods.receivers:
            return side.path == target.path and _class_at(side, use.line) == target.container

        if use.chain == target.owner or use.chain.endswith(f".{target.owner}"):
            if side.path == target.path:
                return True
            imported = self._imports_of(modules, side.path).names.get(target.owner)
            return imported is not None and bool(
                modules.leads_to(imported[0], side.path, target.path)
            )
        return bool(use.chain) and self._is_unmistakable(target, side, target.owner)

    # By name

    def _kind_by_name(self, target: Target, side: Side, use: Use) -> Kind | None:
        """What a use is, if it means the target, in a language without exact imports."""
        if self._has_namesake(target):
            return None
        if target.container:
            is_meant = self._is_member_by_name(target, side, use)
        elif side.path == target.path:
            is_meant = not use.chain and (use.is_call or target.name.isupper())
        else:
            is_meant = _reaches(target, side, use)
        return _kind(use) if is_meant else None

    def _is_member_by_name(self, target: Target, side: Side, use: Use) -> bool:
        owner = target.owner.rpartition("::")[2]
        if use.chain in target.language.methods.receivers:
            return side.path == target.path
        if use.chain == owner:
            return True
        return bool(use.chain) and use.is_call and self._is_unmistakable(target, side, owner)

    # Definitions

    def _is_unmistakable(self, target: Target, side: Side, owner: str) -> bool:
        """Whether `anything.name` in this file can hardly be another class's member."""
        name = target.name
        if name in COMMON_NAMES or len(name) < _SHORTEST_NAME or self._has_namesake(target):
            return False
        return re.search(rf"\b{re.escape(owner)}\b", side.code) is not None

    def _has_namesake(self, target: Target) -> bool:
        """Whether something else in the tree is defined under the name."""
        own = (target.path, target.qualified)
        return any(
            (symbol.path, symbol.qualified) != own for symbol in self._definitions[target.name]
        )

    def _is_defined_in(self, path: str, name: str) -> bool:
        return any(symbol.path == path for symbol in self._definitions[name])


def _family(language: Language | None) -> str:
    return (language.family or language.name) if language else ""


def _kind(use: Use) -> Kind:
    return "call" if use.is_call else "name"


def _is_telling(modules: Modules, target: Target, side: Side, use: Use) -> bool:
    """Whether the bare name in the target's own file must be the target."""
    if use.is_call or target.name.isupper() or len(target.name) >= _SHORTEST_NAME:
        return True
    line_start = side.code.rfind("\n", 0, use.start) + 1
    return modules.is_base(side.code[line_start : use.start])


def _class_at(side: Side, line: int) -> str:
    """The qualified name of the innermost class that contains a line, or empty."""
    classes = [
        symbol
        for symbol in side.symbols
        if symbol.kind == "class" and symbol.start <= line <= symbol.end
    ]
    innermost = max(classes, key=lambda symbol: symbol.start_byte, default=None)
    return innermost.qualified if innermost else ""


def _reaches(target: Target, side: Side, use: Use) -> bool:
    """Whether a use in another file is written as the language reaches definitions of others."""
    reach = target.language.reach
    folder = PurePosixPath(target.path).parent

    if reach == "package":
        is_same_folder = not use.chain and PurePosixPath(side.path).parent == folder
        return use.chain == folder.name or is_same_folder
    if reach == "import":
        return not use.chain and _has_import(target, side)
    if len(target.name) < _SHORTEST_NAME or use.chain == ".":
        return False
    if reach == "module":
        last = use.chain.rpartition(".")[2]
        return not use.chain or last in {PurePosixPath(target.path).stem, folder.name}
    return not use.chain


def _has_import(target: Target, side: Side) -> bool:
    """Whether a statement of the file names both the target and the target's file."""
    name = re.escape(target.name)
    stem = re.escape(PurePosixPath(target.path).stem)
    path = rf"['\"][^'\"\n]*\b{stem}(?:\.\w+)?['\"]"
    statement = rf"(?:import|export|require)[^;]*\b{name}\b[^;]*?{path}"
    return re.search(statement, side.text) is not None


def _is_definition(side: Side, use: Use, definition_starts: set[int]) -> bool:
    """Whether the name is defined or assigned here rather than used."""
    if _ASSIGNED.match(side.code, use.start) and not use.chain:
        return True
    if _DEFINING_WORD.search(side.code[max(0, use.start - 60) : use.start]):
        return True

    line_start = side.code.rfind("\n", 0, use.start) + 1
    is_first_line = bool(definition_starts) and (
        len(side.text[:line_start].encode()) in definition_starts
    )
    return is_first_line and not use.chain


def _reference(target: Target, side: Side, use: Use, kind: Kind) -> Reference:
    end = use.line
    parts: list[str] | None = None
    if kind == "call":
        parts = arguments(side.code, side.text, use.opening)
        closing = closing_bracket(side.code, use.opening)
        end += side.code.count("\n", use.start, closing)

    is_bound = not target.container or use.chain.rpartition(".")[2] != target.owner
    return Reference(side.path, use.line, end, kind, parts, is_bound)
