"""Options take plain values without pydantic, and as typer would have converted them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from repo_mhm.cli.plain_values import take_plain_values
from repo_mhm.cli.program import app

VALUES: list[Any] = [
    None, "", "5", "007", "-5", "+5", "5.0", "5_0", "٣", "1" * 30, 5, True, "true", "x", "-", ".",
    "missing", "src", "error", "ERROR", "json", Path(), Path("missing"), b"x", ["x", "y"], ("5",),
    [], (), [Path("a"), "b"],
]  # fmt: skip


def parameters() -> Iterator[tuple[Any, Any, Any]]:
    """Each command's context and parameters, each with a copy that is left to typer."""
    for command in below(typer.main.get_command(app)):
        context = typer.Context(command, info_name="x", resilient_parsing=True)
        for parameter in command.get_params(context):
            left_to_typer = copy.copy(parameter)
            del left_to_typer.get_runtime_param
            yield context, parameter, left_to_typer


def below(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from below(child)


def converted(parameter: Any, value: Any, context: Any) -> tuple[Any, ...]:
    """The type and the value that a parameter makes of a value, or what is said against it."""
    try:
        made = parameter.get_runtime_param().coerce(value, param=parameter, ctx=context)
    except Exception as error:  # noqa: BLE001  both must refuse it alike
        return type(error), str(getattr(error, "message", error))
    return type(made), made


def test_plain_values_are_what_typer_makes_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    compared = 0
    for context, ours, typers in parameters():
        if ours.type_descriptor.annotation is bool:
            continue
        for value in VALUES:
            expected = converted(typers, value, context)
            assert converted(ours, value, context) == expected, (ours.name, value)
            compared += 1
    assert compared > 1000


def test_a_typer_that_converts_in_another_way_is_left_alone() -> None:
    class Other:
        def process_value(self, context: object, value: object) -> object:
            return value

    other = Other()
    take_plain_values(other)
    assert not vars(other)
