"""The list of a file's names in one line: members in brackets behind their class. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ELLIPSIS = "…"
"""Ends a list that leaves names out."""


class Entry(NamedTuple):
    """One symbol that the overview may name."""

    path: str
    name: str
    qualified: str
    parents: tuple[str, ...]
    """The simple names of the classes around it, outermost first."""
    content: str
    """Content id of the chunk it begins in."""
    value: float
    spelled: str = ""
    """What the code says of it in a few characters; see `spelled_values`."""
    spelled_value: float = 0.0
    """What a token of that is worth."""
    documentation: str = ""
    """What its authors say of it in a sentence."""
    documentation_worth: float = 0.0
    """What the sentence says, in tokens of names times their value."""


def listing(entries: Iterable[Entry], *, is_whole: bool) -> str:
    """The names of some entries of one file in their order, each once in its class."""
    tree: dict[str, _Node] = {}
    for entry in entries:
        level = tree
        for parent in entry.parents:
            level = level.setdefault(parent, _Node("", {})).members
        node = level.get(entry.name, _Node("", {}))
        level[entry.name] = _Node(node.spelled or entry.spelled, node.members)
    names = _names(tree)
    return names if is_whole else f"{names}, {ELLIPSIS}"


class _Node(NamedTuple):
    spelled: str
    members: dict[str, _Node]


def _names(level: dict[str, _Node]) -> str:
    return ", ".join(_name(name, node) for name, node in level.items())


def _name(name: str, node: _Node) -> str:
    members = f"({_names(node.members)})" if node.members else ""
    return f"{name}{node.spelled}{members}"
