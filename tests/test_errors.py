"""Errors: every hint names options that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from repo_mhm.cli.program import app

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ("git ", "pip ", "llama-gguf-split ")
"""Programs whose options a hint may name as well."""


def options_of(command: Any) -> set[str]:
    """The long options of a command and of all its commands."""
    options = {name for parameter in command.params for name in parameter.opts}
    options |= {name for parameter in command.params for name in parameter.secondary_opts}
    for child in getattr(command, "commands", {}).values():
        options |= options_of(child)
    return options


def hints() -> Iterator[tuple[str, str]]:
    """Where a hint is given, and its text; what an f-string fills in is left out."""
    for path in [*(ROOT / "repo_mhm").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                parts = [part for part in ast.walk(node) if isinstance(part, ast.Constant)]
                yield f"{path}:{node.value.lineno}", "".join(str(part.value) for part in parts)


def test_hints_name_options_that_exist() -> None:
    options = options_of(typer.main.get_command(app))
    named = {
        option: where
        for where, hint in hints()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", hint)
        if not any(program in hint for program in OTHERS)
    }
    assert named
    assert named.keys() <= options, {key: named[key] for key in named.keys() - options}
