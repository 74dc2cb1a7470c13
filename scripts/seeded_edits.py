"""Seeded changes for `eval_review`: edits of a Python checkout that harm, and edits that do not, found by its syntax.

Nothing of any checkout is kept here: each finder looks for places where its kind of edit can be made.
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repo_mhm.review.edits import is_test

Files = dict[str, str]
Edit = dict[str, str]
Finder = Callable[["Code", random.Random], Iterator[Edit]]


@dataclass
class Code:
    """A checkout's Python files, parsed."""

    root: Path
    files: Files
    trees: dict[str, ast.Module] = field(default_factory=dict)

    def functions(self, *, top: bool = False) -> Iterator[tuple[str, ast.FunctionDef]]:
        for path, tree in self.trees.items():
            if is_test(path):
                continue
            nodes = tree.body if top else list(ast.walk(tree))
            yield from ((path, node) for node in nodes if isinstance(node, ast.FunctionDef))

    def imported(self, name: str, path: str) -> bool:
        """Whether another file imports this name from the module at `path`."""
        pattern = importing(name, path)
        return any(other != path and pattern.search(text) for other, text in self.files.items())


def read(root: Path, rng: random.Random) -> Code:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, check=True
    ).stdout
    code = Code(root, {})
    names = listed.decode().split("\0")[:-1]
    rng.shuffle(names)
    for name in names:
        text = (
            (root / name).read_text(encoding="utf-8", errors="strict")
            if (root / name).is_file()
            else ""
        )
        try:
            code.trees[name] = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        code.files[name] = text
    return code


def importing(name: str, path: str) -> re.Pattern[str]:
    """What imports this name from the module at `path`, of its package or relative."""
    place = Path(path)
    package = rf"(?:[\w.]*\b{place.parent.name}\.|\.+)?" if place.parent.name else ""
    return re.compile(
        rf"^from {package}{place.stem} import (?:\([^)]*|[^\n]*)\b{name}\b", re.MULTILINE
    )


def segment(text: str, node: ast.AST) -> str:
    return ast.get_source_segment(text, node) or ""


def replaced(text: str, node: ast.AST, new: str) -> str:
    lines = text.split("\n")
    row, column, last, end = (
        node.lineno - 1,
        node.col_offset,
        node.end_lineno - 1,
        node.end_col_offset,
    )
    head = lines[row].encode()[:column].decode()
    tail = lines[last].encode()[end:].decode()
    return "\n".join([*lines[:row], head + new + tail, *lines[last + 1 :]])


# Harmful edits ------------------------------------------------------------------------------------------------------


def calls_of(code: Code, name: str, path: str) -> Iterator[ast.Call]:
    """Calls by the bare name in its own file and in files that import it from there."""
    pattern = importing(name, path)
    for other, text in code.files.items():
        if other == path or pattern.search(text):
            for node in ast.walk(code.trees[other]):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == name
                ):
                    yield node


def plainly_called(call: ast.Call) -> bool:
    return not any(isinstance(one, ast.Starred) for one in call.args) and all(
        one.arg for one in call.keywords
    )


def changed_default(code: Code, _: random.Random) -> Iterator[Edit]:
    new = {True: "False", False: "True", None: "0"}
    for path, node in code.functions(top=True):
        plain = [*node.args.posonlyargs, *node.args.args]
        for arg, default in zip(
            plain[len(plain) - len(node.args.defaults) :], node.args.defaults, strict=True
        ):
            position = plain.index(arg)
            relying = [
                call
                for call in calls_of(code, node.name, path)
                if plainly_called(call)
                and len(call.args) <= position
                and arg.arg not in {k.arg for k in call.keywords}
            ]
            if isinstance(default, ast.Constant) and relying:
                value = default.value
                if value is None or isinstance(value, bool):
                    text = new[value]
                else:
                    text = repr(value + 1) if isinstance(value, int | float) else "None"
                yield {path: replaced(code.files[path], default, text)}


def removed_parameter(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions(top=True):
        plain = node.args.args
        if (
            not plain
            or node.args.vararg
            or node.args.kwarg
            or node.args.kwonlyargs
            or node.decorator_list
        ):
            continue
        last, position = plain[-1], len(plain) - 1
        passing = [
            call
            for call in calls_of(code, node.name, path)
            if plainly_called(call)
            and (len(call.args) > position or last.arg in {k.arg for k in call.keywords})
        ]
        if passing:
            text = code.files[path]
            line = text.split("\n")[node.lineno - 1]
            if node.body[0].lineno > node.lineno and line.rstrip().endswith(":"):
                kept = [segment(text, one) for one in plain[:-1]]
                defaults = [segment(text, one) for one in node.args.defaults[: -1 or None]]
                if len(node.args.defaults) == 1:
                    defaults = []
                first = len(kept) - len(defaults)
                parts = [
                    one + (f"={defaults[at - first]}" if at >= first else "")
                    for at, one in enumerate(kept)
                ]
                head = f"def {node.name}({', '.join(parts)}):"
                yield {path: text.replace(line, head, 1)}


def renamed_public(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions(top=True):
        if not node.name.startswith("_") and code.imported(node.name, path):
            text = code.files[path]
            yield {path: re.sub(rf"\bdef {node.name}\b", f"def {node.name}_now", text, count=1)}


def swapped_arguments(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, tree in code.trees.items():
        if is_test(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) >= 2 and not node.keywords:
                first, second = node.args[:2]
                names = all(isinstance(one, ast.Name) for one in (first, second))
                callee = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else getattr(node.func, "id", "")
                )
                if (
                    names
                    and first.id != second.id
                    and first.lineno == second.lineno
                    and callee not in {"isinstance", "print"}
                ):
                    text = replaced(code.files[path], second, first.id)
                    yield {path: replaced(text, first, second.id)}


def dropped_error(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, function in code.functions():
        for node in ast.walk(function):
            if (
                isinstance(node, ast.If)
                and len(node.body) == 1
                and isinstance(node.body[0], ast.Raise)
                and node.body[0].exc
            ):
                text = code.files[path]
                raised = re.match(r"raise ([\w.]+)", segment(text, node.body[0]))
                if (
                    raised
                    and len(re.findall(rf"(?:raise|except) [^\n]*\b{raised[1]}\b", text)) == 1
                ):
                    yield {path: replaced(text, node.body[0], "pass")}


def off_by_one(code: Code, _: random.Random) -> Iterator[Edit]:
    swap = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}
    for path, function in code.functions():
        text = code.files[path]
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in swap:
                old, new = swap[type(node.ops[0])]
                whole = segment(text, node)
                if "\n" not in whole and whole.count(f" {old} ") == 1:
                    yield {path: replaced(text, node, whole.replace(f" {old} ", f" {new} "))}


def widened(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, function in code.functions():
        text = code.files[path]
        for node in ast.walk(function):
            if (
                isinstance(node, ast.ExceptHandler)
                and node.type
                and "Exception" not in segment(text, node.type)
            ):
                yield {path: replaced(text, node.type, "Exception")}


def secret(code: Code, rng: random.Random) -> Iterator[Edit]:
    for path, text in code.files.items():
        if not is_test(path) and text.strip():
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            token = "AKIA" + "".join(rng.choice(letters) for _ in range(16))
            yield {path: text.rstrip("\n") + f'\n\n_UPLOAD_KEY = "{token}"\n'}


def deleted_test(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, tree in code.trees.items():
        for node in tree.body:
            if (
                is_test(path)
                and isinstance(node, ast.FunctionDef)
                and node.name.startswith("test_")
            ):
                lines = code.files[path].split("\n")
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                yield {path: "\n".join([*lines[: first - 1], *lines[node.end_lineno :]])}


def changed_constant(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, tree in code.trees.items():
        for node in tree.body:
            if (
                is_test(path)
                or not isinstance(node, ast.Assign)
                or not isinstance(node.targets[0], ast.Name)
            ):
                continue
            name, text = node.targets[0].id, code.files[path]
            reads = len(re.findall(rf"(?<![\w.'\"])\b{name}\b(?!\s*=)", text))
            if (
                re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", name)
                and isinstance(node.value, ast.Constant)
                and reads
            ):
                value = node.value.value
                yield {
                    path: replaced(
                        text,
                        node.value,
                        repr(value + 1) if isinstance(value, int) else repr(f"{value}x"),
                    )
                }


def inverted(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, function in code.functions():
        text = code.files[path]
        for node in ast.walk(function):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name | ast.Attribute):
                yield {path: replaced(text, node.test, f"not {segment(text, node.test)}")}


def wrong_name(code: Code, rng: random.Random) -> Iterator[Edit]:
    """Another variable of the same function where one is read."""
    for path, function in code.functions():
        text = code.files[path]
        nodes = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        ]
        bound = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)} - {
            "self",
            "cls",
        }
        bound |= {
            one.id
            for one in ast.walk(function)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        read = [
            node for node in nodes if node.id in bound and node.lineno > function.body[0].lineno
        ]
        others = sorted({node.id for node in nodes} & bound)
        if read and len(others) > 1:
            node = rng.choice(read)
            yield {
                path: replaced(text, node, rng.choice([name for name in others if name != node.id]))
            }


def wrong_operator(code: Code, _: random.Random) -> Iterator[Edit]:
    swap = {
        ast.Add: ("+", "-"),
        ast.Sub: ("-", "+"),
        ast.Mult: ("*", "+"),
        ast.FloorDiv: ("//", "*"),
    }
    for path, function in code.functions():
        text = code.files[path]
        for node in ast.walk(function):
            if isinstance(node, ast.BinOp) and type(node.op) in swap:
                old, new = swap[type(node.op)]
                whole = segment(text, node)
                strings = any(
                    isinstance(one, ast.Constant) and isinstance(one.value, str)
                    for one in ast.walk(node)
                )
                if "\n" not in whole and whole.count(f" {old} ") == 1 and not strings:
                    yield {path: replaced(text, node, whole.replace(f" {old} ", f" {new} "))}


def wrong_result(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, function in code.functions():
        for node in ast.walk(function):
            value = node.value if isinstance(node, ast.Return) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                yield {path: replaced(code.files[path], value, str(not value.value))}


# Harmless edits -----------------------------------------------------------------------------------------------------


def renamed_local(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions():
        parameters = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
        stored = {
            one.id
            for one in ast.walk(node)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        text = code.files[path]
        body = segment(text, node)
        for name in sorted(stored - parameters):
            plain = len(re.findall(rf"\b{name}\b", body)) == sum(
                isinstance(one, ast.Name) and one.id == name for one in ast.walk(node)
            )
            if plain and "global" not in body and name.islower() and len(name) > 2:
                yield {path: replaced(text, node, re.sub(rf"\b{name}\b", f"the_{name}", body))}


def commented(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions():
        lines = code.files[path].split("\n")
        at = node.body[-1].lineno - 1
        indent = re.match(r"\s*", lines[at])[0]
        yield {
            path: "\n".join(
                [
                    *lines[:at],
                    f"{indent}# This is what it is all about: raise or return.",
                    *lines[at:],
                ]
            )
        }


def reformatted(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, function in code.functions():
        text = code.files[path]
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Call)
                and len(node.args) >= 2
                and node.lineno == node.end_lineno
                and not node.keywords
            ):
                indent = re.match(r"\s*", text.split("\n")[node.lineno - 1])[0]
                parts = "".join(f"\n{indent}    {segment(text, one)}," for one in node.args)
                yield {path: replaced(text, node, f"{segment(text, node.func)}({parts}\n{indent})")}


def documented(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions():
        if ast.get_docstring(node) and isinstance(node.body[0], ast.Expr):
            text = code.files[path]
            doc = segment(text, node.body[0])
            if doc.startswith('"""'):
                yield {path: replaced(text, node.body[0], doc.replace('"""', '"""In short: ', 1))}


def extracted(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions(top=True):
        last = node.body[-1]
        if not isinstance(last, ast.Return) or last.value is None or node.decorator_list:
            continue
        inner = (
            ast.Await,
            ast.Yield,
            ast.YieldFrom,
            ast.Lambda,
            ast.ListComp,
            ast.GeneratorExp,
            ast.DictComp,
            ast.SetComp,
        )
        if any(isinstance(one, inner) for one in ast.walk(last.value)):
            continue
        local = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        local |= {
            one.id
            for one in ast.walk(node)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        used = sorted({one.id for one in ast.walk(last.value) if isinstance(one, ast.Name)} & local)
        text = code.files[path]
        helper = f"_{node.name.strip('_')}_result"
        value = segment(text, last.value)
        changed = replaced(text, last.value, f"{helper}({', '.join(used)})").split("\n")
        body = f"def {helper}({', '.join(used)}):\n    return ({value})\n\n".split("\n")
        yield {path: "\n".join([*changed[: node.lineno - 1], *body, *changed[node.lineno - 1 :]])}


def reordered(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, tree in code.trees.items():
        for one, other in zip(tree.body, tree.body[1:], strict=False):
            both = isinstance(one, ast.Import) and isinstance(other, ast.Import)
            if both and other.lineno == one.lineno + 1 and one.end_lineno == one.lineno:
                lines = code.files[path].split("\n")
                at = one.lineno - 1
                yield {path: "\n".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])}


def renamed_everywhere(code: Code, _: random.Random) -> Iterator[Edit]:
    for _path, node in code.functions(top=True):
        pattern = re.compile(rf"\b{node.name}\b")
        quoted = any(re.search(rf"['\"`.]{node.name}\b", text) for text in code.files.values())
        if len(node.name) > 6 and not quoted and not _documented(code, node.name):
            yield {
                other: pattern.sub(f"{node.name}_now", text)
                for other, text in code.files.items()
                if pattern.search(text)
            }


def _documented(code: Code, name: str) -> bool:
    found = subprocess.run(
        ["git", "grep", "-qw", name, "--", ":!*.py"], cwd=code.root, capture_output=True
    )
    return found.returncode == 0


def optional_parameter(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions():
        text = code.files[path]
        line = text.split("\n")[node.lineno - 1]
        if (
            line.rstrip().endswith("):")
            and not node.args.kwarg
            and not node.args.kwonlyargs
            and not node.args.vararg
        ):
            gap = ", " if node.args.args else ""
            yield {path: text.replace(line, line.rstrip()[:-2] + f"{gap}*, verbose=False):", 1)}


def annotated(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, node in code.functions():
        text = code.files[path]
        line = text.split("\n")[node.lineno - 1]
        if line.rstrip().endswith("):") and node.returns is None:
            yield {path: text.replace(line, line.rstrip()[:-1] + ' -> "object":', 1)}


def added_function(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, text in code.files.items():
        if not is_test(path) and text.strip():
            yield {
                path: text.rstrip("\n") + "\n\n\ndef describe_module(depth=1):\n    return depth\n"
            }


def moved_method(code: Code, _: random.Random) -> Iterator[Edit]:
    for path, tree in code.trees.items():
        for one, other in zip(tree.body, tree.body[1:], strict=False):
            both = isinstance(one, ast.FunctionDef) and isinstance(other, ast.FunctionDef)
            if both and not is_test(path) and not one.decorator_list and not other.decorator_list:
                text = code.files[path]
                first, second = segment(text, one), segment(text, other)
                yield {path: replaced(replaced(text, other, first), one, second)}


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
    "moved function": moved_method,
}
