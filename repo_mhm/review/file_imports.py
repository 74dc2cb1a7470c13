"""File imports: statements that load a file by its path, in languages without modules to resolve.

The idea: such a statement names few paths that it may mean. It is broken where a file that is gone
is one of them, and the tree has none of the others. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath

from repo_mhm.relations.repository import Repository
from repo_mhm.relations.source_file import SourceFile

_CRATE_ROOTS = frozenset({"mod", "lib", "main"})
"""Stems of the files of Rust whose modules lie beside them, and not in a folder of their name."""

_OWN_PATH = re.compile(r"\s*#\[[^\n]*\bpath\s*=")
"""An attribute of Rust above a module that says where it is."""


def _ruby_paths(importer: str, module: str) -> list[str]:
    suffix = "" if module.endswith(".rb") else ".rb"
    return [_beside(importer, f"{module}{suffix}")]


def _rust_paths(importer: str, module: str) -> list[str]:
    folder, stem = dirname(importer), PurePosixPath(importer).stem
    # Each file of tests, examples and binaries is a crate of its own, with its modules beside it.
    folders = [folder] if stem in _CRATE_ROOTS else [join(folder, stem), folder]
    return [join(base, end) for base in folders for end in (f"{module}.rs", f"{module}/mod.rs")]


def _paths_beside(importer: str, module: str) -> list[str]:
    return [_beside(importer, module)]


def _beside(importer: str, path: str) -> str:
    return normpath(join(dirname(importer), path.lstrip("/")))


@dataclass(frozen=True, slots=True)
class _Statement:
    """How a language loads a file."""

    pattern: re.Pattern[str]
    """Its `keyword` stands in code; `module` is what it loads."""
    paths: Callable[[str, str], Sequence[str]]
    """The files that `(importer, module)` may mean."""


_STATEMENTS = {
    "ruby": _Statement(
        re.compile(r"""\b(?P<keyword>require_relative)\s*\(?\s*["'](?P<module>[^"'#{}\n]+)["']"""),
        _ruby_paths,
    ),
    "rust": _Statement(
        re.compile(r"(?<![\w\"])(?P<keyword>mod)\s+(?P<module>[a-z_]\w*)\s*;"), _rust_paths
    ),
    "php": _Statement(
        re.compile(
            r"""\b(?P<keyword>(?:require|include)(?:_once)?)\s*\(?\s*__DIR__\s*\.\s*"""
            r"""["'](?P<module>/[^"'$\n]+)["']"""
        ),
        _paths_beside,
    ),
    "bash": _Statement(
        re.compile(
            r"""(?m)^[ \t]*(?P<keyword>source|\.)[ \t]+["']?"""
            r"""(?:\$\(dirname "?\$(?:0|\{BASH_SOURCE\[0\]\}|BASH_SOURCE)"?\)"?/)"""
            r"""(?P<module>[\w./-]+)"""
        ),
        _paths_beside,
    ),
}
"""By the name of the language."""


def broken_loads(path: str, language: str, new: Repository) -> Iterator[tuple[str, int]]:
    """The lines of the tree after the change that load a file which is gone from it."""
    statement = _STATEMENTS.get(language)
    if statement is None:
        return
    stem = PurePosixPath(path).stem
    word = PurePosixPath(path).parent.name if stem == "mod" else stem
    for file in new.files_with([word]):
        if file.language is not None and file.language.name == language:
            yield from ((file.path, line) for line in _lines(file, statement, path, new))


def _lines(file: SourceFile, statement: _Statement, path: str, new: Repository) -> Iterator[int]:
    for match in statement.pattern.finditer(file.text):
        is_code = file.code.startswith(match["keyword"], match.start("keyword"))
        paths = statement.paths(file.path, match["module"])
        is_left = any(other in new.paths for other in paths)
        line = file.line_at(match.start("keyword"))
        has_own_path = line > 1 and _OWN_PATH.match(file.line(line - 1)) is not None
        if is_code and path in paths and not is_left and not has_own_path:
            yield line
