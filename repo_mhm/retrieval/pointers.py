"""Pointers: the files and lines that a text names, as a trace, a compiler or a link does. Pure.

The idea: nearly every tool writes a path and, right behind it, a line in one of a few forms:
`a.py:31`, `a.py:31:5`, `a.py:31-39`, `a.cs(31,5)`, `a.java:[31,5]`, `a.cs:line 31`,
`"a.py", line 31`, `a.php on line 31`, `a.py#L31`. So one pattern finds the frames of all of them.
The name of the function may stand before it (JavaScript, C#, gdb), behind it (`in generate` of
Python and Ruby) or on the line above (Go, Rust); Java writes the package instead of the folders.
Compilers have names of their own for what has none in the source (`lambda$total$0`,
`<Total>d__3.MoveNext`, `total.func1`): those mean the function around. A trace may come from
another machine and another version of the code: a path may begin with folders that the repository
does not have, and the function is kept beside the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repo_mhm.lazy_pattern import lazy_pattern
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
_LINE = lazy_pattern(
    _START + _PATH + r"(?:"
    r":line (?P<colon_line>\d+)"
    r"|[:@](?P<colon>\d+)(?:-(?P<colon_end>\d+)|:\d+)?"
    r"|\((?P<bracket>\d+)(?:, ?\d+)?\)"
    r"|:\[(?P<square>\d+), ?\d+\]"
    r"|#L(?P<link>\d+)(?:-L?(?P<link_end>\d+))?"
    r"|[\"']?,? (?:on |at )?lines? (?P<word>\d+)(?:(?:-| to )(?P<word_end>\d+))?"
    r"| in (?=\w{1,100}\())"
    r"(?:(?::|: |, )?(?:in )?(?<=in )(?:function |method |upvalue )?[`'\"<]?(?:block in )?"
    r"(?P<function>[\w.#:]{1,100}[!?]?))?"
)
_LINE_OF = lazy_pattern(
    r"\blines? (?P<line>\d+)(?:(?:-| to )(?P<end>\d+))? (?:of|in) [`'\"]?" + _PATH
)
_JAVA = lazy_pattern(
    r"(?<![\w$.])(?P<package>(?:[\w$]{1,100}\.){0,30})(?P<function>[\w$<>]{1,100})"
    r"\((?P<file>[\w$]{1,100}\.(?:java|kt|scala|groovy|clj)):(?P<line>\d+)\)"
)
_CALL_BEFORE = lazy_pattern(
    r"(?:\b(?:at|by|in) (?:0x[0-9a-fA-F]{1,16}: )?|[\w.]`)(?:async |new )?"
    r"(?P<function>[\w$.<>#:~|]{1,100})"
    r"(?: \[as [\w$]{1,100}\])?(?: ?\([^()]{0,300}\))?(?: \(| in | at | )"
    r"\Z"
)
_BEFORE_PATH_ALONE = lazy_pattern(r"\s+(?:at |-> )?\Z")
"""What stands before the path in a frame whose function is on the line above."""
_CALL_ABOVE = lazy_pattern(
    r"\s*\d{1,4}: (?:0x[0-9a-f]{1,16} - )?(?P<rust>[\w:<>{} ,&$'#-]{1,400})\Z"
    r"|(?:created by )?"
    r"(?P<go>[\w./\-]{1,300}(?:\.\(\*\w{1,100}(?:\[[^\]]{0,99}\])?\))?[\w.\-]{0,200})"
    r"(?:\[[^\]]{0,99}\])?(?:\((?!\*).{0,1000}\)| in goroutine \d{1,9})\Z"
)
_IS_GIVEN_BY_RUST = lazy_pattern(r"\{\{|h[0-9a-f]{16}\Z")
_IS_GIVEN_BY_GO = lazy_pattern(r"func\d+|\d+\Z|\(|-")
_GENERATED = lazy_pattern(
    r"lambda\$(?P<lambda>\w{1,100})\$\d+"
    r"|<\w{0,100}>g__(?P<local>\w{1,100})\|"
    r"|<(?P<async>\w{1,100})>[a-z]__"
)
"""Names of compilers for lambdas, local and asynchronous functions: Java's and C#'s."""
_SCHEME = lazy_pattern(r"\b[a-z][a-z\-]{1,20}:/{2,4}")
_INNERMOST_LAST = lazy_pattern(
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
    end: int = 0
    """The last line where the text names several; 0 for one line."""


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
    line_above = ""
    for whole_line in text.split("\n"):
        line = _SCHEME.sub("/", whole_line[:_LONGEST_LINE])
        java, in_words = _JAVA.search(line), _LINE_OF.search(line)
        if java is not None:
            yield _java_pointer(java)
        elif in_words is not None and is_file_name(in_words["path"]):
            line_range = _number(in_words["line"]), _number(in_words["end"])
            yield Pointer(in_words["path"], line_range[0], end=line_range[1])
        else:
            for match in _LINE.finditer(line):
                if is_file_name(match["path"].replace("\\", "/")):
                    yield _pointer(match, line[: match.start()][-_LONGEST_CALL:], line_above)
        line_above = line


def _java_pointer(match: re.Match[str]) -> Pointer:
    """A frame of Java: the folders are those of the package, without the class at its end."""
    *folders, class_name = match["package"].rstrip(".").split(".")
    function = match["function"]
    if function == "<init>":
        function = class_name.rpartition("$")[2]
    path = "/".join([*folders, match["file"]])
    return Pointer(path, _number(match["line"]), _written_function(function))


def _pointer(match: re.Match[str], before: str, line_above: str) -> Pointer:
    forms = ("colon_line", "colon", "bracket", "square", "link", "word")
    line = next((match[form] for form in forms if match[form]), "0")
    end = match["colon_end"] or match["link_end"] or match["word_end"]
    function = match["function"] or _function_before(before) or ""
    if not function and _BEFORE_PATH_ALONE.match(before):
        function = _function_above(line_above)
    return Pointer(
        path=match["path"].replace("\\", "/"),
        line=_number(line),
        function=_written_function(function),
        end=_number(end),
    )


def _function_before(before: str) -> str:
    call = _CALL_BEFORE.search(before)
    return call["function"] if call else ""


def _function_above(line: str) -> str:
    """The function in the line above that of a path: Go's with its arguments, Rust's numbered."""
    call = _CALL_ABOVE.match(line)
    if call is None:
        return ""
    if call["rust"]:
        parts = [part for part in call["rust"].split("::") if not _IS_GIVEN_BY_RUST.match(part)]
        return parts[-1] if parts else ""
    name = call["go"].rpartition("/")[2]
    parts = [part for part in name.split(".") if not _IS_GIVEN_BY_GO.match(part)]
    return parts[-1] if len(parts) > 1 else ""


def _number(digits: str | None) -> int:
    return int(digits[:8]) if digits else 0


def _written_function(function: str) -> str:
    """The last name of a function as the source has it, whatever the compiler calls it."""
    generated = _GENERATED.search(function)
    if generated is not None:
        return str(generated["lambda"] or generated["local"] or generated["async"])
    return re.split(r"[.#:]", function.rstrip(".:"))[-1].strip("<>~$")
