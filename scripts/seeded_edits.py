"""A checkout's Python files, parsed, for edits that are made where their syntax allows it.

`harmful_edits` and `harmless_edits` find the places; `eval_review` and `bench_review` make the
edits. Nothing of any checkout is kept here.
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from repo_mhm.source.file_roles import is_test

Edit = dict[str, str]
"""The new texts of the files that change, by path."""
Finder = Callable[["Code", random.Random], Iterator[Edit]]
"""Finds all edits of one kind that a checkout allows."""
Node = TypeVar("Node", bound=ast.AST)
Located = ast.expr | ast.stmt | ast.excepthandler
"""Nodes that know where they are."""


@dataclass
class Code:
    """A checkout's Python files, in random order."""

    root: Path
    files: dict[str, str]
    """Texts by path."""
    trees: dict[str, ast.Module] = field(default_factory=dict)

    def functions(self, *, top: bool = False) -> Iterator[tuple[str, ast.FunctionDef]]:
        """Functions outside tests, with their paths; with `top` only those of modules."""
        for path, tree in self.trees.items():
            if is_test(path):
                continue
            nodes = tree.body if top else list(ast.walk(tree))
            yield from ((path, node) for node in nodes if isinstance(node, ast.FunctionDef))

    def is_imported(self, name: str, path: str) -> bool:
        """Whether another file imports this name from the module at `path`."""
        pattern = import_pattern(name, path)
        return any(other != path and pattern.search(text) for other, text in self.files.items())


def read_code(root: Path, rng: random.Random) -> Code:
    """The Python files that git tracks and Python can parse."""
    command = ["git", "ls-files", "-z", "*.py"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    paths = listed.decode().split("\0")[:-1]
    rng.shuffle(paths)

    code = Code(root, {})
    for path in paths:
        file = root / path
        text = file.read_text(encoding="utf-8", errors="strict") if file.is_file() else ""
        try:
            code.trees[path] = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        code.files[path] = text
    return code


def import_pattern(name: str, path: str) -> re.Pattern[str]:
    """Matches what imports this name from the module at `path`, by its package or relative."""
    file = Path(path)
    package = rf"(?:[\w.]*\b{file.parent.name}\.|\.+)?" if file.parent.name else ""
    return re.compile(
        rf"^from {package}{file.stem} import (?:\([^)]*|[^\n]*)\b{name}\b", re.MULTILINE
    )


def nodes_of(tree: ast.AST, kind: type[Node]) -> Iterator[Node]:
    """All nodes of one type in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, kind))


def stored_names(function: ast.FunctionDef) -> set[str]:
    """The variables that a function assigns."""
    return {name.id for name in nodes_of(function, ast.Name) if isinstance(name.ctx, ast.Store)}


def parameter_names(tree: ast.AST) -> set[str]:
    """The parameters of all functions and lambdas in a tree."""
    return {argument.arg for argument in nodes_of(tree, ast.arg)}


def segment(text: str, node: ast.AST) -> str:
    """The text of a node."""
    return ast.get_source_segment(text, node) or ""


def replaced(text: str, node: Located, new: str) -> str:
    """A file's text with another text in place of a node's."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = text.split("\n")
    first, last = node.lineno - 1, node.end_lineno - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    return "\n".join([*lines[:first], head + new + tail, *lines[last + 1 :]])


def line_of(text: str, number: int) -> str:
    """A line of a text, from 1."""
    return text.split("\n")[number - 1]


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def clone_latest(repo: Path, folder: Path) -> None:
    """Clone the last commit of a local checkout; the clone is edited, never the checkout."""
    command = ["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1"]
    subprocess.run([*command, repo.resolve().as_uri(), str(folder)], check=True)
