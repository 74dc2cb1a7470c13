"""Git attributes: what `.gitattributes` says of vendored and generated files. Pure.

GitHub's Linguist reads the same attributes: `path/** linguist-vendored`, `-linguist-generated`,
`linguist-vendored=false`. Documentation (`linguist-documentation`) is read like any other file.
"""

from __future__ import annotations

import re

ATTRIBUTES_FILE = ".gitattributes"
"""One in a folder says what lies below that folder, and decides before those above it."""
_LEFT_OUT = frozenset({"linguist-vendored", "linguist-generated"})
_FALSE = frozenset({"false", "0", "no"})
_SPECIAL = re.compile(r"[*?\[\]\\ !#]")
"""What has a meaning in patterns, and may stand in the name of a folder."""


def attribute_patterns(text: str, folder: str = "") -> list[str]:
    """The files that the attributes in a folder leave out, as patterns of a gitignore file.

    They are seen from the root, whose path is empty. A pattern with `!` is of files that an
    attribute says to read.
    """
    patterns: list[str] = []
    for line in text.splitlines():
        pattern, *attributes = line.split() or [""]
        if pattern.startswith(("#", "[", '"', "!")):
            continue
        for attribute in attributes:
            name, _, value = attribute.lstrip("-!").partition("=")
            if name in _LEFT_OUT:
                is_read = attribute[0] in "-!" or value.lower() in _FALSE
                from_root = _from_root(pattern, folder)
                patterns.append(f"!{from_root}" if is_read else from_root)
    return patterns


def _from_root(pattern: str, folder: str) -> str:
    """A pattern of a file in a folder as one at the root would spell it."""
    if not folder:
        return pattern
    prefix = _SPECIAL.sub(r"\\\g<0>", folder)
    is_of_any_depth = "/" not in pattern.rstrip("/")
    return f"/{prefix}/**/{pattern}" if is_of_any_depth else f"/{prefix}/{pattern.lstrip('/')}"
