"""The drawing of the modules as Mermaid, which GitHub, GitLab and many editors show. Pure.

Names stand in quotes, and every character that Mermaid, its Markdown or HTML could act on is
written as the number of its code point: no name can end its box or become markup.
"""

from __future__ import annotations

from repo_mhm.formatting import single_line
from repo_mhm.pages.blocks import Drawing

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./-_")
_LONGEST_NAME = 60


def mermaid(drawing: Drawing) -> str:
    """The text of a flow chart; arrows lead from the module that imports."""
    number_by_path = {path: number for number, (path, _) in enumerate(drawing.names)}
    lines = ["flowchart TD"]
    lines += [
        f'    m{number}["{_escaped(name)}"]' for number, (_, name) in enumerate(drawing.names)
    ]
    lines += [
        f"    m{number_by_path[edge.importer]} --> m{number_by_path[edge.imported]}"
        for edge in drawing.edges
    ]
    return "\n".join(lines) + "\n"


def _escaped(name: str) -> str:
    """A name as Mermaid shows it; of a long one its end, which tells more."""
    text = single_line(name)
    if len(text) > _LONGEST_NAME:
        text = f"…{text[1 - _LONGEST_NAME :]}"
    return "".join(char if char in _PLAIN else f"#{ord(char)};" for char in text)
