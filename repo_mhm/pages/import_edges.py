"""Which files an import statement surely leads to, so that the map draws no invented edge. Pure.

What relations follow is made for finding: where an import may lead to several files, or only looks
as if it led here, they give the likeliest. The map rather draws nothing. So each language has a
rule here that accepts a target only where the language's own rules leave no choice: the package of
a class of Java must be the one that it declares, a header of C must be beside the file or the only
one of its name, and a bare name of JavaScript must be a package that this repository holds.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections.abc import Callable, Sequence

from repo_mhm.relations.records import Import
from repo_mhm.source.repository_paths import RepositoryPaths

Targets = Sequence[str]

_JAVA_PACKAGE = re.compile(r"(?m)^[ \t]*package[ \t]+([\w.]+)")
_SYSTEM_HEADERS = frozenset(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal"
    " stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath"
    " threads time uchar wchar wctype dirent fcntl unistd pthread poll netdb strings termios"
    " dlfcn glob grp pwd regex sched semaphore syslog utime getopt malloc alloca endian".split()
)
"""Headers of C and POSIX: in angle brackets they are the system's, whatever lies in the repository.
"""
_ALIASES = ("@/", "~/")
_PATH_SETTINGS = ("tsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "jsconfig.json")
"""Files that say what the aliases of JavaScript's imports stand for."""


def sure_targets(statement: Import, language: str, paths: RepositoryPaths) -> Targets:
    """The files of the repository that a statement surely leads to; none where in doubt."""
    rule = _RULES.get(language)
    targets = rule(statement, paths) if rule else ()
    return tuple(path for path in dict.fromkeys(targets) if path != statement.path)


def follows(language: str) -> bool:
    """Whether imports of a language are followed at all."""
    return language in _RULES


def _as_resolved(statement: Import, paths: RepositoryPaths) -> Targets:
    """What the language's resolution says: it leaves no choice."""
    return statement.targets


def _python(statement: Import, paths: RepositoryPaths) -> Targets:
    """The modules that the names are, else the module that they are taken from."""
    module = statement.module
    is_relative = module.startswith(".")
    if not is_relative and not _is_only_package(statement, paths):
        return ()
    if not statement.names:
        return statement.targets

    folder = _package_folder(statement, paths)
    if folder is None:
        return statement.targets
    inner = [path for path in statement.targets if not _is_package_file(path)]
    inner += [
        path
        for path in statement.targets
        if _is_package_file(path) and posixpath.dirname(path) != folder
    ]
    names_of_modules = {_module_name(path) for path in inner}
    package = [path for path in statement.targets if path not in inner]
    needs_package = not names_of_modules.issuperset(statement.names)
    return [*inner, *(package if needs_package else [])]


def _is_only_package(statement: Import, paths: RepositoryPaths) -> bool:
    """Whether an absolute import can mean nothing but this repository's package.

    Not the standard library's of that name, nor that of another project of the repository.
    """
    top = statement.module.partition(".")[0]
    if top in sys.stdlib_module_names or not statement.targets:
        return False
    roots = {
        posixpath.dirname(path) if _is_package_file(path) else path
        for end in (f"{top}/__init__.py", f"{top}/__init__.pyi", f"{top}.py", f"{top}.pyi")
        for path in paths.ending_with(end)
    }
    above = {posixpath.splitext(root)[0].rpartition("/")[0] for root in roots}
    around = [folder for folder in above if f"{statement.path}/".startswith(f"{folder}/")]
    return len(above) <= 1 or len([*filter(None, around), *([""] * ("" in above))]) == 1


def _package_folder(statement: Import, paths: RepositoryPaths) -> str | None:
    """The folder of the package that a statement imports from; None where that is no package."""
    packages = [posixpath.dirname(path) for path in statement.targets if _is_package_file(path)]
    return min(packages, key=len, default=None)


def _is_package_file(path: str) -> bool:
    return posixpath.basename(path) in ("__init__.py", "__init__.pyi")


def _module_name(path: str) -> str:
    if _is_package_file(path):
        return posixpath.basename(posixpath.dirname(path))
    return posixpath.splitext(posixpath.basename(path))[0]


def _java(statement: Import, paths: RepositoryPaths) -> Targets:
    """The file of the class, or the files of the package, as their `package` lines say it."""
    if statement.code.rstrip().rstrip(";").endswith(".*"):
        classes = _java_class(statement.module, paths)
        return classes or _java_package(statement.module, paths)
    return _java_class(statement.module, paths)


def _java_class(module: str, paths: RepositoryPaths) -> Targets:
    """The one file of a class, or of the class around it."""
    parts = module.split(".")
    for length in range(len(parts), 1, -1):
        if not parts[length - 1][:1].isupper():
            break
        package = ".".join(parts[: length - 1])
        files = [
            path
            for path in paths.ending_with("/".join(parts[:length]) + ".java")
            if _declares(path, package, paths)
        ]
        if files:
            return files if len(files) == 1 else ()
    return ()


def _java_package(module: str, paths: RepositoryPaths) -> Targets:
    """The files of a package that lies in one folder."""
    folders = paths.folders_ending_with(module.replace(".", "/"))
    if len(folders) != 1:
        return ()
    return [path for path in paths.in_folder(folders[0], ".java") if _declares(path, module, paths)]


def _declares(path: str, package: str, paths: RepositoryPaths) -> bool:
    match = _JAVA_PACKAGE.search(paths.read(path))
    return match is not None and match[1] == package


def _c(statement: Import, paths: RepositoryPaths) -> Targets:
    """The header beside the file, else the only one whose path ends as the statement says."""
    module = posixpath.normpath(statement.module)
    is_system = "<" in statement.code.partition("include")[2][:3]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(statement.path), module))
    if not is_system and beside in paths:
        return (beside,)
    if is_system and posixpath.splitext(module)[0] in _SYSTEM_HEADERS:
        return ()
    matches = paths.ending_with(module)
    return matches if len(matches) == 1 else ()


def _script(statement: Import, paths: RepositoryPaths) -> Targets:
    """The file of a relative path, of an alias that is set up, or of a package held here."""
    module = statement.module
    if module.startswith("."):
        return statement.targets
    if module.startswith(_ALIASES):
        settings = (path for name in _PATH_SETTINGS for path in paths.ending_with(name))
        has_alias = any(f'"{module[:2]}*"' in paths.read(path) for path in settings)
        return statement.targets if has_alias else ()

    parts = module.split("/")
    name = "/".join(parts[: 2 if module.startswith("@") else 1])
    return statement.targets if _holds_package(name, paths) else ()


def _holds_package(name: str, paths: RepositoryPaths) -> bool:
    for manifest in paths.ending_with("package.json"):
        content = paths.read(manifest)
        if f'"{name}"' not in content:
            continue
        try:
            values = json.loads(content)
        except (ValueError, RecursionError):
            continue
        if isinstance(values, dict) and values.get("name") == name:
            return True
    return False


_RULES: dict[str, Callable[[Import, RepositoryPaths], Targets]] = {
    "python": _python,
    "go": _as_resolved,
    "java": _java,
    "c": _c,
    "cpp": _c,
    "javascript": _script,
    "typescript": _script,
    "tsx": _script,
    "rust": _as_resolved,
}
