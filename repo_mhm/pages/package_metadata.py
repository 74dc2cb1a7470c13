"""What the metadata of a repository's package says of it: name, description, programs. Pure.

Of the root only: a repository of many packages has as many names. What cannot be read says nothing.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from repo_mhm.formatting import single_line
from repo_mhm.location import Location
from repo_mhm.pages.map_page import Statement
from repo_mhm.source.repository_paths import RepositoryPaths

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LONGEST_NAME = 80
LONGEST_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class Script:
    """A program that installing the package gives, and the function that it runs."""

    name: str
    target: str
    """`package.module:function`."""
    location: Location


class PackageMetadata:
    """The metadata of the root's package, whichever kind it is of."""

    def __init__(self, paths: RepositoryPaths) -> None:
        self._paths = paths

    @cached_property
    def name(self) -> str:
        """The package's name, or the last part of its module's path; empty where nothing says it.

        The folder's name is none: clones may be called as one likes.
        """
        pyproject, cargo, package = self._pyproject, self._cargo, self._package_json
        go = re.search(r"(?m)^module[ \t]+(\S+)", self._text("go.mod"))
        go_name = re.sub(r"/v\d+$", "", go[1]).rpartition("/")[2] if go else ""
        names = (
            _text_at(pyproject, "project", "name"),
            _text_at(pyproject, "tool", "poetry", "name"),
            _text_at(cargo, "package", "name"),
            _text_at(package, "name"),
            go_name,
        )
        return single_line(next(filter(None, names), ""))[:LONGEST_NAME]

    @cached_property
    def description(self) -> Statement | None:
        """The description that the package gives of itself."""
        texts = {
            "pyproject.toml": _text_at(self._pyproject, "project", "description")
            or _text_at(self._pyproject, "tool", "poetry", "description"),
            "Cargo.toml": _text_at(self._cargo, "package", "description"),
            "package.json": _text_at(self._package_json, "description"),
        }
        for path, text in texts.items():
            if text:
                line = self._line_with(path, "description")
                return Statement(single_line(text)[:LONGEST_DESCRIPTION], line)
        return None

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """The programs of a Python package, by name."""
        project = self._pyproject.get("project")
        scripts = project.get("scripts") if isinstance(project, dict) else None
        if not isinstance(scripts, dict):
            return ()
        return tuple(
            Script(
                single_line(name)[:LONGEST_NAME],
                target,
                self._line_with("pyproject.toml", target),
            )
            for name, target in sorted(scripts.items())
            if isinstance(target, str) and re.fullmatch(r"[\w.]{1,200}:[\w.]{1,100}", target)
        )

    @cached_property
    def _pyproject(self) -> Mapping[str, Any]:
        return self._parsed("pyproject.toml", tomllib.loads)

    @cached_property
    def _cargo(self) -> Mapping[str, Any]:
        return self._parsed("Cargo.toml", tomllib.loads)

    @cached_property
    def _package_json(self) -> Mapping[str, Any]:
        return self._parsed("package.json", json.loads)

    def _text(self, path: str) -> str:
        return self._paths.read(path) if path in self._paths else ""

    def _parsed(self, path: str, parse: Callable[[str], Any]) -> Mapping[str, Any]:
        try:
            values = parse(self._text(path))
        except (ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}

    def _line_with(self, path: str, text: str) -> Location:
        lines = self._text(path).split("\n")
        number = next((index for index, line in enumerate(lines, 1) if text in line), 1)
        return Location(path, number, number)


def _text_at(values: Mapping[str, Any], *keys: str) -> str:
    """The text below these keys; empty where there is none."""
    value: Any = values
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
