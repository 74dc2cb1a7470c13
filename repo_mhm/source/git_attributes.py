"""Git attributes: what `.gitattributes` says of vendored and generated files. Pure.

GitHub's Linguist reads the same attributes: `path/** linguist-vendored`, `-linguist-generated`,
`linguist-vendored=false`. Documentation (`linguist-documentation`) is read like any other file.
"""

from __future__ import annotations

ATTRIBUTES_FILE = ".gitattributes"
"""Only the one at the root is read."""
_LEFT_OUT = frozenset({"linguist-vendored", "linguist-generated"})
_FALSE = frozenset({"false", "0", "no"})


def attribute_patterns(text: str) -> list[str]:
    """The files that the attributes leave out, as patterns of a gitignore file.

    A pattern with `!` is of files that an attribute says to read.
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
                patterns.append(f"!{pattern}" if is_read else pattern)
    return patterns
