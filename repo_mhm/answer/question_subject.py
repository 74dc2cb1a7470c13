"""The subject of a question of an exact kind: what is written there must look like code. Pure.

`the send method of the Session class`, "`Session.send`", `src/app.py:12-20`, `MAX_SIZE`. A plain
English word (`send`) counts only in quotes, with parentheses, beside a word for a thing (`the send
method`), or in a form that can mean nothing else (`callers of send`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

ARTICLES = frozenset("the a an this our my all any of every some that these those its".split())
THINGS = frozenset(
    "function functions func method methods class classes struct structs structure interface"
    " interfaces type types constant constants variable variables var const file files module"
    " modules package packages enum enumeration union macro macros trait property attribute"
    " field member symbol name identifier object exception error decorator fixture helper hook"
    " constructor header header_file component alias typedef protocol parameter option setting"
    " flag routine procedure command test script definition getter setter global service import"
    " library python javascript typescript go golang java c c++ async static public private"
    " abstract base generic record dataclass namespace".split()
)
_TELLING_THINGS = THINGS - frozenset(
    "name object option import test python javascript typescript go golang java c c++ async static"
    " public private abstract base generic service component hook command".split()
)
"""Things that make code of a plain word beside them."""
FILE_THINGS = frozenset({"file", "module", "package", "script", "header"})
"""Things that a file is called."""
_JOINS = frozenset({"of", "in", "from", "inside", "within", "on", "at"})
_NO_SUBJECT = frozenset(
    "it this that them these those they everything something anything nothing code here there which"
    " what who whom where when why how and or not is are was be been the a an for to by with used"
    " called defined imported us me we you i one all recently lately last now"
    " today yesterday".split()
)
_NAME = re.compile(r"[~#]?[A-Za-z_$@][\w$]*(?:(?:\.#|\.|::|#|->|/|-)~?[\w$@.-]*[\w$])*[!?]?\Z")
_PATH = re.compile(r"(?:\.{0,2}/)?(?:[\w@.+-]+/)*[\w@.+-]+\Z")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9+]{0,5}\Z")
_CODE_SHAPE = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}|\w_|_\w|\.\w|::|#\w|->|/|[a-z]\d|\$|[A-Z]\d")
_LINES = re.compile(
    r"(?P<path>.+?)(?::|#L|:L)(?P<start>\d+)(?:(?:-|:|-L|\.\.)(?P<end>\d+))?(?::\d+)?\Z"
)
_COMPILER_LINE = re.compile(r"(?P<path>.+?\.\w+)\((?P<start>\d+)(?:,\d+)?\)\Z")
"""How compilers of C# and TypeScript write a line: `src/app.ts(31,5)`."""
_KNOWN_SUFFIXES = frozenset(
    "py pyi js jsx ts tsx mjs cjs go java c h cc cpp hpp rs rb php kt swift scala cs lua sh sql css"
    " html md rst txt toml yaml yml json cfg ini xml vue proto gradle mod".split()
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about, before it is looked up."""

    text: str
    """A name, a qualified name or a path, without quotes and parentheses."""
    thing: str = ""
    """The word for what it is: `method`, `file`; may be empty."""
    scope: str = ""
    """The path or the class that the question limits it to."""
    start: int = 0
    """The first line that is meant; 0: none is named."""
    end: int = 0

    @property
    def is_path(self) -> bool:
        """Whether it can only be a file."""
        return is_path(self.text)


def is_path(text: str) -> bool:
    """Whether a text is written like the path of a file."""
    if not _PATH.match(text):
        return False
    suffix = _SUFFIX.search(text)
    if suffix:
        return suffix[0][1:].lower() in _KNOWN_SUFFIXES
    return "/" in text


@lru_cache(maxsize=256)
def parse_subject(words: tuple[str, ...], *, is_sure: bool) -> Subject | None:
    """The subject that the words name; None where they do not look like one.

    `is_sure` lets a plain English word be one.
    """
    if lines := _line_subject(words):
        return lines
    words, thing = _without_things(words)
    if len(words) == 1:
        return _name_subject(words[0], thing, is_sure=is_sure)
    if len(words) < 3 or words[-2] == "":
        return None

    for index in range(1, len(words) - 1):
        if words[index].lower() in _JOINS:
            subject = parse_subject(words[:index], is_sure=is_sure or bool(thing))
            scope = parse_subject(words[index + 1 :], is_sure=False)
            if subject and scope and not subject.scope and not scope.scope and not scope.start:
                return replace(subject, scope=scope.text, thing=subject.thing or thing)
    return None


def _line_subject(words: Sequence[str]) -> Subject | None:
    """`path:12-20`, `line 12 of path`, `lines 12-20 in path`, `path lines 12-20`."""
    text = " ".join(words)
    match = re.fullmatch(
        r"(?:the )?lines? (?P<start>\d+)(?:(?:-| to | and |–)(?P<end>\d+))?"
        r" (?:of|in|from) (?P<path>\S+)"
        r"|(?P<path2>\S+),? lines? (?P<start2>\d+)(?:(?:-| to |–)(?P<end2>\d+))?",
        text,
    )
    if match:
        path = match["path"] or match["path2"]
        start = int(match["start"] or match["start2"])
        end = int(match["end"] or match["end2"] or start)
        return Subject(_unquoted(path)[0], start=start, end=max(start, end))

    if len(words) != 1:
        return None
    compiler_line = _COMPILER_LINE.match(words[0].strip("`'\""))
    if compiler_line is not None and is_path(compiler_line["path"]):
        line = int(compiler_line["start"])
        return Subject(compiler_line["path"], start=line, end=line)
    lines = _LINES.match(_unquoted(words[0])[0])
    if lines is None or not _PATH.match(lines["path"]):
        return None
    start = int(lines["start"])
    return Subject(lines["path"], start=start, end=max(start, int(lines["end"] or start)))


def _without_things(words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The words without articles and words for things around the name, and the last such word."""
    thing = ""
    rest = list(words)
    while len(rest) > 1 and (rest[0].lower() in ARTICLES or _is_thing(rest[0])):
        word = rest.pop(0).lower()
        thing = word if word in _TELLING_THINGS else thing
    while len(rest) > 1 and _is_thing(rest[-1]):
        word = rest.pop().lower()
        thing = word if word in _TELLING_THINGS else thing
    return tuple(rest), thing


def _is_thing(word: str) -> bool:
    return word in THINGS or (word.lower() in THINGS and word[0].isupper() and word[1:].islower())


def _name_subject(word: str, thing: str, *, is_sure: bool) -> Subject | None:
    name, is_marked = _unquoted(word)
    if name.lower() in _NO_SUBJECT and not is_marked:
        return None
    if not (_NAME.match(name) or is_path(name)):
        return None

    if is_sure or is_marked or thing or looks_like_code(name):
        return Subject(name.removeprefix("./").removeprefix("@"), thing)
    return None


def looks_like_code(name: str) -> bool:
    """Whether a word has the shape of a name, and not that of an English word."""
    return bool(_CODE_SHAPE.search(name)) or name[:1].isupper()


def _unquoted(word: str) -> tuple[str, bool]:
    """The word without quotes, parentheses and a possessive; whether any of it marks code."""
    text = word.removesuffix("'s").removesuffix("’s")
    bare = text.strip("`'\"“”‘’*")
    is_marked = bare != text
    call = re.match(r"(.*?)\([^()]*\)\Z", bare)
    if call:
        return call[1].strip("`"), True
    return bare, is_marked
