"""The traits of languages: how parameters, imports and values are read."""

from __future__ import annotations

import pytest

from repo_mhm.source import languages
from repo_mhm.source.language_traits import ImportStatement, ImportSyntax, Parameter, Signature
from repo_mhm.source.repository_paths import RepositoryPaths


def python_imports() -> ImportSyntax:
    imports = languages.by_name("python").imports
    assert imports is not None
    return imports


def parameters(name: str, *parts: str) -> Signature | None:
    calls = languages.by_name(name).calls
    assert calls is not None
    return calls.parameters(parts)


def test_parameters_of_python_have_names_and_kinds() -> None:
    assert parameters("python", "a", "/", "b: int = 0x10", "*rest", "c", "d='x'", "**options") == (
        Parameter("a", "positional"),
        Parameter("b", "plain", "16"),
        Parameter("rest", "rest"),
        Parameter("c", "keyword"),
        Parameter("d", "keyword", "'x'"),
        Parameter("options", "options"),
    )
    assert parameters("python", "a b") is None


def test_parameters_of_other_languages_are_told_by_all_that_is_written() -> None:
    assert parameters("rust", "&self", "name: &str") == (Parameter("name: &str", "plain"),)
    assert parameters("typescript", "a: string", "b?: number", "...c: T[]") == (
        Parameter("a: string", "plain"),
        Parameter("b?: number", "plain", ""),
        Parameter("...c: T[]", "rest"),
    )
    assert parameters("cpp", "int  a", "bool b = true") == (
        Parameter("int a", "plain"),
        Parameter("bool b", "plain", "true"),
    )


def test_imports_of_python() -> None:
    code = "import a.b\nimport c as d\nfrom .e import (f, g as h,)\nfrom i import *\n"

    assert sorted(python_imports().statements(code, code)) == [
        ImportStatement(0, 10, "a.b", local="a.b"),
        ImportStatement(11, 24, "c", local="d"),
        ImportStatement(25, 52, ".e", names=(("f", "f"), ("g", "h"))),
        ImportStatement(53, 68, "i", is_star=True),
    ]


@pytest.mark.parametrize(
    ("module", "importer", "target", "leads"),
    [
        ("pkg.lib", "use.py", "pkg/lib.py", True),
        ("pkg", "use.py", "pkg/lib.py", False),
        ("pkg", "use.py", "pkg/__init__.py", True),
        ("lib", "pkg/use.py", "pkg/lib.py", True),
        ("lib", "other/use.py", "pkg/lib.py", False),
        (".lib", "pkg/use.py", "pkg/lib.py", True),
        ("..lib", "pkg/sub/use.py", "pkg/lib.py", True),
        ("..lib", "use.py", "lib.py", False),
        ("pkg.lib", "tests/use.py", "src/pkg/lib.py", True),
        ("lib", "use.py", "pkg/lib.py", False),
    ],
)
def test_where_an_import_of_python_leads(
    module: str, importer: str, target: str, leads: bool
) -> None:
    paths = RepositoryPaths([importer, target], lambda path: "")
    assert (target in python_imports().targets(module, importer, paths)) is leads


def test_values_of_python_are_equal_however_they_are_written() -> None:
    value_of = languages.by_name("python").value_of
    assert value_of is not None
    assert value_of("A = [1,\n  2,]") == value_of("A: list[int] = [1, 2]")
    assert value_of("A = 1") != value_of("A = 2")
    assert value_of("A = (") is None
