"""References: which uses of a name in the new tree mean one definition. Doubt counts as no.

A same-named method elsewhere is no caller, and neither is a name that a file binds to something else.
"""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from repo_mhm.review.code import Use, closing, inside, uses
from repo_mhm.review.edits import Side, Target
from repo_mhm.review.imports import Imports, leads
from repo_mhm.review.imports import read as read_imports
from repo_mhm.source.symbols import Symbol

_FAMILIES = {"typescript": "javascript", "tsx": "javascript", "cpp": "c"}
_BUILTIN_TYPES = (str, bytes, int, float, list, dict, set, tuple, object, type, Exception, property)
COMMON = frozenset(name for kind in _BUILTIN_TYPES for name in dir(kind)) | frozenset(
    "add all append apply assign bind build call close connect create data delete do each emit execute fetch file "
    "filter find first flush forEach get getattr handle has init is isEmpty key last length list load log map match "
    "merge name new next on open parse push put read reduce remove render request reset resolve run save send set size "
    "start stop submit test then toString type update value wait with write json text info debug error warning".split()
)
"""Method names that too much in the world has for one definition in the repository to claim a use."""
_SHORTEST = 5
_LONGEST_PARAMETERS = 2000


class Reference(NamedTuple):
    """One use that means the target. `arguments` is None where it is not called."""

    path: str
    line: int
    end: int
    kind: str
    """`call`, `import` or `name`."""
    arguments: list[str] | None
    bound: bool
    """Whether the call's first argument is already given, so that arguments and parameters match up."""


class References:
    """Finds references in `sources`, the files of the new tree that say one of the names in question."""

    def __init__(self, sources: Mapping[str, Side]) -> None:
        self._sources = sources
        self._imports: dict[str, Imports] = {}
        self._defined: dict[str, list[Symbol]] = defaultdict(list)
        for side in sources.values():
            for symbol in side.symbols:
                self._defined[symbol.name].append(symbol)

    def to(self, target: Target) -> Iterator[Reference]:
        """Every reference to the target, by path and line."""
        family = _family(target.language)
        if target.language == "python" and target.name in dir(builtins):
            return
        for path in sorted(self._sources):
            side = self._sources[path]
            if target.name not in side.text or _family(side.language) != family:
                continue
            resolve = self._python if family == "python" else self._other
            defined_at = {one.start_byte for one in self._defined[target.name] if one.path == path}
            found = list(uses(side.code, target.name))
            bound = family == "python" and any(_binds(side.code, target.name, use) for use in found)
            for use in found:
                if (bound and not use.chain) or _is_definition(side, use, defined_at):
                    continue
                if kind := resolve(target, side, use):
                    yield _reference(target, side, use, kind)

    def imports(self, path: str) -> Imports:
        """The imports of one of the sources."""
        if path not in self._imports:
            side = self._sources.get(path)
            self._imports[path] = read_imports(side.code if side else "")
        return self._imports[path]

    def _python(self, target: Target, side: Side, use: Use) -> str:
        imports = self.imports(side.path)
        module = imports.module_at(use.start)
        if module is not None:
            top = not target.container and not use.chain
            return "import" if top and self._is(module, side.path, target) else ""
        kind = "call" if use.called >= 0 else "name"
        if target.container:
            return kind if self._method(target, side, use) else ""
        if not use.chain:
            if side.path == target.path:
                telling = target.name.isupper() or len(target.name) >= _SHORTEST
                return kind if use.called >= 0 or telling or _is_base(side, use) else ""
            local = imports.names.get(target.name)
            if local is not None:
                return (
                    kind
                    if local[1] == target.name and self._is(local[0], side.path, target)
                    else ""
                )
            starred = any(leads(star, side.path, target.path) == "module" for star in imports.stars)
            return kind if starred and not self._defines(side.path, target.name) else ""
        module = imports.module_of(use.chain) if use.chain != "." else ""
        return kind if module and self._is(module, side.path, target) else ""

    def _is(self, module: str, importer: str, target: Target, depth: int = 0) -> bool:
        """Whether `module`, named in `importer`, offers the target under its name."""
        found = leads(module, importer, target.path)
        if found in ("", "module") or depth > 3:
            return found == "module"
        package = f"{found}/__init__.py"
        if package == importer or package not in self._sources:
            return False
        imports = self.imports(package)
        local = imports.names.get(target.name)
        if local is not None:
            return local[1] == target.name and self._is(local[0], package, target, depth + 1)
        return any(self._is(star, package, target, depth + 1) for star in imports.stars)

    def _method(self, target: Target, side: Side, use: Use) -> bool:
        owner = target.container.rpartition(".")[2]
        if use.chain in {"self", "cls"}:
            around = [
                one for one in side.symbols if one.kind == "class" and one.start <= use.line <= one.end
            ]  # fmt: skip
            inner = max(around, key=lambda one: one.start_byte, default=None)
            return (
                side.path == target.path
                and inner is not None
                and inner.qualified == target.container
            )
        if use.chain == owner or use.chain.endswith(f".{owner}"):
            local = self.imports(side.path).names.get(owner)
            return side.path == target.path or (
                local is not None and bool(leads(local[0], side.path, target.path))
            )  # fmt: skip
        return bool(use.chain) and self._unmistakable(target, side, owner)

    def _unmistakable(self, target: Target, side: Side, owner: str) -> bool:
        """Whether `anything.name` in this file can hardly be another's: nothing else defines it, its class is named."""
        name = target.name
        if name in COMMON or len(name) < _SHORTEST or any(
            (one.path, one.qualified) != (target.path, target.qualified) for one in self._defined[name]
        ):  # fmt: skip
            return False
        return re.search(rf"\b{re.escape(owner)}\b", side.code) is not None

    def _other(self, target: Target, side: Side, use: Use) -> str:
        kind = "call" if use.called >= 0 else "name"
        if any(
            (one.path, one.qualified) != (target.path, target.qualified)
            for one in self._defined[target.name]
        ):
            return ""
        if target.container:
            owner = target.container.rpartition(".")[2].rpartition("::")[2]
            if use.chain in {"this", "self", "Self", "$this"}:
                return kind if side.path == target.path else ""
            if use.chain == owner:
                return kind
            return (
                kind
                if use.chain and self._unmistakable(target, side, owner) and use.called >= 0
                else ""
            )
        if side.path == target.path:
            return kind if not use.chain and (use.called >= 0 or target.name.isupper()) else ""
        return kind if self._reaches(target, side, use) else ""

    def _reaches(self, target: Target, side: Side, use: Use) -> bool:
        stem = PurePosixPath(target.path).stem
        folder = PurePosixPath(target.path).parent
        if target.language == "go":
            return use.chain == folder.name or (
                not use.chain and PurePosixPath(side.path).parent == folder
            )
        if _family(target.language) == "javascript":
            name = re.escape(target.name)
            line = rf"(?:import|export|require)[^;]*\b{name}\b[^;]*?['\"][^'\"\n]*\b{re.escape(stem)}(?:\.\w+)?['\"]"
            return not use.chain and re.search(line, side.text) is not None
        if len(target.name) < _SHORTEST or use.chain == ".":
            return False
        if target.language == "rust":
            return not use.chain or use.chain.rpartition(".")[2] in {stem, folder.name}
        return not use.chain

    def _defines(self, path: str, name: str) -> bool:
        return any(one.path == path for one in self._defined[name])


def _family(language: str) -> str:
    return _FAMILIES.get(language, language)


def _is_definition(side: Side, use: Use, starts: set[int]) -> bool:
    before = side.code[max(0, use.start - 60) : use.start]
    if _ASSIGNED.match(side.code, use.start) and not use.chain:
        return True
    if re.search(
        r"\b(def|class|func|fn|function|fun|struct|interface|type|const|let|var|enum|trait)\s+\*?\Z",
        before,
    ):
        return True
    line_start = side.code.rfind("\n", 0, use.start) + 1
    return bool(starts) and len(side.text[:line_start].encode()) in starts and not use.chain


_ASSIGNED = re.compile(r"[\w$]+\s*(?::[^=\n(),]+)?=(?!=|>)")
_LOOP = re.compile(r"\b(?:for|as|nonlocal|lambda)\s+(?:[\w*]+\s*,\s*)*\Z")
_STATEMENT = re.compile(r"(?:\A|[;\n])[ \t]*(?:\w+\s*[,=]\s*)*\Z")
_TARGET = re.compile(r"[\w$]+(?:\s*,\s*\w+)*\s*(?::[^=\n()]+)?=(?!=)")
_DEFINITION = re.compile(r"\bdef\s+\w+\s*\Z")
_PARAMETER = re.compile(r"[(,*]\s*\Z")


def _binds(code: str, name: str, use: Use) -> bool:
    """Whether a use in a Python file makes the name something of that file's own: a variable, a parameter."""
    if use.chain:
        return False
    before = code[max(0, use.start - 120) : use.start]
    if re.search(r"\bglobal\s[^\n]*\Z", before) or _LOOP.search(before):
        return True
    if not name.isupper() and _TARGET.match(code, use.start) and _STATEMENT.search(before):
        return True
    return bool(_PARAMETER.search(before)) and _is_parameter(code, use.start)


def _is_parameter(code: str, at: int) -> bool:
    """Whether what stands here is directly inside the parentheses of a `def`."""
    depth = 0
    for position in range(at - 1, max(-1, at - _LONGEST_PARAMETERS), -1):
        char = code[position]
        depth += (char in ")]}") - (char in "([{")
        if depth < 0:
            return _DEFINITION.search(code, max(0, position - 200), position) is not None
    return False


def _is_base(side: Side, use: Use) -> bool:
    """Whether the name stands in a class's bases or as a decorator."""
    line = side.code[side.code.rfind("\n", 0, use.start) + 1 : use.start]
    return bool(re.match(r"\s*(class\s+\w+\s*\(|@\Z)", line))


def _reference(target: Target, side: Side, use: Use, kind: str) -> Reference:
    arguments = inside(side.code, side.text, use.called) if kind == "call" else None
    end = (
        use.line + side.code.count("\n", use.start, closing(side.code, use.called))
        if kind == "call"
        else use.line
    )
    owner = target.container.rpartition(".")[2]
    bound = not target.container or use.chain.rpartition(".")[2] != owner
    return Reference(side.path, use.line, end, kind, arguments, bound)
