"""Values: what matters more to the rest of a repository is worth more, and each says why."""

from __future__ import annotations

import pytest

from repo_mhm.memory.values import (
    FileValues,
    is_noted_file,
    is_public,
    is_worth_noting,
    symbol_value,
)
from repo_mhm.source.symbols import Symbol


def symbol(name: str, path: str = "shop/cart.py", **fields: str) -> Symbol:
    kind = fields.get("kind", "function")
    signature = fields.get("signature", f"def {name}()")
    return Symbol(path, name, name, kind, 1, 2, 0, 9, signature, "", "")


def value_of(path: str, users: int = 0, changes: float = 0.0) -> float:
    values = FileValues({path: users, "other": 9}, {path: changes, "other": 9.0})
    return values.of(path).total


def test_source_is_worth_more_than_tests_documents_and_configuration() -> None:
    paths = ["shop/cart.py", "tests/test_cart.py", "docs/guide.md", "pyproject.toml"]
    values = [value_of(path) for path in paths]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_files_that_others_use_and_that_change_are_worth_more() -> None:
    assert value_of("a.py") < value_of("a.py", users=1) < value_of("a.py", users=9)
    assert value_of("a.py") < value_of("a.py", changes=9.0)


def test_a_value_says_its_reasons() -> None:
    file_value = FileValues({}, {}).of("shop/cart.py")
    private = symbol_value(symbol("_total"), 0.01, file_value, is_entry=False, is_local=False)
    entry = symbol_value(symbol("total"), 0.01, file_value, is_entry=True, is_local=False)
    plain = symbol_value(symbol("total"), 0.01, file_value, is_entry=False, is_local=False)
    assert private.total < plain.total < entry.total
    assert "private" in dict(private.factors)
    assert "entry point" in dict(entry.factors)


@pytest.mark.parametrize(
    ("name", "path", "signature", "expected"),
    [
        ("total", "a.py", "def total()", True),
        ("_total", "a.py", "def _total()", False),
        ("Total", "a.go", "func Total()", True),
        ("total", "a.go", "func total()", False),
        ("total", "A.java", "private int total()", False),
        ("total", "A.java", "public static int total(int part)", True),
        ("total", "a.c", "static int total(void)", False),
        ("total", "a.rs", "pub fn total()", True),
    ],
)
def test_what_other_code_may_use_is_public(
    name: str, path: str, signature: str, expected: bool
) -> None:
    assert is_public(symbol(name, path, signature=signature)) == expected


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("T", "T = TypeVar('T')"),
        ("P", "P = t.ParamSpec('P')"),
        ("_missing", "_missing = object()"),
        ("size", "size: int"),
        ("__all__", "__all__ = ['a']"),
        ("[secret]", "[secret] = 1"),
    ],
)
def test_what_says_nothing_is_no_note(name: str, signature: str) -> None:
    assert not is_worth_noting(symbol(name, kind="constant", signature=signature))


def test_tests_are_named_where_they_have_names() -> None:
    assert is_worth_noting(symbol("test_total", kind="test"))
    assert not is_worth_noting(symbol("adds up the total", kind="test"))


def test_constants_with_values_are_worth_a_note() -> None:
    assert is_worth_noting(symbol("LIMIT", kind="constant", signature="LIMIT: int = 30"))
    assert is_worth_noting(symbol("missing", kind="constant", signature="missing = object()"))


@pytest.mark.parametrize(
    "path", [".gitignore", "docs/.editorconfig", "poetry.lock", "go.sum", ".vscode/settings.json"]
)
def test_lock_ignore_and_editors_files_are_not_noted(path: str) -> None:
    assert not is_noted_file(path)
    assert is_noted_file("shop/cart.py")
