"""Python's imports: which module a name or a dotted chain in one file stands for, and whether that is another file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_FROM = re.compile(
    r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n;\\]|\\\n)+)", re.MULTILINE
)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+((?:[^\n;\\(]|\\\n)+)", re.MULTILINE)
_AS = re.compile(r"([\w.]+|\*)(?:\s+as\s+(\w+))?\s*$")
_ROOTS = frozenset({"src", "lib", "python"})


@dataclass(frozen=True, slots=True)
class Imports:
    """What one file imports. `names`: local name to (module, original name); `modules`: local name to module."""

    names: Mapping[str, tuple[str, str]]
    modules: Mapping[str, str]
    stars: tuple[str, ...]
    spans: tuple[tuple[int, int, str], ...]
    """Where the `from MODULE import …` statements stand: first character, end, module."""

    def module_at(self, position: int) -> str | None:
        """The module whose `from … import` statement holds a character."""
        return next((module for start, end, module in self.spans if start <= position < end), None)

    def module_of(self, chain: str) -> str:
        """The module that a dotted chain stands for as far as imports tell; empty when it is something else."""
        parts = chain.split(".")
        for length in range(len(parts), 0, -1):
            head, rest = ".".join(parts[:length]), parts[length:]
            if head in self.modules:
                return ".".join([self.modules[head], *rest])
            if length == 1 and head in self.names:
                module, original = self.names[head]
                joined = module + original if module.endswith(".") else f"{module}.{original}"
                return ".".join([joined, *rest])
        return ""


def read(code: str) -> Imports:
    """The imports of a file whose comments and strings are blanked out."""
    names: dict[str, tuple[str, str]] = {}
    modules: dict[str, str] = {}
    stars: list[str] = []
    spans: list[tuple[int, int, str]] = []
    for match in _FROM.finditer(code):
        spans.append((match.start(), match.end(), match[1]))
        for part in match[2].strip("() \t\n").replace("\\\n", " ").split(","):
            found = _AS.search(part.strip())
            if found and found[1] == "*":
                stars.append(match[1])
            elif found:
                names[found[2] or found[1]] = (match[1], found[1])
    for match in _IMPORT.finditer(code):
        for part in match[1].replace("\\\n", " ").split(","):
            found = _AS.search(part.strip())
            if found:
                modules[found[2] or found[1]] = found[1]
                if not found[2]:
                    modules.setdefault(found[1].partition(".")[0], found[1].partition(".")[0])
    return Imports(names, modules, tuple(stars), tuple(spans))


def leads(module: str, importer: str, target: str) -> str:
    """Whether a module named in the file `importer` is the file `target` (`module`), one of the packages around it
    (its path), or neither (empty)."""
    wanted = _parts(target)
    dots = len(module) - len(module.lstrip("."))
    rest = [part for part in module.split(".") if part]
    folder = list(PurePosixPath(importer).parent.parts)
    if dots:
        prefixes = [folder[: len(folder) - (dots - 1)]] if dots - 1 <= len(folder) else []
    else:
        prefixes = [
            [],
            folder,
            *(wanted[: at + 1] for at, part in enumerate(wanted) if part in _ROOTS),
        ]
    for prefix in prefixes:
        whole = [*prefix, *rest]
        if whole == wanted:
            return "module"
        if whole and len(whole) < len(wanted) and wanted[: len(whole)] == whole:
            return "/".join(whole)
    return ""


def _parts(path: str) -> list[str]:
    parts = list(PurePosixPath(path).with_suffix("").parts)
    return parts[:-1] if parts and parts[-1] == "__init__" else parts
