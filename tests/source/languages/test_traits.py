"""The traits of languages: how parameters, imports and values are read."""

from __future__ import annotations

import pytest

from repo_mhm.source import languages
from repo_mhm.source.language_traits import Imports, Modules, Parameter, Signature


def python_modules() -> Modules:
    modules = languages.by_name("python").modules
    assert modules is not None
    return modules


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
    imports = python_modules().imports(code)
    assert imports == Imports(
        names={"f": (".e", "f"), "h": (".e", "g")},
        modules={"a.b": "a.b", "a": "a", "d": "c"},
        stars=("i",),
        spans=((25, 52, ".e"), (53, 68, "i")),
    )
    assert [imports.module_of(chain) for chain in ("a.b", "d.x", "h", "z")] == [
        "a.b",
        "c.x",
        ".e.g",
        "",
    ]


@pytest.mark.parametrize(
    ("module", "importer", "target", "lead"),
    [
        ("pkg.lib", "use.py", "pkg/lib.py", "module"),
        ("pkg", "use.py", "pkg/lib.py", "pkg"),
        ("pkg", "use.py", "pkg/__init__.py", "module"),
        ("lib", "pkg/use.py", "pkg/lib.py", "module"),
        ("lib", "other/use.py", "pkg/lib.py", ""),
        (".lib", "pkg/use.py", "pkg/lib.py", "module"),
        ("..lib", "pkg/sub/use.py", "pkg/lib.py", "module"),
        ("..lib", "use.py", "lib.py", ""),
        ("pkg.lib", "tests/use.py", "src/pkg/lib.py", "module"),
        ("lib", "use.py", "pkg/lib.py", ""),
    ],
)
def test_where_an_import_of_python_leads(
    module: str, importer: str, target: str, lead: str
) -> None:
    assert python_modules().leads_to(module, importer, target) == lead


@pytest.mark.parametrize(
    ("code", "rebinds"),
    [
        ("name = 1", True),
        ("a, name = 1, 2", True),
        ("for name in x: pass", True),
        ("def f(a, name=None): pass", True),
        ("global name", True),
        ("f(a, name=1)", False),
        ("name == 1", False),
        ("return name", False),
    ],
)
def test_whether_python_makes_a_name_the_files_own(code: str, rebinds: bool) -> None:
    assert python_modules().rebinds(code, "name", code.index("name")) is rebinds


def test_values_of_python_are_equal_however_they_are_written() -> None:
    value_of = languages.by_name("python").value_of
    assert value_of is not None
    assert value_of("A = [1,\n  2,]") == value_of("A: list[int] = [1, 2]")
    assert value_of("A = 1") != value_of("A = 2")
    assert value_of("A = (") is None
