"""Paths of `use`."""

from __future__ import annotations

import doctest

import pytest

from repo_mhm.pages import rust_imports
from repo_mhm.pages.rust_imports import use_paths


def test_examples() -> None:
    assert doctest.testmod(rust_imports).failed == 0


@pytest.mark.parametrize(
    ("tree", "paths"),
    [
        ("a::b as c", [("a", "b")]),
        ("a::*", [("a",)]),
        ("a::{b::*, self}", [("a", "b"), ("a",)]),
        ("{a, b::c}", [("a",), ("b", "c")]),
        ("r#type::x,", [("type", "x")]),
    ],
)
def test_paths_of_a_tree(tree: str, paths: list[tuple[str, ...]]) -> None:
    assert use_paths(tree) == paths
