"""Imports of Go, Java and C: their statements, and the files they lead to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from repo_mhm.source.language_traits import ImportStatement, ImportSyntax
from repo_mhm.source.repository_paths import RepositoryPaths

# Go -----------------------------------------------------------------------------------------------

_GO_IMPORT = r"^import\s*(?:\((?P<list>[^()]*)\)|(?P<single>[^\n(]+))"
_GO_SPEC = r"(?P<alias>[\w.]+[ \t]+)?(?P<path>[\"`][^\"`\n]*[\"`])"
_GO_VERSION = re.compile(r"/v\d+$|\.v\d+$")


def _go_statements(text: str, code: str) -> list[ImportStatement]:
    statements = []
    for declaration in re.finditer(_GO_IMPORT, code, re.MULTILINE):
        group = "list" if declaration["list"] is not None else "single"
        for spec in re.compile(_GO_SPEC).finditer(code, *declaration.span(group)):
            module = text[spec.start("path") + 1 : spec.end("path") - 1]
            alias = (spec["alias"] or "").strip()
            is_star = alias == "."
            last = _GO_VERSION.sub("", module).rpartition("/")[2]
            local = "" if alias in ("_", ".") else alias or last
            statements.append(ImportStatement(spec.start(), spec.end(), module, (), local, is_star))
    return statements


def _go_targets(module: str, importer: str, paths: RepositoryPaths) -> Sequence[str]:
    manifests = paths.ending_with("go.mod")
    if not manifests:
        return _go_folder(module, paths)
    for manifest in manifests:
        declared = re.search(r"(?m)^module[ \t]+\"?([^\s\"]+)", paths.read(manifest))
        if declared is None:
            continue
        root = declared[1]
        if module == root or module.startswith(f"{root}/"):
            folder = posixpath.join(posixpath.dirname(manifest), module[len(root) + 1 :])
            files = paths.in_folder(folder.rstrip("/"), ".go")
            if files:
                return [path for path in files if not path.endswith("_test.go")]
    return ()


def _go_folder(module: str, paths: RepositoryPaths) -> Sequence[str]:
    """The files of a module where no manifest says what the repository is called.

    Its path ends with the folder's; what stands before is the repository's.
    """
    _, slash, folder = module.partition("/")
    while slash:
        if files := paths.in_folder(folder, ".go"):
            return [path for path in files if not path.endswith("_test.go")]
        _, slash, folder = folder.partition("/")
    return ()


GO_IMPORTS = ImportSyntax(_go_statements, _go_targets)

# Java ---------------------------------------------------------------------------------------------

_JAVA_IMPORT = r"^[ \t]*import\s+(?P<static>static\s+)?(?P<name>[\w.]+?)(?P<star>\.\*)?\s*;"


def _java_statements(text: str, code: str) -> list[ImportStatement]:
    statements = []
    for match in re.finditer(_JAVA_IMPORT, code, re.MULTILINE):
        module = match["name"]
        names: tuple[tuple[str, str], ...] = ()
        last = module.rpartition(".")[2]
        if not match["star"]:
            names = ((last, last),)
            if match["static"]:
                module = module.rpartition(".")[0]
        statements.append(
            ImportStatement(match.start(), match.end(), module, names, "", bool(match["star"]))
        )
    return statements


def _java_targets(module: str, importer: str, paths: RepositoryPaths) -> Sequence[str]:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        stem = "/".join(parts[:length])
        files = paths.ending_with(f"{stem}.java") or paths.ending_with(f"{stem}.kt")
        if files:
            return files
    folders = paths.folders_ending_with("/".join(parts))
    suffixes = (".java", ".kt")
    groups = (paths.in_folder(folder, suffix) for folder in folders for suffix in suffixes)
    return [path for group in groups for path in group]


JAVA_IMPORTS = ImportSyntax(_java_statements, _java_targets)

# C ------------------------------------------------------------------------------------------------

_INCLUDE = (
    r"^[ \t]*#[ \t]*(?:include|import)[ \t]*(?:<(?P<system>[^>\n]+)>|(?P<quoted>\"[^\"\n]*\"))"
)


def _c_statements(text: str, code: str) -> list[ImportStatement]:
    return [
        ImportStatement(
            match.start(),
            match.end(),
            (match["system"] or match["quoted"].strip('"')).strip(),
            is_star=True,
        )
        for match in re.finditer(_INCLUDE, text, re.MULTILINE)
    ]


def _c_targets(module: str, importer: str, paths: RepositoryPaths) -> Sequence[str]:
    folder = posixpath.dirname(importer)
    beside = posixpath.normpath(posixpath.join(folder, module))
    if beside in paths:
        return (beside,)
    return tuple(paths.ending_with(posixpath.normpath(module).lstrip("./"))[:1])


C_IMPORTS = ImportSyntax(_c_statements, _c_targets)
