"""Imports of JavaScript and TypeScript: ES modules and CommonJS, and the files they lead to."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence

from repo_mhm.source.language_traits import ImportStatement, ImportSyntax
from repo_mhm.source.repository_paths import RepositoryPaths

# In the code the module is blanked out, so what comes between the quotes is read from the text.
_MODULE = r"(?P<quote>['\"])[^'\"\n]*['\"]"
_FROM = (
    r"^[ \t]*(?P<verb>import|export)\b"
    # A statement without semicolon ends where the next one begins.
    r"(?P<clause>(?:(?!\n[ \t]*(?:import|export)\b)[^'\";()=]){0,4000}?)"
    rf"\bfrom\s*{_MODULE}"
)
_BARE = rf"^[ \t]*import\s*{_MODULE}"
_REQUIRE = (
    r"(?:\b(?:const|let|var|import)\s+(?P<clause>[\w$]+|\{[^{}=]*\})(?:\s*:[^=\n]+)?\s*=\s*"
    r"|(?P<export>\bmodule\.exports\s*=\s*))?"
    rf"(?:await\s+)?\b(?:require|import)\s*\(\s*{_MODULE}\s*\)(?P<member>\.[\w$]+)?"
)
_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", "")
_SOURCE_OF_OUTPUT = {
    ".js": (".ts", ".tsx"),
    ".jsx": (".tsx",),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
}
_SOURCE_FOLDERS = ("src", "lib", "app", "source", "")


def _statements(text: str, code: str) -> list[ImportStatement]:
    statements = [
        *_module_statements(text, code),
        *_require_statements(text, code),
    ]
    return sorted(statements)


def _module_statements(text: str, code: str) -> Iterator[ImportStatement]:
    for match in re.finditer(_FROM, code, re.MULTILINE):
        clause = match["clause"].strip().removeprefix("type ").strip()
        is_export = match["verb"] == "export"
        names, local, is_star = _clause(clause, is_export=is_export)
        yield ImportStatement(
            match.start(), match.end(), _module(text, match), names, local, is_star, is_export
        )
    for match in re.finditer(_BARE, code, re.MULTILINE):
        yield ImportStatement(match.start(), match.end(), _module(text, match))


def _require_statements(text: str, code: str) -> Iterator[ImportStatement]:
    for match in re.finditer(_REQUIRE, code):
        clause, member = match["clause"] or "", (match["member"] or "").lstrip(".")
        names: tuple[tuple[str, str], ...] = ()
        local = ""
        if clause.startswith("{"):
            names = tuple(_listed(clause.strip("{}"), r"\s*:\s*"))
        elif clause and member:
            names = ((member, clause),)
        elif clause:
            local, names = clause, (("default", clause),)
        elif member:
            names = ((member, member),)
        is_export = match["export"] is not None
        if is_export:
            names = ((member or "default", "default"),)
        yield ImportStatement(
            match.start(), match.end(), _module(text, match), names, local, False, is_export
        )


def _module(text: str, match: re.Match[str]) -> str:
    begin = match.start("quote") + 1
    quote = text[begin - 1]
    end = text.find(quote, begin)
    return text[begin : end if end >= 0 else match.end()]


def _clause(clause: str, *, is_export: bool) -> tuple[tuple[tuple[str, str], ...], str, bool]:
    """The names, the name of the whole module, and whether all names are meant."""
    names: list[tuple[str, str]] = []
    local, is_star = "", False

    listed = re.search(r"\{([^{}]*)\}", clause)
    if listed:
        names += _listed(listed[1], r"\s+as\s+")
        clause = clause.replace(listed[0], "")

    for part in filter(None, (part.strip() for part in clause.split(","))):
        star = re.fullmatch(r"\*(?:\s+as\s+([\w$]+))?", part)
        if star and star[1]:
            local = star[1]
        elif star:
            is_star = True
        elif re.fullmatch(r"[\w$]+", part) and not is_export:
            names.append(("default", part))
    return tuple(names), local, is_star


def _listed(names: str, rename: str) -> list[tuple[str, str]]:
    pairs = []
    for part in names.split(","):
        original, *local = re.split(rename, part.strip().removeprefix("type ").strip())
        if re.fullmatch(r"[\w$]+", original):
            pairs.append((original, local[0].strip() if local else original))
    return pairs


def _targets(module: str, importer: str, paths: RepositoryPaths) -> Sequence[str]:
    if module.startswith("."):
        folder = posixpath.dirname(importer)
        return _file(posixpath.normpath(posixpath.join(folder, module)), paths)[:1]
    if module.startswith(("@/", "~/")):
        return _below_source_folder(module[2:], importer, paths)
    files = _workspace_file(module, paths)
    if not files and "/" in module:
        return _below_source_folder(module, importer, paths)
    return files[:1]


def _file(stem: str, paths: RepositoryPaths) -> tuple[str, ...]:
    """The files that a path without its suffix may mean, the likeliest first."""
    stem = "" if stem == "." else stem
    if stem.startswith(".."):
        return ()
    base, suffix = posixpath.splitext(stem)
    sources = [base + source for source in _SOURCE_OF_OUTPUT.get(suffix, ())]
    exact = [stem] if suffix else []
    direct = [stem + suffix for suffix in _SUFFIXES if suffix]
    index = [posixpath.join(stem, "index" + suffix) for suffix in _SUFFIXES if suffix]
    return paths.existing([*exact, *sources, *direct, *index])


def _below_source_folder(module: str, importer: str, paths: RepositoryPaths) -> tuple[str, ...]:
    folder = posixpath.dirname(importer)
    while True:
        for source in _SOURCE_FOLDERS:
            files = _file(posixpath.normpath(posixpath.join(folder, source, module)), paths)
            if files:
                return files[:1]
        if not folder:
            return ()
        folder = posixpath.dirname(folder)


def _workspace_file(module: str, paths: RepositoryPaths) -> tuple[str, ...]:
    """The file of a package that this repository itself holds, by the name in its package.json."""
    parts = module.split("/")
    length = 2 if module.startswith("@") else 1
    package, rest = "/".join(parts[:length]), "/".join(parts[length:])

    for manifest in paths.ending_with("package.json"):
        content = paths.read(manifest)
        if f'"{package}"' not in content:
            continue
        try:
            values = json.loads(content)
        except ValueError:
            continue
        if isinstance(values, dict) and values.get("name") == package:
            return _package_file(posixpath.dirname(manifest), rest, values, paths)
    return ()


def _package_file(
    folder: str, rest: str, manifest: dict[str, object], paths: RepositoryPaths
) -> tuple[str, ...]:
    if rest:
        stems = [posixpath.join(folder, source, rest) for source in ("", "src")]
    else:
        entries = [manifest.get(key) for key in ("source", "types", "module", "main")]
        stems = [posixpath.join(folder, entry) for entry in entries if isinstance(entry, str)]
        stems += [posixpath.join(folder, name) for name in ("src/index", "index", "src", "lib")]
    for stem in stems:
        files = _file(posixpath.normpath(stem), paths)
        if files:
            return files
    return ()


SCRIPT_IMPORTS = ImportSyntax(_statements, _targets)
