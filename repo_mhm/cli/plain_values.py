"""Values of options that need no conversion, so that typer need not build one with pydantic.

Typer converts each value by a pydantic type, also where the value is the option's default or a text
that stays a text. To load pydantic and build those types takes a third of the time of a review.
Here the plain cases are taken as they are; whatever is not plainly right is left to typer, with
its messages. A typer that converts in another way is left alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

_MOST_DIGITS = 9
"""Of a number that is read here."""


class _NotPlainError(Exception):
    """The value must be converted or refused by typer."""


def take_plain_values(parameter: Any) -> None:
    """Let an option or argument take the values that need no conversion as they are."""
    converts_as_known = hasattr(parameter, "get_runtime_param") and hasattr(
        parameter, "type_descriptor"
    )
    if converts_as_known and "get_runtime_param" not in vars(parameter):
        plain_first = _PlainFirst(parameter.get_runtime_param, parameter.type_descriptor)
        parameter.get_runtime_param = lambda: plain_first


class _PlainFirst:
    """Stands where typer keeps a parameter's conversion."""

    def __init__(self, typers_own: Any, descriptor: Any) -> None:
        self._typers_own = typers_own
        self._annotation = descriptor.annotation
        self._information = descriptor.parameter_info

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The converted value. Raises what typer raises."""
        try:
            return self._plain(value, param)
        except _NotPlainError:
            return self._typers_own().coerce(value, param=param, ctx=ctx)

    def _plain(self, value: Any, param: Any) -> Any:
        is_list = get_origin(self._annotation) is list
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._information.parser is not None:
            raise _NotPlainError
        if not is_list:
            return plain_value(value, self._annotation, self._information)
        if not isinstance(value, list | tuple):
            raise _NotPlainError
        (item,) = get_args(self._annotation)
        return [plain_value(each, item, self._information) for each in value]


def plain_value(value: Any, annotation: Any, information: Any) -> Any:
    """A value as its type has it. Raises _NotPlainError where that is not plain."""
    if annotation is str and isinstance(value, str):
        return value
    if annotation is int:
        return _plain_number(value, information)
    if annotation is Path and isinstance(value, str | Path):
        return _plain_path(value, information)
    is_choice = get_origin(annotation) is Literal and isinstance(value, str)
    if is_choice and value in get_args(annotation):
        return value
    raise _NotPlainError


def _plain_number(value: Any, information: Any) -> int:
    is_plain = isinstance(value, str) and value.isascii() and value.isdecimal()
    if type(value) is not int and not (is_plain and len(value) <= _MOST_DIGITS):
        raise _NotPlainError
    number = int(value)
    is_low = information.min is not None and number < information.min
    is_high = information.max is not None and number > information.max
    if is_low or is_high:
        raise _NotPlainError
    return number


def _plain_path(value: str | Path, information: Any) -> Path:
    is_checked = (
        information.exists
        or information.writable
        or information.resolve_path
        or information.allow_dash
        or information.path_type is not None
        or not (information.file_okay and information.dir_okay)
    )
    path = Path(value)
    is_unreadable = information.readable and not os.access(path, os.R_OK) and path.exists()
    if is_checked or is_unreadable:
        raise _NotPlainError
    return path
