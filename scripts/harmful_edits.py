"""Edits that a review ought to notice: each finder yields those of one kind."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator

from seeded_edits import (
    Code,
    Edit,
    Finder,
    import_pattern,
    line_of,
    nodes_of,
    parameter_names,
    replaced,
    segment,
    stored_names,
)

from repo_mhm.source.file_roles import is_test

# Signatures and definitions -----------------------------------------------------------------------


def calls_of(code: Code, name: str, path: str) -> Iterator[ast.Call]:
    """Calls by the bare name in its own file and in files that import it from there."""
    pattern = import_pattern(name, path)
    for other, text in code.files.items():
        if other != path and not pattern.search(text):
            continue
        for call in nodes_of(code.trees[other], ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == name:
                yield call


def is_countable(call: ast.Call) -> bool:
    """Whether no argument of a call is unpacked."""
    has_star = any(isinstance(argument, ast.Starred) for argument in call.args)
    return not has_star and all(keyword.arg for keyword in call.keywords)


def passes(call: ast.Call, name: str, position: int) -> bool:
    """Whether a call passes the parameter of this name and position."""
    return len(call.args) > position or name in {keyword.arg for keyword in call.keywords}


def changed_default(code: Code, _: random.Random) -> Iterator[Edit]:
    """Another default, where a call relies on it."""
    for path, function in code.functions(top=True):
        plain = [*function.args.posonlyargs, *function.args.args]
        defaults = function.args.defaults
        for argument, default in zip(plain[len(plain) - len(defaults) :], defaults, strict=True):
            if not isinstance(default, ast.Constant):
                continue
            position = plain.index(argument)
            relies = any(
                is_countable(call) and not passes(call, argument.arg, position)
                for call in calls_of(code, function.name, path)
            )
            if relies:
                new = another_constant(default.value)
                yield {path: replaced(code.files[path], default, new)}


def another_constant(value: object) -> str:
    """Python's spelling of another value than this."""
    if value is None:
        return "0"
    if isinstance(value, bool):
        return str(not value)
    return repr(value + 1) if isinstance(value, int | float) else "None"


def removed_parameter(code: Code, _: random.Random) -> Iterator[Edit]:
    """A function without its last parameter, where a call passes it."""
    for path, function in code.functions(top=True):
        arguments = function.args
        is_special = arguments.vararg or arguments.kwarg or arguments.kwonlyargs
        if not arguments.args or is_special or function.decorator_list:
            continue

        last, position = arguments.args[-1].arg, len(arguments.args) - 1
        is_passed = any(
            is_countable(call) and passes(call, last, position)
            for call in calls_of(code, function.name, path)
        )
        text = code.files[path]
        line = line_of(text, function.lineno)
        is_one_line = function.body[0].lineno > function.lineno and line.rstrip().endswith(":")
        if is_passed and is_one_line:
            yield {path: text.replace(line, head_without_last(text, function), 1)}


def head_without_last(text: str, function: ast.FunctionDef) -> str:
    """The `def` line of a function without its last parameter."""
    names = [segment(text, argument) for argument in function.args.args[:-1]]
    defaults = [segment(text, default) for default in function.args.defaults[:-1]]
    first_default = len(names) - len(defaults)
    parts = [
        f"{name}={defaults[index - first_default]}" if index >= first_default else name
        for index, name in enumerate(names)
    ]
    return f"def {function.name}({', '.join(parts)}):"


def renamed_public(code: Code, _: random.Random) -> Iterator[Edit]:
    """A function under another name, where other files import it."""
    for path, function in code.functions(top=True):
        name = function.name
        if not name.startswith("_") and code.is_imported(name, path):
            text = re.sub(rf"\bdef {name}\b", f"def {name}_now", code.files[path], count=1)
            yield {path: text}


def changed_constant(code: Code, _: random.Random) -> Iterator[Edit]:
    """Another value of a constant that its file reads."""
    for path, tree in code.trees.items():
        text = code.files[path]
        for node in [] if is_test(path) else tree.body:
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name = node.targets[0].id
            is_constant = re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", name)
            is_read = re.search(rf"(?<![\w.'\"])\b{name}\b(?!\s*=)", text)
            if is_constant and is_read and isinstance(node.value, ast.Constant):
                value = node.value.value
                new = repr(value + 1) if isinstance(value, int) else repr(f"{value!s}x")
                yield {path: replaced(text, node.value, new)}


# Lines of code ------------------------------------------------------------------------------------


def swapped_arguments(code: Code, _: random.Random) -> Iterator[Edit]:
    """The first two arguments of a call, both variables, in each other's place."""
    for path, tree in code.trees.items():
        text = code.files[path]
        for call in [] if is_test(path) else nodes_of(tree, ast.Call):
            if len(call.args) < 2 or call.keywords:
                continue
            first, second = call.args[:2]
            if not isinstance(first, ast.Name) or not isinstance(second, ast.Name):
                continue
            is_one_line = first.lineno == second.lineno
            if first.id != second.id and is_one_line and called_name(call) not in SYMMETRIC:
                yield {path: replaced(replaced(text, second, first.id), first, second.id)}


SYMMETRIC = {"isinstance", "print"}


def called_name(call: ast.Call) -> str:
    """The last name of what is called; empty where it has none."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def dropped_error(code: Code, _: random.Random) -> Iterator[Edit]:
    """`pass` where the file raises an error that it mentions nowhere else."""
    for path, function in code.functions():
        text = code.files[path]
        for node in nodes_of(function, ast.If):
            statement = node.body[0]
            if len(node.body) != 1 or not isinstance(statement, ast.Raise) or not statement.exc:
                continue
            error = re.match(r"raise ([\w.]+)", segment(text, statement))
            if error is None:
                continue
            mentions = re.findall(rf"(?:raise|except) [^\n]*\b{error[1]}\b", text)
            if len(mentions) == 1:
                yield {path: replaced(text, statement, "pass")}


OTHER_BOUNDARY: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}


def off_by_one(code: Code, _: random.Random) -> Iterator[Edit]:
    """A comparison that includes its boundary or not, the other way round."""
    for path, function in code.functions():
        text = code.files[path]
        for node in nodes_of(function, ast.Compare):
            if len(node.ops) == 1 and type(node.ops[0]) in OTHER_BOUNDARY:
                new = with_operator(segment(text, node), *OTHER_BOUNDARY[type(node.ops[0])])
                if new:
                    yield {path: replaced(text, node, new)}


def with_operator(expression: str, old: str, new: str) -> str:
    """An expression of one line with another operator; empty where that is ambiguous."""
    if "\n" in expression or expression.count(f" {old} ") != 1:
        return ""
    return expression.replace(f" {old} ", f" {new} ")


OTHER_OPERATOR: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.FloorDiv: ("//", "*"),
}


def wrong_operator(code: Code, _: random.Random) -> Iterator[Edit]:
    """Another arithmetic operator, where no text is involved."""
    for path, function in code.functions():
        text = code.files[path]
        for node in nodes_of(function, ast.BinOp):
            constants = nodes_of(node, ast.Constant)
            has_text = any(isinstance(constant.value, str) for constant in constants)
            if type(node.op) in OTHER_OPERATOR and not has_text:
                new = with_operator(segment(text, node), *OTHER_OPERATOR[type(node.op)])
                if new:
                    yield {path: replaced(text, node, new)}


def inverted(code: Code, _: random.Random) -> Iterator[Edit]:
    """A condition turned round by `not`."""
    for path, function in code.functions():
        text = code.files[path]
        for node in nodes_of(function, ast.If):
            if isinstance(node.test, ast.Name | ast.Attribute):
                yield {path: replaced(text, node.test, f"not {segment(text, node.test)}")}


def widened(code: Code, _: random.Random) -> Iterator[Edit]:
    """A handler for all exceptions, where it was for some."""
    for path, function in code.functions():
        text = code.files[path]
        for node in nodes_of(function, ast.ExceptHandler):
            if node.type and "Exception" not in segment(text, node.type):
                yield {path: replaced(text, node.type, "Exception")}


def wrong_name(code: Code, rng: random.Random) -> Iterator[Edit]:
    """Another variable of the same function where one is read."""
    for path, function in code.functions():
        names = nodes_of(function, ast.Name)
        reads = [name for name in names if isinstance(name.ctx, ast.Load)]
        bound = parameter_names(function.args) - {"self", "cls"} | stored_names(function)
        first = function.body[0].lineno
        in_body = [name for name in reads if name.id in bound and name.lineno > first]
        variables = sorted({name.id for name in reads} & bound)
        if in_body and len(variables) > 1:
            node = rng.choice(in_body)
            other = rng.choice([variable for variable in variables if variable != node.id])
            yield {path: replaced(code.files[path], node, other)}


def wrong_result(code: Code, _: random.Random) -> Iterator[Edit]:
    """The other truth value returned."""
    for path, function in code.functions():
        for node in nodes_of(function, ast.Return):
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                yield {path: replaced(code.files[path], value, str(not value.value))}


# Files --------------------------------------------------------------------------------------------


def secret(code: Code, rng: random.Random) -> Iterator[Edit]:
    """A key at the end of a file."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for path, text in code.files.items():
        if not is_test(path) and text.strip():
            token = "AKIA" + "".join(rng.choice(letters) for _ in range(16))
            yield {path: text.rstrip("\n") + f'\n\n_UPLOAD_KEY = "{token}"\n'}


def deleted_test(code: Code, _: random.Random) -> Iterator[Edit]:
    """A file of tests without one of them."""
    for path, tree in code.trees.items():
        for node in tree.body if is_test(path) else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                lines = code.files[path].split("\n")
                starts = [decorator.lineno for decorator in node.decorator_list]
                first = min([node.lineno, *starts])
                yield {path: "\n".join([*lines[: first - 1], *lines[node.end_lineno :]])}


HARMFUL: dict[str, tuple[Finder, str]] = {
    "changed default": (changed_default, "default"),
    "removed parameter": (removed_parameter, "signature"),
    "renamed public function": (renamed_public, "removed"),
    "changed constant": (changed_constant, "constant"),
    "swapped arguments": (swapped_arguments, "arguments"),
    "dropped error handling": (dropped_error, "error-handling"),
    "off by one": (off_by_one, "boundary"),
    "inverted condition": (inverted, "condition"),
    "widened exception": (widened, "exception"),
    "wrong name": (wrong_name, "logic"),
    "wrong operator": (wrong_operator, "logic"),
    "wrong result": (wrong_result, "logic"),
    "secret committed": (secret, "secret"),
    "test deleted": (deleted_test, "test-removed"),
}
"""Finders by the kind of their edits, each with the category of the finding it calls for."""
