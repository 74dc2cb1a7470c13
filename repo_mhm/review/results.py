"""Results: what a call of a definition gives back, as its head and its body say. Pure.

A type is reduced to its sort (a number, text, nothing, a list …), since most spellings of one mean
no difference to a caller. Of a type that is neither builtin nor a wrapper, the name is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from repo_mhm.source.code_tokens import closing_bracket
from repo_mhm.source.language_traits import ResultSyntax
from repo_mhm.source.symbols import Symbol

Sort = Literal[
    "unknown", "nothing", "number", "text", "list", "stream", "map", "tuple", "optional", "class"
]
_WORDS: dict[Sort, str] = {
    "nothing": "None void Void Unit undefined null never Nothing NoReturn unit mixed_nothing",
    "number": (
        "int Int Integer integer long Long short Short byte Byte char float Float double Double"
        " bool Bool Boolean boolean number Number BigInt bigint BigInteger BigDecimal Decimal"
        " decimal complex unsigned signed size_t ssize_t time_t off_t u8 u16 u32 u64 u128 usize i8"
        " i16 i32 i64 i128 isize f32 f64 uint uint8 uint16 uint32 uint64 int8 int16 int32 int64"
        " uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t float32 float64 sbyte"
        " ushort ulong UInt Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 CGFloat rune nint"
    ),
    "text": (
        "str string String CharSequence std.string string_view std.string_view AnyStr LiteralString"
    ),
    "list": (
        "list List Array array ArrayList Vec Sequence MutableList MutableSequence IList"
        " IReadOnlyList"
        " vector std.vector set Set frozenset HashSet ReadonlyArray Collection ICollection"
        " IReadOnlyCollection Deque deque"
    ),
    "stream": (
        "Iterator Iterable Generator IEnumerable IEnumerator Stream AsyncIterator AsyncIterable"
        " AsyncGenerator IterableIterator IAsyncEnumerable Flow"
    ),
    "map": (
        "dict Dict Map HashMap BTreeMap Mapping MutableMapping Record Dictionary IDictionary map"
        " MutableMap defaultdict OrderedDict TypedDict std.map std.unordered_map"
    ),
}
_SORT_BY_WORD: dict[str, Sort] = {
    word: sort for sort, words in _WORDS.items() for word in words.split()
}
_OPEN = frozenset(
    "Any any object Object unknown mixed dynamic auto var T R E K V U S Self self static this Self"
    " AnyObject interface interface{} JSX.Element ReactNode decltype".split()
)
"""Types that may be anything, so that nothing can be said of a change."""
_WRAPPERS = frozenset("Optional Option Maybe Nullable std.optional Result Either optional".split())
_MODIFIERS = re.compile(
    r"^(?:(?:public|private|protected|internal|static|final|abstract|virtual|override|async|inline"
    r"|extern|const|constexpr|unsafe|partial|sealed|synchronized|native|default|friend|explicit"
    r"|volatile|export|register|readonly|new|unsigned|signed|struct|enum|class|union|template|impl"
    r"|dyn|mut|throws|rethrows)\b\s*|@\w+(?:\([^()]*\))?\s*|\[[^\]]*\]\s*|&\s*|'\w+\s+)+"
)
_TUPLE = re.compile(r"\((.*)\)|\[(.*,.*)\]|(?:tuple|Tuple)\s*\[(.*)\]")
_BRACKETED: tuple[tuple[Sort, str], ...] = (
    ("text", r"(?:const )?char ?\*(?: ?const)?|& ?str"),
    ("list", r"\[\].*|Vec<.*|.*\[\]|\[[^,:]*\]"),
    ("map", r"map\[.*|\[[^\[\]]*:.*\]"),
)
_WITH_NUMBER_CLASSES = frozenset("java kotlin scala swift csharp".split())
_NOTHING_WORDS = frozenset({"None", "null", "undefined", "nil"})
_MOST_HEAD = 4000
"""Characters of a definition in which its head ends."""


@dataclass(frozen=True, slots=True)
class ResultType:
    """The type of a result, as far as a caller may notice it."""

    sort: Sort = "unknown"
    name: str = ""
    """The name of a class or of a wrapper."""
    inner: str = ""
    """What a wrapper or a promise wraps, as it is written."""
    count: int = 1
    """The parts of a tuple."""
    text: str = ""
    """As it is written, on one line."""
    is_flow: bool = False
    """Whether `T | None` or `T?` is checked by flow, and not by methods of a wrapper."""


UNKNOWN = ResultType()
NOTHING = ResultType("nothing", text="nothing")


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gives back."""

    type: ResultType
    """What it is once it is awaited."""
    is_asynchronous: bool = False
    is_generator: bool = False
    returns: Literal["value", "nothing", "unknown"] = "unknown"
    """What the `return` statements say where no type is written."""
    tuple_size: int = 0
    """The parts of the tuple that all of them return; 0 where they differ or there is none."""


def read_result(
    text: str, code: str, symbol: Symbol, language: str, syntax: ResultSyntax
) -> Result | None:
    """What calls of a definition give back; None where its head cannot be read.

    `text` is that of the definition, and `code` its mask.
    """
    span = parameters_span(code, symbol.name)
    if span is None:
        return None
    name_start, _, closing = span
    body_start = _body_start(code, closing + 1, syntax)
    # Only what is behind the decorators; a type may stand in the text between quotes.
    before = _behind_decorators(code[:name_start])
    written = _written(syntax, text, before, closing + 1, body_start)
    type_ = parse_type(written, language) if written else UNKNOWN
    head = before + code[name_start:body_start]
    body = own_body(code[body_start:], symbol)
    if not written and syntax.is_nothing_unless_written:
        type_ = NOTHING

    is_asynchronous = re.search(syntax.asynchronous, head) is not None
    promised = _promised(written, syntax)
    if promised is not None:
        is_asynchronous, type_ = True, parse_type(promised, language) if promised else UNKNOWN
    is_generator = (
        re.search(syntax.generator_head, head.strip()) is not None
        or re.search(syntax.yields, body) is not None
    )
    returns, size = _returned(body, language)
    return Result(type_, is_asynchronous, is_generator, returns, size)


def parameters_span(code: str, name: str) -> tuple[int, int, int] | None:
    """Where a definition's name starts, and its parameters' brackets; None where it has none."""
    word = re.escape(name)
    generic = r"(?:<[^<>()]*(?:<[^<>()]*>[^<>()]*)*>|\[[^\[\]()]*\])?"
    assigned = r"(?:[:=]\s*(?:async\s+)?(?:function\b\s*\*?\s*[\w$]*\s*)?)?"
    match = re.search(rf"(?<![\w$@]){word}\s*{generic}\s*{assigned}{generic}\s*\(", code)
    if match is None:
        return None
    opening = match.end() - 1
    closing = closing_bracket(code, opening)
    return (match.start(), opening, closing) if closing > opening else None


def head_end(code: str, name: str) -> int:
    """Where the body of a Python function begins."""
    span = parameters_span(code, name)
    return code.find(":", span[2]) if span else 0


def _behind_decorators(before: str) -> str:
    lines = before.split("\n")
    kept = [line for line in lines if not line.lstrip().startswith(("@", "#[", "["))]
    return "\n".join(kept) if len(kept) < len(lines) else before


def _body_start(code: str, position: int, syntax: ResultSyntax) -> int:
    """Where the body begins, or the declaration ends."""
    depth = 0
    has_type = False
    for index in range(position, min(len(code), position + _MOST_HEAD)):
        char = code[index]
        if char in "([<" or (char == "{" and syntax.place == "colon" and not has_type and depth):
            depth += 1
        elif char in ")]" or (char == ">" and code[index - 1] not in "-="):
            depth -= 1
        elif depth <= 0:
            if char in "{;" or code.startswith("=>", index) or (char == "=" and depth <= 0):
                return index
            is_colon = char == ":" and ":" not in (code[index - 1], code[index + 1 : index + 2])
            if is_colon and syntax.place == "arrow":
                return index
            if char == "\n" and has_type and syntax.place != "arrow" and syntax.place != "before":
                return index
        has_type = has_type or (not char.isspace() and char != ":")
    return min(len(code), position + _MOST_HEAD)


def _written(syntax: ResultSyntax, text: str, before: str, begin: int, end: int) -> str:
    """The type as it is written; empty where none is."""
    tail = text[begin:end]
    if syntax.place == "arrow":
        _, arrow, written = tail.partition("->")
        return re.split(r"\bwhere\b", written)[0].strip() if arrow else ""
    if syntax.place == "colon":
        match = re.match(r"\s*:\s*(?P<type>[^\n]*(?:\n\s*[|&][^\n]*)*)", tail)
        return match["type"].strip() if match else ""
    if syntax.place == "behind":
        return tail.strip()
    return _before_name(before)


def _before_name(before: str) -> str:
    """The type in front of a name, as in C and Java: without modifiers; empty for constructors."""
    line = " ".join(before.split())
    line = re.sub(r"\b[\w:]+::\s*$", "", line)
    line = re.sub(r"^template\s*<[^<>]*(?:<[^<>]*>[^<>]*)*>\s*", "", line)
    line = re.sub(r"^<[^<>]*(?:<[^<>]*>[^<>]*)*>\s*", "", _MODIFIERS.sub("", line))
    line = _MODIFIERS.sub("", line)
    return line if re.match(r"[A-Za-z_(]", line) else ""


def _promised(written: str, syntax: ResultSyntax) -> str | None:
    """What a promise is of; None where the type is no promise."""
    match = re.match(r"(?:[\w.]+[.:])?(\w+)\s*(?:[<\[](.*)[>\]])?\s*\Z", written, re.DOTALL)
    if match is None or match[1] not in syntax.promises:
        return None
    inner = match[2] or ("" if match[1] != "Task" and match[1] != "ValueTask" else "void")
    parts = split_type(inner, ",")
    return parts[-1] if parts else ""


def own_body(body: str, symbol: Symbol) -> str:
    """The body without the functions and classes inside it, as far as indentation or braces tell.

    A `return` or `yield` in them is theirs.
    """
    if symbol.path.endswith((".py", ".pyi", ".pyw")):
        return _without_inner_blocks(body)
    inner = re.compile(r"(?:\bfunction\b[^{}]*|=>\s*|\bclass\b[^{}]*|\bfunc\s*\([^{}]*)\{")
    kept, position = "", 0
    first = body.find("{")
    while match := inner.search(body, max(position, first + 1)):
        kept += body[position : match.start()]
        position = closing_bracket(body, match.end() - 1) + 1
        if position <= match.end():
            return kept
    return kept + body[position:]


def _without_inner_blocks(body: str) -> str:
    lines = body.split("\n")
    kept: list[str] = []
    hidden: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and hidden is not None and indent <= hidden:
            hidden = None
        if hidden is None and re.match(r"\s*(?:async\s+)?(?:def|class)\b", line):
            hidden = indent
        if hidden is None:
            kept.append(re.sub(r"\blambda\b[^\n]*", "", line))
    return "\n".join(kept)


def _returned(body: str, language: str) -> tuple[Literal["value", "nothing", "unknown"], int]:
    """Whether the statements return a value, and the size of the tuple that all of them return."""
    if language not in ("python", "javascript", "typescript", "tsx", "php"):
        return "unknown", 0
    if language != "python" and not body.lstrip(" =>\n").startswith("{"):
        return "unknown", 0
    if language == "python" and _is_left_open(body):
        return "unknown", 0
    values = [match[1].strip() for match in re.finditer(r"\breturn\b(?!\w)([^\n;}]*)", body)]
    values = [value for value in values if value not in ("", "None", "undefined", "null")]
    if not values:
        return "nothing", 0
    sizes = {_tuple_size(value) if language == "python" else 0 for value in values}
    return "value", sizes.pop() if len(sizes) == 1 else 0


def _is_left_open(body: str) -> bool:
    """Whether a Python function only raises, or does nothing, below its docstring."""
    # No pattern: a long docstring is a long run of blanks here, over which several would compete.
    statements = body.strip().removeprefix(":").lstrip().strip('"').strip().lstrip('"').lstrip()
    return statements in ("", "...", "pass") or re.match(r"raise\b", statements) is not None


def _tuple_size(value: str) -> int:
    """The parts of a tuple as `return` writes it; 0 for any other value, and in doubt."""
    if value.startswith("(") and value.endswith(")"):
        inner = value[1:-1]
        value = inner if ")" not in inner or "(" in inner else value
    parts = split_type(value, ",")
    is_open = value.count("(") != value.count(")") or any("*" in part[:1] for part in parts)
    return len(parts) if len(parts) > 1 and not is_open else 0


# Types --------------------------------------------------------------------------------------------


def parse_type(written: str, language: str) -> ResultType:
    """The type that a text writes."""
    text = " ".join(written.strip().strip("\"'").split())
    text = re.sub(r"\b(?:typing|t|collections\.abc|builtins)\.(?=[A-Z])", "", text)
    text = text.replace("::", ".").replace("std. ", "std.")
    if language == "rust":
        # `use` decides how much of a path is written.
        text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)
    text = _MODIFIERS.sub("", text).strip() or text
    return (
        _of_union(text)
        or _of_wrapper(text)
        or _of_brackets(text, language)
        or _of_word(text, language)
    )


def _of_union(text: str) -> ResultType | None:
    """`T | None`, `T?`, `?T`, `Union[T, None]`."""
    union = re.fullmatch(r"Union\[(.*)\]", text)
    parts = split_type(union[1], ",") if union else split_type(text, "|")
    if len(parts) > 1:
        values = [part for part in parts if part not in _NOTHING_WORDS]
        if not values:
            return NOTHING
        inner = " | ".join(values)
        if len(values) < len(parts):
            return ResultType("optional", "Optional", inner, text=text, is_flow=True)
        return ResultType("unknown", text=text)
    if text.endswith("?") or (text.startswith("?") and len(text) > 1):
        return ResultType("optional", "Optional", text.strip("?!"), text=text, is_flow=True)
    return None


def _of_wrapper(text: str) -> ResultType | None:
    match = re.fullmatch(r"([\w.]+)\s*[<\[](.*)[>\]]", text)
    if match is None or match[1] not in _WRAPPERS:
        return None
    return ResultType(
        "optional", match[1], match[2], text=text, is_flow=match[1] == "Optional" and "[" in text
    )


def _of_brackets(text: str, language: str) -> ResultType | None:
    """Tuples, lists and texts that are written with brackets or marks."""
    if text in ("()", "(void)"):
        return NOTHING
    tuple_ = _TUPLE.fullmatch(text)
    if tuple_:
        parts = split_type(next(group for group in tuple_.groups() if group is not None), ",")
        return _of_tuple(text, parts, language)
    sorts = (sort for sort, pattern in _BRACKETED if re.fullmatch(pattern, text))
    sort = next(sorts, None)
    return ResultType(sort, text=text) if sort else None


def _of_tuple(text: str, parts: list[str], language: str) -> ResultType:
    if "..." in parts:
        return ResultType("list", text=text)
    if len(parts) == 1:
        return parse_type(parts[0], language)
    is_function = "=>" in text or "->" in text
    sort: Sort = "unknown" if is_function else "tuple"
    return ResultType(sort, count=len(parts), text=text)


def _of_word(text: str, language: str) -> ResultType:
    match = re.fullmatch(r"\*?\s*([A-Za-z_][\w.]*)\s*(?:[<\[].*[>\]])?\s*([*&]*)", text)
    if match is None or match[1] in _OPEN:
        return ResultType(text=text)
    name = match[1].removesuffix(".")
    is_pointer = "*" in match[2]
    sort = _SORT_BY_WORD.get(name)
    if sort == "number" and name[0].isupper() and language not in _WITH_NUMBER_CLASSES:
        sort = None
    if sort and not (is_pointer and sort in ("nothing", "number")):
        return ResultType(sort, name, text=text)
    if sort:
        return ResultType(text=text)
    if len(name) == 1:
        return ResultType(text=text)
    return ResultType("class", name, text=text)


def split_type(text: str, mark: str) -> list[str]:
    """The parts of a text between marks outside brackets and quotes."""
    parts, depth, begin = [], 0, 0
    for index, char in enumerate(text):
        depth += (char in "([{<") - (char in ")]}>")
        if char == mark and depth <= 0:
            parts.append(text[begin:index].strip())
            begin = index + 1
    parts.append(text[begin:].strip())
    return [part for part in parts if part]
