"""Pointers: the files and lines that a text names, as a trace, a compiler or a link does. Pure.

The idea: nearly every tool writes a path and, right behind it, a line in one of a few forms:
`a.py:31`, `a.py:31:5`, `a.cs(31,5)`, `a.cs:line 31`, `"a.py", line 31`, `a.php on line 31`,
`a.py#L31`. So one pattern finds the frames of all of them. The name of the function may stand
before it (JavaScript, C#, gdb) or behind it (`in generate` of Python and Ruby); Java writes the
package instead of the folders. A trace may come from another machine and another version of the
code: a path may begin with folders that the repository does not have, and the function is kept
beside the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repo_mhm.source.file_roles import is_file_name

MOST_POINTERS = 200
"""Pointers of one text; what a trace repeats beyond that says nothing new."""
_LONGEST_LINE = 2_000
"""Characters of a line that are looked at; longer ones are data."""
_LONGEST_CALL = 400
"""Characters before a path in which the name of its function may stand."""

_START = r"(?<![\w.@+\-\\/])"
_PATH = (
    r"(?P<path>(?:[A-Za-z]:[\\/]|~/|/|\.{1,2}/)?(?:[\w.@+\-]{1,100}[\\/]){0,40}[\w.@+\-]{1,100})"
)
_LINE = re.compile(
    _START + _PATH + r"(?:"
    r":line (?P<colon_line>\d+)"
    r"|[:@](?P<colon>\d+)(?::\d+)?"
    r"|\((?P<bracket>\d+)(?:, ?\d+)?\)"
    r"|#L(?P<link>\d+)(?:-L?\d+)?"
    r"|[\"']?,? (?:on |at )?line (?P<word>\d+)"
    r"| in (?=\w{1,100}\())"
    r"(?:(?::|: |, )?(?:in )?(?<=in )[`'\"<]?(?:block in )?(?P<function>[\w.#:]{1,100}))?"
)
_LINE_OF = re.compile(r"\blines? (?P<line>\d+)(?:-\d+)? (?:of|in) [`'\"]?" + _PATH)
_JAVA = re.compile(
    r"(?<![\w$.])(?P<package>(?:[\w$]{1,100}\.){0,30})(?P<function>[\w$<>]{1,100})"
    r"\((?P<file>[\w$]{1,100}\.(?:java|kt|scala|groovy|clj)):(?P<line>\d+)\)"
)
_CALL_BEFORE = re.compile(
    r"\b(?:at|in) (?:async |new )?(?P<function>[\w$.<>#:~]{1,100})"
    r"(?: \[as [\w$]{1,100}\])?(?: ?\([^()]{0,300}\))?(?: \(| in | at | )"
    r"\Z"
)
_SCHEME = re.compile(r"\b[a-z][a-z\-]{1,20}:/{2,4}")
_INNERMOST_LAST = re.compile(
    r"most recent call last|^\s{0,20}File [\"'~/\w]|:\d+: in \w|\.py in \w+\(", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A line of a file that a text names."""

    path: str
    """As the text writes it, but with slashes."""
    line: int = 0
    """1-based; 0 where the text names a function of the file instead."""
    function: str = ""
    """The function around the line, where the text says so: without class and package."""


def pointers_in(text: str) -> list[Pointer]:
    """The files and lines that a text names, each once; of a trace the innermost frame first."""
    pointers: dict[Pointer, None] = {}
    for pointer in _all_pointers(text):
        pointers.setdefault(pointer)
        if len(pointers) == MOST_POINTERS:
            break
    in_order = list(pointers)
    return in_order[::-1] if _INNERMOST_LAST.search(text) else in_order


def _all_pointers(text: str) -> Iterator[Pointer]:
    for whole_line in text.split("\n"):
        line = _SCHEME.sub("/", whole_line[:_LONGEST_LINE])
        java, in_words = _JAVA.search(line), _LINE_OF.search(line)
        if java is not None:
            yield _java_pointer(java)
        elif in_words is not None and is_file_name(in_words["path"]):
            yield Pointer(in_words["path"], _number(in_words["line"]))
        else:
            for match in _LINE.finditer(line):
                if is_file_name(match["path"].replace("\\", "/")):
                    yield _pointer(match, line[: match.start()][-_LONGEST_CALL:])


def _java_pointer(match: re.Match[str]) -> Pointer:
    """A frame of Java: the folders are those of the package, without the class at its end."""
    folders = match["package"].rstrip(".").split(".")[:-1]
    return Pointer("/".join([*folders, match["file"]]), _number(match["line"]), match["function"])


def _pointer(match: re.Match[str], before: str) -> Pointer:
    forms = ("colon_line", "colon", "bracket", "link", "word")
    digits = next((match[form] for form in forms if match[form]), "0")
    function = match["function"] or ""
    call = None if function else _CALL_BEFORE.search(before)
    if call is not None:
        function = call["function"]
    return Pointer(match["path"].replace("\\", "/"), _number(digits), _last_name(function))


def _number(digits: str) -> int:
    return int(digits[:8])


def _last_name(function: str) -> str:
    return re.split(r"[.#:]", function.rstrip(".:"))[-1].strip("<>~$")
