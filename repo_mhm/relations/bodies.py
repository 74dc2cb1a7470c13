"""Bodies: what the lines of a definition hold: calls, errors, constants, values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repo_mhm.lazy_pattern import lazy_pattern
from repo_mhm.relations.definition_places import definition_offset
from repo_mhm.relations.expressions import Occurrence, has_receiver, is_call, without_brackets
from repo_mhm.relations.hierarchy import Hierarchy
from repo_mhm.relations.narrowing import Narrowing
from repo_mhm.relations.records import Callee, ConstantUse, Raised
from repo_mhm.relations.repository import Repository
from repo_mhm.relations.scopes import Meaning
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS, SourceFile
from repo_mhm.source.code_tokens import arguments, closing_bracket
from repo_mhm.source.language_traits import Parameter, parameters_by_position
from repo_mhm.source.symbols import Symbol

MOST_VALUE_CHARACTERS = 300
"""A longer value is cut, with an ellipsis."""
_WORD = lazy_pattern(r"(?:(?<=\.)#)?[A-Za-z_$][\w$]*")
_OPENING = lazy_pattern(
    r"[^(\n{;<\[]{0,200}(?:<[^<>]{0,400}>|\[[^\[\]]{0,400}\])?[^(\n{;]{0,200}?\("
)
"""Behind the name of a definition: type parameters, where it has any, and the parenthesis."""
_CHAIN_BEFORE = lazy_pattern(r"(?:[\w$]+(?:\(\))?(?:\?\.|\.|::|->))+\Z")
_NOT_CALLED = frozenset(
    "if for while switch catch return sizeof typeof function def class and or not in is elif await"
    " with assert lambda yield print_ match case func go defer select range super throw new when"
    " synchronized instanceof alignof defined do else except from import raise var let const"
    " static_assert _Static_assert __attribute__ decltype".split()
)
_RAISE = lazy_pattern(
    r"\b(?:raise|throw)[ \t]+(?:new[ \t]+)?(?!(?:if|unless|from)\b)(?:::|\\)?"
    r"([A-Za-z_$][\w$]*(?:(?:\.|::|\\)[\w$]+)*)"
)
"""An error raised on the same line: what follows `raise` alone is another statement."""
_NAME_SEPARATOR = lazy_pattern(r"\.|::|\\")
_GO_ERROR = lazy_pattern(r"\b(?:errors\.New|fmt\.Errorf|panic)\s*\(")
_EQUALS_OR_BRACKET = lazy_pattern(r"[()\[\]{}\n]|(?<![=!<>+\-*/%&|^]):?=(?![=>])")
_GROUP_START = lazy_pattern(r"const\s*\(")
"""The line that begins a group of Go constants."""
_GROUP_LINE = lazy_pattern(r"\w+(?:[ \t]+[\w.]+)?[ \t]*(?:=[^=].*)?(?<![({,])$")
"""A constant of it that ends on its line."""
_SIGNATURE_END = lazy_pattern(r"[{;]|:[ \t]*(?=\n|\Z)|=>|\n(?=[ \t]*\n)|(?<=[\w)\]>])\s*=(?!>)|\Z")


class Bodies:
    """Reads what is in the lines of a definition."""

    def __init__(self, repository: Repository, hierarchy: Hierarchy, narrowing: Narrowing) -> None:
        self._repository = repository
        self._hierarchy = hierarchy
        self._narrowing = narrowing

    def callees(self, symbol: Symbol) -> list[Callee]:
        """The calls in a function's body, in their order; each name once a line."""
        file = self._repository.file(symbol.path)
        callee_by_place: dict[tuple[str, int], Callee] = {}

        for name, occurrence in _words(file, symbol):
            if not _is_called(file, name, occurrence):
                continue
            line = file.line_at(occurrence.start)
            meaning = self._meaning(file, name, occurrence, line)
            before = file.code[max(0, occurrence.start - 100) : occurrence.start]
            chain = _CHAIN_BEFORE.search(before)
            written = f"{chain[0] if chain else ''}{name}"
            callee = Callee(
                written, file.path, line, file.line(line), meaning.symbols, meaning.by_name_only
            )
            callee_by_place.setdefault((written, line), callee)
        return list(callee_by_place.values())

    def raised(self, symbol: Symbol) -> list[Raised]:
        """The errors that a function raises itself, in their order."""
        file = self._repository.file(symbol.path)
        begin, end = file.offset(symbol.start), file.offset(symbol.end + 1)
        errors: list[Raised] = []
        patterns = (_RAISE, _GO_ERROR) if file.family == "go" else (_RAISE,)

        for pattern in patterns:
            for match in pattern.finditer(file.code, begin, end):
                line = file.line_at(match.start())
                error = match[1] if match.groups() else match[0].rstrip("( ")
                target = self._class_of_error(file, error, match, line)
                errors.append(Raised(error, file.path, line, target))
        return sorted(errors, key=lambda raised: raised.line)

    def constants(self, symbol: Symbol) -> list[ConstantUse]:
        """The constants with a value that a function's body uses, in order of first use."""
        file = self._repository.file(symbol.path)
        use_by_constant: dict[Symbol, ConstantUse] = {}

        for name, occurrence in _words(file, symbol):
            candidates = self._repository.named(name)
            if not any(item.kind == "constant" for item in candidates):
                continue
            line = file.line_at(occurrence.start)
            meaning = self._meaning(file, name, occurrence, line)
            constants = [item for item in meaning.symbols if item.kind == "constant"]
            if len(constants) != 1 or meaning.by_name_only or constants[0] in use_by_constant:
                continue
            value = self.value(constants[0])
            if value:
                use_by_constant[constants[0]] = ConstantUse(constants[0], value, line)
        return list(use_by_constant.values())

    def value(self, symbol: Symbol) -> str:
        """The right-hand side of a definition on one line; empty where it has none."""
        file = self._repository.file(symbol.path)
        start = definition_offset(file, symbol)
        end = file.offset(symbol.end + 1)
        if start < 0:
            return ""
        after = start + len(symbol.name)
        macro = re.compile(r"[ \t]*#[ \t]*define\b").match(file.code, file.offset(symbol.start))
        if macro:
            value = file.text[after:end]
        else:
            begin = _after_equals(file.code, after, end)
            if begin < 0:
                return _counted(file, symbol)
            value = file.text[begin : _value_end(file.code, begin, end)]
        line = " ".join(value.replace("\\\n", " ").split()).rstrip(";, ")
        is_long = len(line) > MOST_VALUE_CHARACTERS
        return f"{line[:MOST_VALUE_CHARACTERS]}…" if is_long else line

    def signature(self, symbol: Symbol) -> str:
        """How a definition begins, up to its body, on one line; as stored where that is short."""
        file = self._repository.file(symbol.path)
        opening = _parameter_list(file, symbol)
        if opening < 0:
            return symbol.signature
        closing = closing_bracket(file.code, opening)
        if closing == opening:
            return symbol.signature
        end = _SIGNATURE_END.search(file.code, closing + 1)
        begin = file.offset(file.line_at(opening))
        written = file.text[begin : end.start() if end else closing + 1]
        return " ".join(written.split()).rstrip(" {:=;")

    def body_lines(self, symbol: Symbol) -> int:
        """How many lines of code a function has below its signature, those of brackets left out."""
        file = self._repository.file(symbol.path)
        opening = _parameter_list(file, symbol)
        if opening < 0:
            return 0
        signature_end = _SIGNATURE_END.search(file.code, closing_bracket(file.code, opening) + 1)
        begin = signature_end.end() if signature_end else len(file.code)
        body = file.code[begin : file.offset(symbol.end + 1)]
        return sum(_WORD.search(line) is not None for line in body.split("\n"))

    def parameters(self, symbol: Symbol) -> tuple[Parameter, ...]:
        """The parameters of a function, or of the constructor of a class."""
        file = self._repository.file(symbol.path)
        language = file.language
        if language is None:
            return ()
        if symbol.kind in CLASS_KINDS:
            constructors = self.constructors(symbol)
            return self.parameters(constructors[0]) if constructors else ()

        opening = _parameter_list(file, symbol)
        parts = arguments(file.code, file.text, opening) if opening >= 0 else None
        read = language.calls.parameters if language.calls else parameters_by_position
        parameters = read(parts) if parts else ()
        is_member = self._hierarchy.owner(symbol) is not None
        if parameters and is_member and parameters[0].name in language.methods.receivers:
            parameters = parameters[1:]
        return tuple(parameters or ())

    def has_body(self, symbol: Symbol) -> bool:
        """Whether a definition is more than a declaration in C."""
        file = self._repository.file(symbol.path)
        return file.family != "c" or "{" in file.code_of(symbol)

    def may_override(self, member: Symbol, base: Symbol) -> bool:
        """Whether parameters fit: in Java an overload with other types overrides nothing."""
        if not (member.path.endswith(".java") and base.path.endswith(".java")):
            return True
        return self._parameter_types(member) == self._parameter_types(base)

    def _parameter_types(self, symbol: Symbol) -> list[str]:
        names = [parameter.name for parameter in self.parameters(symbol)]
        types = [without_brackets(name).removeprefix("final ") for name in names]
        return [written.split()[0] if written.split() else "" for written in types]

    def constructors(self, symbol: Symbol) -> list[Symbol]:
        """The methods that calling a class may call."""
        language = self._repository.file(symbol.path).language
        name = (language.methods.constructor if language else "") or "constructor"
        own = self._hierarchy.own_members(symbol, symbol.name)
        return own or self._hierarchy.member(symbol, name)

    def parameter_line(self, symbol: Symbol, name: str) -> int:
        """The line on which a function writes a parameter."""
        file = self._repository.file(symbol.path)
        if symbol.kind in CLASS_KINDS and (constructors := self.constructors(symbol)):
            return self.parameter_line(constructors[0], name)
        opening = _parameter_list(file, symbol)
        if opening < 0:
            return symbol.start
        closing = closing_bracket(file.code, opening)
        match = re.compile(rf"\b{re.escape(name)}\b").search(file.code, opening, closing)
        return file.line_at(match.start()) if match else symbol.start

    def _meaning(self, file: SourceFile, name: str, occurrence: Occurrence, line: int) -> Meaning:
        return self._narrowing.meaning(file, name, occurrence, line)

    def _class_of_error(
        self, file: SourceFile, error: str, match: re.Match[str], line: int
    ) -> Symbol | None:
        if not match.groups():
            return None
        name = _NAME_SEPARATOR.split(error)[-1]
        start = match.end() - len(name)
        occurrence = Occurrence(start, match.end(), True, has_receiver(file.code, start))
        symbols = self._meaning(file, name, occurrence, line).symbols
        return next((item for item in symbols if item.kind in CLASS_KINDS), None)


def _words(file: SourceFile, symbol: Symbol) -> Iterator[tuple[str, Occurrence]]:
    """The names in a definition's lines, its own and those of definitions inside left out."""
    begin, end = file.offset(symbol.start), file.offset(symbol.end + 1)
    inner = {
        definition_offset(file, item)
        for item in file.symbols
        if symbol.start <= item.start and item.end <= symbol.end
    }
    for match in _WORD.finditer(file.code, begin, end):
        start, stop = match.span()
        if start not in inner:
            yield (
                match[0],
                Occurrence(start, stop, is_call(file.code, stop), has_receiver(file.code, start)),
            )


def _is_called(file: SourceFile, name: str, occurrence: Occurrence) -> bool:
    if not occurrence.is_call or (name in _NOT_CALLED and not occurrence.has_receiver):
        return False
    before = file.code[max(0, occurrence.start - 20) : occurrence.start]
    return re.search(r"\b(?:def|func|function|fn|fun|class)\s+\Z", before) is None


def _counted(file: SourceFile, symbol: Symbol) -> str:
    """The value of a Go constant that repeats the expression of one above it (`iota`).

    `iota` counts the constants of a group, each on a line of its own, from 0.
    """
    if file.family != "go":
        return ""
    line = file.line_at(definition_offset(file, symbol))
    expression, count = "", 0
    while line > 1:
        line -= 1
        code = file.code[file.offset(line) : file.offset(line + 1)].strip()
        if _GROUP_START.fullmatch(code):
            if expression == "iota" or not expression:
                return str(count) if expression else ""
            has_iota = re.search(r"\biota\b", expression) is not None
            return f"{expression} (iota is {count})" if has_iota else expression
        if code and not _GROUP_LINE.match(code):
            return ""
        count += bool(code)
        if not expression:
            expression = code.partition("=")[2].strip()
    return ""


def _after_equals(code: str, start: int, end: int) -> int:
    """The character after the equals sign of a definition; -1 where there is none."""
    depth = 0
    for match in _EQUALS_OR_BRACKET.finditer(code, start, end):
        token = match[0]
        if token.endswith("="):
            if not depth:
                return match.end()
        elif token == "\n":
            if not depth and not re.match(r"\s*=", code[match.end() :][:200]):
                return -1
        else:
            depth += (token in "([{") - (token in ")]}")
    return -1


def _value_end(code: str, begin: int, end: int) -> int:
    """Where the expression at `begin` ends: at a semicolon, a comma or a line outside brackets."""
    position = begin
    while position < end:
        char = code[position]
        if char in "([{":
            closing = closing_bracket(code, position)
            if closing == position:
                return end
            position = closing
        elif char in ";,)]}" or (char == "\n" and not _goes_on(code, begin, position)):
            return position
        position += 1
    return end


def _goes_on(code: str, begin: int, line_end: int) -> bool:
    """Whether an expression goes on after this end of a line."""
    before = code[begin:line_end].rstrip()
    if not before or before.endswith(("\\", "=", "+", "|", "&", "?", ":", "(", "or", "and", "=>")):
        return True
    return re.match(r"\s*(?:[.?:|+&]|\|\||&&)", code[line_end : line_end + 200]) is not None


def _parameter_list(file: SourceFile, symbol: Symbol) -> int:
    """Where the parentheses of a definition open; -1 where it has none."""
    start = definition_offset(file, symbol)
    if start < 0 or symbol.kind not in CALLABLE_KINDS:
        return -1
    after = start + len(symbol.name)
    end = min(len(file.code), file.offset(symbol.end + 1))
    match = _OPENING.match(file.code, after, end)
    return match.end() - 1 if match else -1
