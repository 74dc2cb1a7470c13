"""Macros of C and C++: what the preprocessor would take away before a compiler parses.

The grammars parse text that no preprocessor has seen. A macro between `class` and the name, behind
a declaration or on a line of its own makes them lose what is around it. `without_macros` blanks
those that syntax alone tells, in every file. `without_learnt_macros` is for a file whose tree has
errors: it learns names from the lines of the errors, and blanks them in the whole file. Both keep
every offset and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from repo_mhm.lazy_pattern import lazy_pattern

ARGUMENTS = rb"\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\)){0,400}\)"
_UPPER = rb"[A-Z_][A-Z0-9_]+"
_MACRO = rb"(?:" + _UPPER + rb"(?:[ \t]*" + ARGUMENTS + rb")?[ \t\n]+)"

_CLASS_MACRO = lazy_pattern(
    rb"\b(?:class|struct|union|enum(?:[ \t]+(?:class|struct))?)[ \t]+("
    + _MACRO
    + rb"{1,3})(?=[A-Za-z_][\w:]*(?:<[^<>;{}\n]*>)?(?:[ \t\n]+final)?[ \t\n]*[{:])"
)
"""`struct API_EXPORT Name {`; a declaration with `;` may be that of a variable."""
_CLASS_ONLY_MACRO = lazy_pattern(
    rb"\bclass[ \t]+((?:(?!final\b|alignas\b|__)[A-Za-z_]\w*(?:[ \t]*"
    + ARGUMENTS
    + rb")?[ \t\n]+){1,3})(?=(?!final\b)[A-Za-z_][\w:]*(?:<[^<>;{}\n]*>)?(?:[ \t\n]+final)?"
    rb"[ \t\n]*(?:[{;]|:(?!:)))"
)
"""`class Two Names` is nothing else in C++, whatever the case of the first."""
_MACRO_BEFORE_KEYWORD = lazy_pattern(
    rb"^[ \t]*((?:"
    + _UPPER
    + rb"[ \t\n]+){1,4})(?=(?:template|enum|class|struct|union|namespace|using|typedef"
    rb"|inline|constexpr|static|virtual|explicit|friend)\b)",
    re.MULTILINE,
)
"""`FMT_EXPORT enum class color {`: names in front of a keyword that only begins a declaration."""

_DEFINE = lazy_pattern(rb"^[ \t]*#[ \t]*define\b(?:[^\\\n]|\\\r?\n|\\[^\n])*", re.MULTILINE)
_COMMENT = lazy_pattern(rb"/\*(?:[^*]|\*(?!/))*\*/")
_OLD_PARAMETERS = lazy_pattern(
    rb"\)[ \t]*\n((?:[ \t]*[A-Za-z_][\w \t*,\[\]]*;[ \t]*(?:/\*[^*\n]*\*/)?[ \t]*\n)+)(?=\{)"
)
"""The declarations of parameters between a K&R function's head and its body."""
_QT = lazy_pattern(
    rb"^[ \t]*(Q_(?:OBJECT|GADGET|NAMESPACE|DISABLE_COPY|DECLARE_\w+|PROPERTY|ENUMS?|FLAGS?|"
    rb"CLASSINFO|INTERFACES|PRIVATE_SLOT|INVOKABLE(?=[ \t]))\b(?:[ \t]*" + ARGUMENTS + rb")?)",
    re.MULTILINE,
)
_QT_SECTION = lazy_pattern(
    rb"^([ \t]*)(?:(signals|Q_SIGNALS)|((?:public|protected|private)[ \t]+)(slots|Q_SLOTS))"
    rb"([ \t]*:)",
    re.MULTILINE,
)
_QT_WORDS = (b"Q_OBJECT", b"Q_GADGET", b"Q_NAMESPACE", b"signals:", b"slots:", b"Q_S")
"""A file without any of them uses no Qt."""
_NOT_BLANK = lazy_pattern(rb"[^\s]")


def without_macros(data: bytes) -> bytes:
    """The text without the macros that syntax alone tells; K&R parameters are blanked as well."""
    data = _without_groups(_CLASS_MACRO, _without_groups(_MACRO_BEFORE_KEYWORD, data))
    if b"class " in data:
        data = _without_groups(_CLASS_ONLY_MACRO, data)
    if any(word in data for word in _QT_WORDS):
        data = _QT_SECTION.sub(_section, _without_groups(_QT, data))
    if b"#define" in data or b"# define" in data:
        data = _DEFINE.sub(_without_comments, data)
    return _without_groups(_OLD_PARAMETERS, data)


def _without_groups(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    """The text with the first group of every match blanked."""

    def blanked(match: re.Match[bytes]) -> bytes:
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        text = match[0]
        return text[:start] + _blank(text[start:end]) + text[end:]

    return pattern.sub(blanked, data)


def _blank(text: bytes) -> bytes:
    return _NOT_BLANK.sub(b" ", text)


def _without_comments(match: re.Match[bytes]) -> bytes:
    """A definition of a macro without comments, whose line ends keep their backslashes."""
    if b"/*" not in match[0]:
        return match[0]
    return _COMMENT.sub(lambda comment: re.sub(rb"[^\s\\]", b" ", comment[0]), match[0])


def _section(match: re.Match[bytes]) -> bytes:
    """A section of Qt's as one of C++: `signals:` becomes `public :`."""
    indentation, signals, access, slots, colon = match.groups()
    if signals:
        return bytes(indentation + b"public".ljust(len(signals)) + colon)
    return bytes(indentation + access + b" " * len(slots) + colon)


# Learning -----------------------------------------------------------------------------------------

_TYPE = (
    rb"(?:void|char|short|int|long|float|double|signed|unsigned|bool|struct|union|enum|const|static"
    rb"|extern|inline|volatile|virtual|explicit|auto|typename|template|class|constexpr|friend|_Bool)"
)
_STATEMENT = (
    rb"(?:return|else|case|goto|typedef|new|delete|throw|using|namespace|operator|sizeof|public"
    rb"|private|protected|define|if|for|while|do|switch|co_return|co_await|co_yield|default"
    rb"|unsigned|signed|long|short|const|static|extern|inline|struct|union|enum|volatile|virtual"
    rb"|explicit|typename|template|class|constexpr|friend|register|auto|mutable"
    rb"|int|char|void|float|double|bool|final|override|noexcept)"
)
_WORD = rb"(?!" + _STATEMENT + rb"\b)[A-Za-z_]\w*"
_BEFORE_TYPE = lazy_pattern(
    rb"(?:^|[;{}:(,]|\bstatic|\bextern|\bconst|\bvirtual|\binline|\bvolatile|\b"
    + _UPPER
    + rb")[ \t]*\b("
    + _WORD
    + rb")(?=[ \t]+(?:"
    + _UPPER
    + rb"[ \t]+){0,2}"
    + _TYPE
    + rb"\b)",
    re.MULTILINE,
)
"""`redisAtomic int x`: a name in front of a type's keyword, or several in capitals."""
_BEFORE_CONSTRUCTOR = lazy_pattern(
    rb"^[ \t]*(?:explicit[ \t]+)?([A-Z][A-Z0-9]*_[A-Z0-9_]+)[ \t]+(?=[A-Za-z_]\w*[ \t]*\()",
    re.MULTILINE,
)
"""`FMT_CONSTEXPR typed_node(`: a name in capitals in front of one that is called or declared."""
_OF_TYPE = lazy_pattern(
    rb"^[ \t]*(" + _UPPER + rb")[ \t]*(?=\([^();]*\b" + _TYPE + rb"\b[^();]*\)[ \t]*;)",
    re.MULTILINE,
)
"""`DECLARE_KIND(unsigned char, kInteger);`: what no function is called with."""
_BEHIND_IF = lazy_pattern(rb"\bif[ \t]+(" + _UPPER + rb")[ \t]*(?=\()")
"""`if FMT_CONSTEXPR20 (digits <= 3)`."""
_BEFORE_TWO = lazy_pattern(
    rb"(?:^|[;{}:]|\bstatic|\bextern|\bconst|\bvirtual|\binline|\bvolatile)[ \t]*\b("
    + _WORD
    + rb")[ \t]+(?:"
    + _WORD
    + rb"(?:<[^<>;]*>|::\w+)*)[ \t*&]+"
    + rb"(?!final\b|override\b)[A-Za-z_][\w:~]*[ \t]*[;=,(\[{]",
    re.MULTILINE,
)
"""`API_EXPORT Status Open(`: three names in a row."""
_BEHIND = lazy_pattern(
    rb"(?<=[\w)\]])[ \t\n]+("
    + _UPPER
    + rb")\b(?:[ \t]*"
    + ARGUMENTS
    + rb")?(?=[ \t]*(?:[;{:=,]|$))",
    re.MULTILINE,
)
"""`int refs_ GUARDED_BY(mutex_);`: a name in capitals behind a declaration."""
_ALONE = lazy_pattern(
    rb"^[ \t]*(" + _UPPER + rb")\b(?:[ \t]*" + ARGUMENTS + rb")?[ \t]*(?://[^\n]*)?$", re.MULTILINE
)
"""A name in capitals on a line of its own."""
_SHORTEST_MACRO = 3
_MOST_ABOVE = 12
"""So many lines above an error, comments and all, a macro may stand alone that led to it."""
_CONSTRAINT = lazy_pattern(
    rb"(,\s*"
    + _UPPER
    + rb"[ \t]*\((?:[^();{}]|\((?:[^();{}]|\((?:[^();{}]|\([^();{}]*\))*\))*\)){0,400}\))(?=\s*>)"
)
"""`template <typename T, ENABLE_IF(is_same<T, int>::value)>`: the last parameter of a template."""
_VARIABLE_ARGUMENT = lazy_pattern(rb"\bva_arg\s*\([^(),;]*(,[^(),;{}]*)\)")
_AROUND_HEAD = lazy_pattern(
    rb"^([A-Z_][A-Z0-9_]+[ \t]*\()([A-Za-z_][\w \t*]*[ \t*]\w+[ \t]*"
    + ARGUMENTS.replace(rb"\n", b"")
    + rb")(\))(?=\s*\{)",
    re.MULTILINE,
)
"""`UV_UNUSED(static int stat_of(int fd)) {`: a macro around the head of a function."""


def without_learnt_macros(data: bytes, rows: Sequence[int]) -> bytes:
    """The text without the macros that the erroneous lines `rows` (from 0) use."""
    lines = data.split(b"\n")
    names: set[bytes] = set()
    for row in rows:
        names.update(_macros_of(lines, row))
    data = _without_groups(_VARIABLE_ARGUMENT, data)
    data = _AROUND_HEAD.sub(lambda match: _blank(match[1]) + match[2] + _blank(match[3]), data)
    if b"template" in data:
        data = _without_groups(_CONSTRAINT, data)
    return _without_names(data, sorted(names)) if names else data


def _macros_of(lines: Sequence[bytes], row: int) -> Iterable[bytes]:
    """The names on a line, and on the one before it, that only a macro can be; lone ones above."""
    for number in (row - 1, row):
        code = _code(lines[number]) if 0 <= number < len(lines) else b""
        for pattern in _MACROS:
            macros = [match for match in pattern.finditer(code) if _may_be_macro(match[1])]
            yield from (match[1] for match in macros)
            for match in macros:
                # What is taken away does not make the names around it look like macros.
                code = (
                    code[: match.start(1)]
                    + b" " * (match.end() - match.start(1))
                    + code[match.end() :]
                )
    yield from _lone_macros(lines, row)


def _lone_macros(lines: Sequence[bytes], row: int) -> Iterator[bytes]:
    """The names on the last lines of code above a line, as far as each is alone on its own."""
    for number in range(min(row, len(lines)) - 1, max(-1, row - _MOST_ABOVE), -1):
        code = _code(lines[number])
        match = _ALONE.match(code)
        if match:
            yield match[1]
        elif code.strip():
            return


def _code(line: bytes) -> bytes:
    """A line without its comment; empty where it is one, or a directive."""
    if line.lstrip().startswith((b"#", b"//", b"*", b"/*")):
        return b""
    return line.partition(b"//")[0]


_MACROS = (_BEHIND, _ALONE, _BEHIND_IF, _OF_TYPE, _BEFORE_TYPE, _BEFORE_TWO, _BEFORE_CONSTRUCTOR)


def _may_be_macro(name: bytes) -> bool:
    return len(name) >= _SHORTEST_MACRO and not name.endswith(b"_t")


def _without_names(data: bytes, names: Sequence[bytes]) -> bytes:
    """The text without these macros and their arguments, but where one begins a body `{`."""
    name = rb"\b(?:" + b"|".join(map(re.escape, names)) + rb")\b"
    pattern = re.compile(
        rb"^[ \t]*#(?:[^\\\n]|\\\r?\n|\\[^\n])*|(" + name + rb"(?:[ \t]*" + ARGUMENTS + rb")?)",
        re.MULTILINE,
    )

    def blanked(match: re.Match[bytes]) -> bytes:
        if match[1] is None or _is_function_head(data, match.start(), match.end()):
            return match[0]
        if _IF_BEFORE.search(data, max(0, match.start() - 8), match.start()):
            word, bracket, rest = match[0].partition(b"(")
            return _blank(word) + bracket + rest
        return _blank(match[0])

    return pattern.sub(blanked, data)


_BODY_BEGIN = lazy_pattern(rb"\s*\{")
_IF_BEFORE = lazy_pattern(rb"\bif[ \t]+\Z")


def _is_function_head(data: bytes, start: int, end: int) -> bool:
    """Whether a macro stands for the head of a function, whose body follows: `TEST(a, b) {`."""
    before = data[max(0, start - 200) : start].rstrip()[-1:]
    is_behind = before.isalnum() or before in (b")", b"]", b"_", b">")
    return not is_behind and _BODY_BEGIN.match(data, end) is not None
