"""What is wrong with the value of a setting or an option, in plain words.

pydantic finds it, and says it in its own words, which are for developers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_LONGEST = 100
"""Characters of a value that are shown."""
_NOUNS = {
    "int": "whole number",
    "float": "number",
    "string": "text",
    "path": "path",
    "tuple": "list",
    "list": "list",
    "dict": "table",
    "model": "table",
}
"""What should be there, by the beginning of pydantic's name for an error not in _SENTENCES."""
_SENTENCES = {
    "greater_than_equal": "{value} is less than {ge:,g}",
    "less_than_equal": "{value} is more than {le:,g}",
    "greater_than": "{value} is not more than {gt:,g}",
    "bool_parsing": "{value} is neither true nor false",
    "bool_type": "{value} is neither true nor false",
    "literal_error": "{value} is not one of {expected}",
    "string_too_short": "it is empty",
    "string_too_long": "it is longer than {max_length:,} characters",
    "string_pattern_mismatch": "{value} has more than letters, digits, dots, dashes and _",
    "too_long": "there are more than {max_length:,}",
    "missing": "it is missing",
    "extra_forbidden": "there is no such setting",
}
"""By pydantic's name for the error."""


def reason(error: Mapping[str, Any]) -> str:
    """What is wrong, of one of the errors that pydantic lists."""
    kind, value = str(error["type"]), _shown(error["input"])
    if sentence := _SENTENCES.get(kind):
        return sentence.format(value=value, **error.get("ctx", {}))
    if noun := _NOUNS.get(kind.split("_")[0]):
        return f"{value} is no {noun}"
    text = str(error["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def allowed(field: FieldInfo) -> str:
    """A hint at the values that a setting may have; empty where it is a text of any kind."""
    annotations = [field.annotation, *get_args(field.annotation)]
    for annotation in annotations:
        if get_origin(annotation) is Literal:
            *most, last = map(str, get_args(annotation))
            return f"Give {', '.join(most)} or {last}."
    if bool in annotations:
        return "Give true or false."
    if int not in annotations:
        return ""

    bounds = {
        name: getattr(item, name)
        for item in field.metadata
        for name in ("ge", "le")
        if hasattr(item, name)
    }
    if len(bounds) == 2:
        return f"Give a whole number from {bounds['ge']:,} to {bounds['le']:,}."
    return f"Give a whole number of {bounds['ge']:,} or more." if bounds else "Give a whole number."
