"""Which files of source make one module of the map. Pure.

The idea: a module is as small as an import can name it, and there are as many as a reader can look
over. Where a language imports folders (packages of Go and Java) the folder is the smallest module;
in C a source file goes with its header; elsewhere each file is one. If that gives more modules
than a page shows, the map begins with the whole repository as one folder and opens the most
valuable folder again and again, as long as what is in it still fits. A folder that is not opened
stands for all its files, so every file is in exactly one module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import splitext

MOST_MODULES = 30
"""A drawing with more boxes is no longer read."""
FOLDER_LANGUAGES = frozenset({"go", "java"})
"""Languages whose imports name a folder, or whose files see their folder without an import."""
_C_LANGUAGES = frozenset({"c", "cpp"})


@dataclass(frozen=True, slots=True)
class Grouping:
    """Every file of source with its module."""

    module_by_path: Mapping[str, str]
    """By file the path of its module: of a file, of a file without its ending, or of a folder."""
    rest: tuple[str, ...] = ()
    """The folders and files that the module OTHERS stands for."""


OTHERS = "(others)"
"""The name of a module of all that does not fit, in a folder or in the repository."""
LEAST_SHOWN = 3
"""A folder is opened if so many of its own files can be shown."""


def group_files(
    value_by_path: Mapping[str, float],
    language_by_path: Mapping[str, str],
    most_modules: int = MOST_MODULES,
) -> Grouping:
    """The modules of these files of source, at most `most_modules`."""
    unit_by_path = units(value_by_path, language_by_path)
    if len(set(unit_by_path.values())) <= most_modules:
        return Grouping(unit_by_path)

    value_by_unit: dict[str, float] = defaultdict(float)
    for path, unit in unit_by_path.items():
        value_by_unit[unit] += value_by_path[path]
    groups = _opened(value_by_unit, most_modules)
    shown, rest = groups[:most_modules], groups[most_modules:]
    if rest:
        shown, rest = groups[: most_modules - 1], groups[most_modules - 1 :]

    module_by_unit = {unit: group.path for group in shown for unit in group.units}
    module_by_unit |= {unit: OTHERS for group in rest for unit in group.units}
    modules = {path: module_by_unit[unit] for path, unit in unit_by_path.items()}
    return Grouping(modules, tuple(sorted(group.path for group in rest)))


def units(paths: Iterable[str], language_by_path: Mapping[str, str]) -> dict[str, str]:
    """By path the smallest module that the file can be in."""
    paths = list(paths)
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if language_by_path.get(path) in _C_LANGUAGES:
            by_stem[splitext(path)[0]].append(path)

    unit_by_path: dict[str, str] = {}
    for path in paths:
        language = language_by_path.get(path)
        if language in FOLDER_LANGUAGES:
            unit_by_path[path] = path.rpartition("/")[0] or "."
        elif language in _C_LANGUAGES and len(by_stem[splitext(path)[0]]) > 1:
            unit_by_path[path] = splitext(path)[0]
        else:
            unit_by_path[path] = path
    return unit_by_path


@dataclass(frozen=True, slots=True)
class _Group:
    """A folder or a unit with the units that it stands for."""

    path: str
    units: tuple[str, ...]
    value: float
    is_open: bool = False
    """Whether it cannot be opened: it is one unit, or what a folder itself holds."""


def _opened(value_by_unit: Mapping[str, float], most: int) -> list[_Group]:
    """Groups of all units, the most valuable first: folders opened as long as `most` allows."""
    groups = [_group("", sorted(value_by_unit), value_by_unit)]
    while True:
        closed = (group for group in _by_value(groups) if not group.is_open)
        for group in closed:
            parts = _parts(group, value_by_unit, most - len(groups) + 1)
            if parts:
                groups.remove(group)
                groups += parts
                break
        else:
            return _by_value(groups)


def _parts(group: _Group, value_by_unit: Mapping[str, float], room: int) -> list[_Group]:
    """What is directly in a folder, if it fits, or its folders and its most valuable files.

    The whole repository is opened in any case.
    """
    depth = f"{group.path}/" if group.path else ""
    units_by_child: dict[str, list[str]] = defaultdict(list)
    own: list[str] = []
    for unit in group.units:
        child, has_more, _ = unit.removeprefix(depth).partition("/")
        if has_more:
            units_by_child[depth + child].append(unit)
        else:
            own.append(unit)

    folders = [_group(path, units, value_by_unit) for path, units in units_by_child.items()]
    own.sort(key=lambda unit: (-value_by_unit[unit], unit))
    shown = len(own)
    if len(folders) + len(own) > room:
        shown = max(0, room - len(folders) - 1)
    if shown < min(len(own), LEAST_SHOWN) and group.path:
        return []
    files = [_group(unit, [unit], value_by_unit) for unit in own[:shown]]
    rest = own[shown:]
    others = [_group(f"{depth}{OTHERS}", rest, value_by_unit, is_open=True)] if rest else []
    return [*folders, *files, *others]


def _group(
    path: str, units: Sequence[str], value_by_unit: Mapping[str, float], *, is_open: bool = False
) -> _Group:
    """The group of some units; without files of its own a folder gives its name to its only one."""
    value = sum(value_by_unit[unit] for unit in units)
    is_single = len(units) == 1
    return _Group(units[0] if is_single else path, tuple(units), value, is_open or is_single)


def _by_value(groups: Iterable[_Group]) -> list[_Group]:
    return sorted(groups, key=lambda group: (-group.value, group.path))
