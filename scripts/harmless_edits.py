"""Edits on which a review ought to be silent: each finder yields those of one kind."""

from __future__ import annotations

import ast
import random
import re
import subprocess
from collections.abc import Iterator

from seeded_edits import (
    Code,
    Edit,
    Finder,
    indent_of,
    line_of,
    nodes_of,
    parameter_names,
    replaced,
    segment,
    stored_names,
)

from repo_mhm.source.file_roles import is_test


def renamed_local(code: Code, _: random.Random) -> Iterator[Edit]:
    """A local variable under another name."""
    for path, function in code.functions():
        text = code.files[path]
        body = segment(text, function)
        names = [name.id for name in nodes_of(function, ast.Name)]
        for name in sorted(stored_names(function) - parameter_names(function)):
            is_only_that = len(re.findall(rf"\b{name}\b", body)) == names.count(name)
            if is_only_that and "global" not in body and name.islower() and len(name) > 2:
                new = re.sub(rf"\b{name}\b", f"the_{name}", body)
                yield {path: replaced(text, function, new)}


def commented(code: Code, _: random.Random) -> Iterator[Edit]:
    """A comment above the last statement of a function."""
    for path, function in code.functions():
        lines = code.files[path].split("\n")
        at = function.body[-1].lineno - 1
        comment = f"{indent_of(lines[at])}# This is what it is all about: raise or return."
        yield {path: "\n".join([*lines[:at], comment, *lines[at:]])}


def reformatted(code: Code, _: random.Random) -> Iterator[Edit]:
    """A call with a line for each argument."""
    for path, function in code.functions():
        text = code.files[path]
        for call in nodes_of(function, ast.Call):
            is_one_line = call.lineno == call.end_lineno
            if len(call.args) >= 2 and is_one_line and not call.keywords:
                indent = indent_of(line_of(text, call.lineno))
                arguments = [segment(text, argument) for argument in call.args]
                parts = "".join(f"\n{indent}    {argument}," for argument in arguments)
                name = segment(text, call.func)
                yield {path: replaced(text, call, f"{name}({parts}\n{indent})")}


def documented(code: Code, _: random.Random) -> Iterator[Edit]:
    """Another docstring."""
    for path, function in code.functions():
        text = code.files[path]
        first = function.body[0]
        if ast.get_docstring(function) and isinstance(first, ast.Expr):
            doc = segment(text, first)
            if doc.startswith('"""'):
                yield {path: replaced(text, first, doc.replace('"""', '"""In short: ', 1))}


NOT_EXTRACTABLE = (
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.Lambda,
    ast.ListComp,
    ast.GeneratorExp,
    ast.DictComp,
    ast.SetComp,
)
"""Nodes whose meaning would change in a function of its own, or might."""


def extracted(code: Code, _: random.Random) -> Iterator[Edit]:
    """What a function returns, moved into a helper."""
    for path, function in code.functions(top=True):
        last = function.body[-1]
        if not isinstance(last, ast.Return) or last.value is None or function.decorator_list:
            continue
        if any(isinstance(node, NOT_EXTRACTABLE) for node in ast.walk(last.value)):
            continue

        text, value = code.files[path], last.value
        local = parameter_names(function.args) | stored_names(function)
        used = sorted({name.id for name in nodes_of(value, ast.Name)} & local)
        helper = f"_{function.name.strip('_')}_result"
        call = f"{helper}({', '.join(used)})"
        definition = f"def {call}:\n    return ({segment(text, value)})\n\n"

        lines = replaced(text, value, call).split("\n")
        above = function.lineno - 1
        yield {path: "\n".join([*lines[:above], *definition.split("\n"), *lines[above:]])}


def reordered(code: Code, _: random.Random) -> Iterator[Edit]:
    """Two neighbouring imports in each other's place."""
    for path, tree in code.trees.items():
        for first, second in zip(tree.body, tree.body[1:], strict=False):
            are_imports = isinstance(first, ast.Import) and isinstance(second, ast.Import)
            is_one_line = first.end_lineno == first.lineno
            if are_imports and second.lineno == first.lineno + 1 and is_one_line:
                lines = code.files[path].split("\n")
                at = first.lineno - 1
                yield {path: "\n".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])}


def renamed_everywhere(code: Code, _: random.Random) -> Iterator[Edit]:
    """A function and all its uses under another name."""
    for _path, function in code.functions(top=True):
        name = function.name
        is_quoted = any(re.search(rf"['\"`.]{name}\b", text) for text in code.files.values())
        if len(name) <= 6 or is_quoted or is_documented(code, name):
            continue
        pattern = re.compile(rf"\b{name}\b")
        yield {
            path: pattern.sub(f"{name}_now", text)
            for path, text in code.files.items()
            if pattern.search(text)
        }


def is_documented(code: Code, name: str) -> bool:
    """Whether a file that is not Python mentions the name."""
    command = ["git", "grep", "-qw", name, "--", ":!*.py"]
    return subprocess.run(command, cwd=code.root, capture_output=True).returncode == 0


def optional_parameter(code: Code, _: random.Random) -> Iterator[Edit]:
    """A new keyword parameter with a default."""
    for path, function in code.functions():
        text = code.files[path]
        line = line_of(text, function.lineno)
        arguments = function.args
        is_special = arguments.kwarg or arguments.kwonlyargs or arguments.vararg
        if line.rstrip().endswith("):") and not is_special:
            gap = ", " if arguments.args else ""
            yield {path: text.replace(line, f"{line.rstrip()[:-2]}{gap}*, verbose=False):", 1)}


def annotated(code: Code, _: random.Random) -> Iterator[Edit]:
    """A return type."""
    for path, function in code.functions():
        text = code.files[path]
        line = line_of(text, function.lineno)
        if line.rstrip().endswith("):") and function.returns is None:
            yield {path: text.replace(line, f'{line.rstrip()[:-1]} -> "object":', 1)}


def added_function(code: Code, _: random.Random) -> Iterator[Edit]:
    """A function at the end of a file."""
    definition = "def describe_module(depth=1):\n    return depth\n"
    for path, text in code.files.items():
        if not is_test(path) and text.strip():
            yield {path: text.rstrip("\n") + "\n\n\n" + definition}


def moved_function(code: Code, _: random.Random) -> Iterator[Edit]:
    """Two neighbouring functions in each other's place."""
    for path, tree in code.trees.items():
        for first, second in zip(tree.body, tree.body[1:], strict=False):
            if not isinstance(first, ast.FunctionDef) or not isinstance(second, ast.FunctionDef):
                continue
            if not is_test(path) and not first.decorator_list and not second.decorator_list:
                text = code.files[path]
                above, below = segment(text, first), segment(text, second)
                yield {path: replaced(replaced(text, second, above), first, below)}


HARMLESS: dict[str, Finder] = {
    "renamed local": renamed_local,
    "comment": commented,
    "formatting": reformatted,
    "docstring": documented,
    "extracted helper": extracted,
    "reordered imports": reordered,
    "renamed with all uses": renamed_everywhere,
    "optional parameter": optional_parameter,
    "annotation": annotated,
    "added function": added_function,
    "moved function": moved_function,
}
"""Finders by the kind of their edits."""
