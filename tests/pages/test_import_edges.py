"""Edges of the map: all that an independent listing of imports has, and no other."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from random import Random

import pytest

from tests.pages.conftest import MapOf, edges

FILES_BY_LANGUAGE: dict[str, tuple[dict[str | bytes, str | bytes], set[tuple[str, str]]]] = {
    "python": (
        {
            "src/shop/__init__.py": "from .cart import Cart\n",
            "src/shop/cart.py": "import json\nfrom shop import money\nclass Cart:\n    pass\n",
            "src/shop/money.py": "text = '''\nfrom .cart import Cart\n'''\n# import shop.cart\n",
            "src/shop/json.py": "VALUE = 1\n",
        },
        {
            ("src/shop/__init__.py", "src/shop/cart.py"),
            ("src/shop/cart.py", "src/shop/money.py"),
        },
    ),
    "typescript": (
        {
            "package.json": '{"name": "shop"}',
            "src/index.ts": "import { total } from './total'\nexport * from './cart.js'\n",
            "src/total.ts": "import fs from 'fs'\nimport x from 'cart/total'\n"
            "export const total = 1\n",
            "src/cart.ts": "import type { total } from './total'\nexport const cart = 1\n",
            "src/cart/total.ts": "export const other = 1\n",
        },
        {
            ("src/index.ts", "src/total.ts"),
            ("src/index.ts", "src/cart.ts"),
            ("src/cart.ts", "src/total.ts"),
        },
    ),
    "go": (
        {
            "go.mod": "module example.org/shop\n",
            "main.go": 'package main\nimport (\n"fmt"\n"example.org/shop/cart"\n)\n'
            "func main() {}\n",
            "cart/cart.go": 'package cart\nimport "example.org/other/money"\nfunc New() {}\n',
            "money/money.go": "package money\nfunc Sum() {}\n",
        },
        {(".", "cart")},
    ),
    "java": (
        {
            "a/src/main/java/org/shop/Cart.java": "package org.shop;\n"
            "import org.shop.money.Sum;\nimport java.util.List;\nimport org.lost.Sum;\n"
            "class Cart {}\n",
            "a/src/main/java/org/shop/money/Sum.java": "package org.shop.money;\nclass Sum {}\n",
            "a/src/main/java/org/shop/all/Use.java": "package org.shop.all;\n"
            "import static org.shop.money.Sum.of;\nimport org.shop.*;\nclass Use {}\n",
            "b/java/util/List.java": "package b;\nclass List {}\n",
        },
        {
            ("a/src/main/java/org/shop", "a/src/main/java/org/shop/money"),
            ("a/src/main/java/org/shop/all", "a/src/main/java/org/shop/money"),
            ("a/src/main/java/org/shop/all", "a/src/main/java/org/shop"),
        },
    ),
    "c": (
        {
            "src/cart.c": '#include "cart.h"\n#include <string.h>\n#include "money.h"\nint cart;\n',
            "src/cart.h": "int cart_new(void);\n",
            "include/money.h": "int money(void);\n",
            "compat/string.h": "int strange(void);\n",
            "src/other.c": '#include "twice.h"\nint other;\n',
            "a/twice.h": "int a(void);\n",
            "b/twice.h": "int b(void);\n",
        },
        {("src/cart", "include/money.h")},
    ),
    "rust": (
        {
            "Cargo.toml": '[package]\nname = "my-shop"\n',
            "src/lib.rs": "pub mod cart;\nmod money;\npub use cart::Cart;\n",
            "src/cart.rs": "use crate::money::{self, Sum as S};\nuse std::fmt;\npub struct Cart;\n"
            "mod tests {\n    use super::*;\n}\n",
            "src/money.rs": "pub struct Sum;\npub mod coin;\n"
            'const T: &str = "use crate::cart::X;";\n',
            "src/money/coin.rs": "use super::Sum;\npub struct Coin;\n",
            "tests/all.rs": "use my_shop::cart::Cart;\n",
        },
        {
            ("src/lib.rs", "src/cart.rs"),
            ("src/lib.rs", "src/money.rs"),
            ("src/cart.rs", "src/money.rs"),
            ("src/money.rs", "src/money/coin.rs"),
            ("src/money/coin.rs", "src/money.rs"),
        },
    ),
}


@pytest.mark.parametrize("language", FILES_BY_LANGUAGE)
def test_edges_are_the_imports_of_the_language(map_of: MapOf, language: str) -> None:
    files, expected = FILES_BY_LANGUAGE[language]
    assert edges(map_of(files)) == expected


def test_each_edge_names_the_lines_that_import(map_of: MapOf) -> None:
    page = map_of({"a.py": "import os\nimport b\n\n\nfrom b import x\n", "b.py": "x = 1\n"})
    (edge,) = page.dependencies
    assert [str(place) for place in edge.statements] == ["a.py:2-2", "a.py:5-5"]


def test_a_package_that_two_projects_have_is_no_edge_of_a_third(map_of: MapOf) -> None:
    page = map_of(
        {
            "one/src/shop/__init__.py": "x = 1\n",
            "two/src/shop/__init__.py": "x = 2\n",
            "tool.py": "import shop\n",
            "one/src/use.py": "import shop\n",
        }
    )
    assert edges(page) == {("one/src/use.py", "one/src/shop/__init__.py")}


def test_a_package_s_own_file_is_no_target_where_only_its_modules_are_imported(
    map_of: MapOf,
) -> None:
    page = map_of(
        {
            "shop/__init__.py": "VERSION = 1\n",
            "shop/cart.py": "from . import money\n",
            "shop/money.py": "from shop import VERSION, cart\n",
        }
    )
    assert edges(page) == {
        ("shop/cart.py", "shop/money.py"),
        ("shop/money.py", "shop/cart.py"),
        ("shop/money.py", "shop/__init__.py"),
    }


def _python_edges(files: dict[str, str]) -> set[tuple[str, str]]:
    """What Python's own parser and rules say, for modules of one package."""
    modules = {path.removesuffix(".py").replace("/", "."): path for path in files}
    found: set[tuple[str, str]] = set()
    for path, text in files.items():
        package = PurePosixPath(path).parent.as_posix().replace("/", ".")
        for node in ast.walk(ast.parse(text)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(filter(None, [package if node.level else "", node.module or ""]))
                names = [f"{base}.{alias.name}" for alias in node.names]
                names = [name if name in modules else base for name in names]
            found |= {(path, modules[name]) for name in names if modules.get(name, path) != path}
    return found


NAMES = [f"part{number}" for number in range(12)]
STATEMENTS = (
    "from .{0} import value",
    "import pkg.{0}",
    "import pkg.{0} as other, os",
    "from . import ({0}, {1})",
    "from pkg import {0} as first, {1}",
    "from pkg import \\\n    {0}",
    "def f():\n    from pkg.{0} import value",
    "if True:\n    from .{0} import value  # and .{1}",
    '"""\nimport pkg.{0}\n"""',
    "text = 'import pkg.{0}'",
    "import json, os.path",
)


@pytest.mark.parametrize("seed", [1, 2])
def test_edges_of_python_are_those_that_python_s_parser_sees(map_of: MapOf, seed: int) -> None:
    random = Random(seed)
    files: dict[str, str] = {}
    for name in NAMES:
        lines = [
            random.choice(STATEMENTS).format(*random.sample(NAMES, 2))
            for _ in range(random.randrange(4))
        ]
        files[f"pkg/{name}.py"] = "\n".join([*lines, "value = 1", ""])
    page = map_of({"pkg/__init__.py": "value = 1\n", **files})
    inner = {edge for edge in edges(page) if not edge[1].endswith("__init__.py")}
    assert inner == _python_edges(files)
    assert len(inner) > len(NAMES) / 2
