"""Imports of Rust: `use` and `mod` of a file, and the files of the modules that they name. Pure.

The idea: the tree of modules is the tree of files, so a path such as `crate::store::Table` is
walked from the file that `crate`, `self`, `super` or the name of a crate means, one part after the
other, as long as a file has the part's name. What is left of the path is something inside the last
file. A `use` inside a module that is written in the file itself (`mod tests { use super::*; }`)
begins there, so its `super` is the file. Paths that begin anywhere else lead out of the repository,
and where a crate is both a library and a program, its root alone is in doubt and left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from repo_mhm.relations.records import Import
from repo_mhm.source.repository_paths import RepositoryPaths

_MODULE = re.compile(r"(?m)^[ \t]*(?:pub(?:\([^()\n]{0,80}\))?[ \t]+)?mod[ \t]+(\w+)[ \t]*([;{])")
_USE = re.compile(
    r"(?m)^[ \t]*(?:pub(?:\([^()\n]{0,80}\))?[ \t]+)?use\s+(?P<tree>[\w:{}*,][\w:{}*,\s]{0,4000});"
)
_PACKAGE_NAME = re.compile(r"(?m)^\[(package|lib)\][^\[]*?^name[ \t]*=[ \t]*\"([\w-]+)\"")
_ROOTS = ("lib.rs", "main.rs")
_PROGRAM_FOLDERS = frozenset({"tests", "benches", "examples", "bin"})
"""Folders of a package whose files are crates of their own."""
_RAW = "r#"


def rust_imports(path: str, code: str, paths: RepositoryPaths) -> list[Import]:
    """The `use` and `mod` statements of a file; `code` is its text without comments and strings."""
    file = _File(path, code, _Packages(paths))
    return [*file.declared(), *file.used()]


@dataclass(frozen=True, slots=True)
class _Module:
    """A module: its file, and the folder that its inner modules' files are in."""

    file: str
    folder: str
    is_root: bool = False


class _Packages:
    """The packages of a repository, by folder and by the name that `use` has for them."""

    def __init__(self, paths: RepositoryPaths) -> None:
        self.paths = paths

    @cached_property
    def folder_by_name(self) -> dict[str, str]:
        """The folders of the packages, by the names of their crates."""
        folders: dict[str, str] = {}
        for manifest in self.paths.ending_with("Cargo.toml"):
            for _, name in _PACKAGE_NAME.findall(self.paths.read(manifest)):
                folders.setdefault(name.replace("-", "_"), posixpath.dirname(manifest))
        return folders

    def crate_root(self, path: str) -> _Module | None:
        """The root of the crate that a file belongs to; its file is empty where it is in doubt."""
        folder = posixpath.dirname(path)
        while True:
            if _join(folder, "Cargo.toml") in self.paths:
                return self._root_in(folder, path)
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _root_in(self, package: str, path: str) -> _Module | None:
        inside = path[len(package) + 1 :] if package else path
        parts = inside.split("/")
        if parts[0] == "src" and parts[1:2] != ["bin"]:
            return self.library_or_program(package)
        programs = 2 if parts[:2] == ["src", "bin"] else 1
        if parts[programs - 1] not in _PROGRAM_FOLDERS:
            return None
        if len(parts) == programs + 1:
            return _Module(path, posixpath.dirname(path), is_root=True)
        folder = _join(package, "/".join(parts[: programs + 1]))
        main = f"{folder}/main.rs"
        return _Module(main, folder, is_root=True) if main in self.paths else None

    def library_or_program(self, package: str) -> _Module | None:
        """The root in the `src` of a package."""
        folder = _join(package, "src")
        roots = self.paths.existing(f"{folder}/{name}" for name in _ROOTS)
        return _Module(roots[0] if len(roots) == 1 else "", folder, is_root=True) if roots else None

    def library(self, name: str) -> _Module | None:
        """The root of the library called `name` in `use`."""
        folder = self.folder_by_name.get(name)
        root = _join(folder, "src/lib.rs") if folder is not None else ""
        return _Module(root, posixpath.dirname(root), is_root=True) if root in self.paths else None

    def inner(self, module: _Module, name: str) -> _Module | None:
        """The module of that name that has a file of its own inside a module."""
        stem = _join(module.folder, name)
        files = self.paths.existing([f"{stem}.rs", f"{stem}/mod.rs"])
        return _Module(files[0], stem) if files else None


class _File:
    """One file of Rust."""

    def __init__(self, path: str, code: str, packages: _Packages) -> None:
        self._path = path
        self._code = code
        self._packages = packages

    def declared(self) -> Iterator[Import]:
        """The modules that the file declares and that are files of their own."""
        for match in _MODULE.finditer(self._code):
            if match[2] == "{" or self._own is None or self._inline_at(match.start()):
                continue
            module = self._packages.inner(self._own, match[1])
            if module is not None:
                yield self._import(match.start(1), match[1], module.file)

    def used(self) -> Iterator[Import]:
        """The modules that the file uses, one record for each path of a `use`."""
        for match in _USE.finditer(self._code):
            inline = self._inline_at(match.start())
            for parts in use_paths(match["tree"].rstrip()):
                target = self._target(parts, inline)
                if target and target != self._path:
                    yield self._import(match.start("tree"), "::".join(parts), target)

    def _import(self, offset: int, module: str, target: str) -> Import:
        line = self._code.count("\n", 0, offset) + 1
        code = self._code.split("\n")[line - 1].strip()
        return Import(self._path, line, code, module, (), (target,))

    @cached_property
    def _root(self) -> _Module | None:
        return self._packages.crate_root(self._path)

    @cached_property
    def _own(self) -> _Module | None:
        """The module that the file is."""
        folder, name = posixpath.split(self._path)
        if self._root is None:
            return None
        is_root = self._path == self._root.file
        is_root = is_root or (name in _ROOTS and folder == self._root.folder)
        if is_root:
            return _Module(self._path, self._root.folder, is_root=True)
        return _Module(
            self._path, folder if name == "mod.rs" else posixpath.splitext(self._path)[0]
        )

    def _above(self, module: _Module) -> _Module | None:
        """The module around a file's module."""
        if module.is_root or self._root is None:
            return None
        folder = posixpath.dirname(module.folder)
        if folder == self._root.folder:
            return self._root
        files = self._packages.paths.existing([f"{folder}.rs", f"{folder}/mod.rs"])
        return _Module(files[0], folder) if files else None

    def _target(self, parts: Sequence[str], inline: int) -> str:
        """The file that a path of a `use` leads to; `inline` modules of the file are around it."""
        start, rest = self._start(parts, inline)
        if start is None:
            return ""
        for part in rest:
            inner = self._packages.inner(start, part)
            if inner is None:
                break
            start = inner
        return start.file

    def _start(self, parts: Sequence[str], inline: int) -> tuple[_Module | None, Sequence[str]]:
        """Where a path begins, and the parts that are walked from there."""
        first, rest = parts[0], parts[1:]
        if first == "crate":
            return self._root, rest
        if first in ("self", "super"):
            return self._relative(parts, inline)
        is_own = self._own is not None and not inline and self._packages.inner(self._own, first)
        if is_own:
            return self._own, parts
        return self._packages.library(first), rest

    def _relative(self, parts: Sequence[str], inline: int) -> tuple[_Module | None, Sequence[str]]:
        levels = sum(part == "super" for part in parts)
        rest = [part for part in parts if part not in ("self", "super")]
        if inline and levels < inline:
            return None, ()  # inside the file itself
        module = self._own
        for _ in range(levels - inline):
            module = self._above(module) if module else None
        return module, rest

    @cached_property
    def _inline(self) -> list[tuple[int, int]]:
        """The spans of the modules that are written in the file."""
        return [
            (match.end(), _closing_brace(self._code, match.end()))
            for match in _MODULE.finditer(self._code)
            if match[2] == "{"
        ]

    def _inline_at(self, offset: int) -> int:
        return sum(start <= offset < end for start, end in self._inline)


def use_paths(tree: str) -> list[tuple[str, ...]]:
    """The paths of a `use`, without new names and stars.

    >>> use_paths("crate::{a::B, c::{self, d as e}}")
    [('crate', 'a', 'B'), ('crate', 'c'), ('crate', 'c', 'd')]
    """
    paths: list[tuple[str, ...]] = []
    prefixes: list[tuple[str, ...]] = [()]
    current: tuple[str, ...] = ()
    has_name = False
    skips = False

    def end() -> None:
        if has_name:
            paths.append(
                current if current[-1:] != ("self",) or len(current) == 1 else current[:-1]
            )

    for token in re.findall(r"\w+|::|[{},*]", tree.replace(_RAW, "")):
        if token == "{":
            prefixes.append(current)
            has_name = False
        elif token in ("}", ","):
            end()
            if token == "}" and len(prefixes) > 1:
                prefixes.pop()
            current, has_name, skips = prefixes[-1], False, False
        elif token == "*":
            has_name = bool(current)
        elif token == "as":
            skips = True
        elif token != "::" and not skips:
            current, has_name = (*current, token), True
    end()
    return paths


def _closing_brace(code: str, position: int) -> int:
    """Where the brace that is open at a position closes; the end where it does not."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(code, position):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return match.start()
    return len(code)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
