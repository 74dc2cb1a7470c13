"""Exact answers about values: of constants, of parameters by default, of what functions return.

Reads the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import (
    BY_NAME_ONLY,
    ExactAnswer,
    by_value,
    one_place_each,
    shortened,
    symbol_line,
    with_remark,
)
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.memory.spelled_values import spelled
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.source.symbols import Symbol

_MOST_IN_ORDER = 3
"""Values of one name that a heading lists one after the other."""
_PYTHON = (".py", ".pyi")
_MOST_ALIASES = 5
"""Names that are followed from one to the next until a value."""
_ALIAS = re.compile(r"(?:[A-Za-z_]\w*(?:\.|::))*([A-Za-z_]\w*)")


def value_of_name(relations: Relations, target: Target, *, only_last: bool) -> ExactAnswer | None:
    """The values that definitions give a name, and the lines that change it later.

    None where no definition has a value. With `only_last`, of definitions that surely replace each
    other the last one counts.
    """
    value_by_symbol: dict[Symbol, str] = {}
    for symbol in target.symbols:
        is_code = symbol.kind in CALLABLE_KINDS | CLASS_KINDS and not _is_macro(relations, symbol)
        if not is_code and (value := relations.value(symbol)):
            value_by_symbol[symbol] = value
    if not value_by_symbol:
        return None

    changes = _changes(relations, value_by_symbol)
    in_order = sorted(value_by_symbol, key=lambda symbol: symbol.start_byte)
    if only_last and not changes and _is_sequence(relations, in_order):
        value_by_symbol = {in_order[-1]: value_by_symbol[in_order[-1]]}
    lines = [_value_line(relations, *item) for item in value_by_symbol.items()]
    rank_by_place = {
        (symbol.path, symbol.qualified): relations.rank(symbol) for symbol in value_by_symbol
    }
    ordered = by_value(
        [*lines, *changes],
        lambda line: rank_by_place.get((line.location.path, line.symbol), 0.0),
    )
    text = _in_words(relations, value_by_symbol)
    if changes:
        text += f", also set on {count(len(changes), 'line')}"
    if len(value_by_symbol) == 1 and not changes:
        aliases = list(_aliases(relations, *next(iter(value_by_symbol.items()))))
        text += "".join(alias.in_words for alias in aliases)
        ordered = (*ordered, *(alias.line for alias in aliases))
    return ExactAnswer("value", f"{target.name} = {text}", ordered)


@dataclass(frozen=True, slots=True)
class _Alias:
    """A name that is the value of another name, and has a value itself."""

    name: str
    value: str
    line: LocatedLine
    is_sure: bool
    """Whether scope and imports lead to it; else it is the only one of its name."""

    @property
    def in_words(self) -> str:
        return f" = {self.value}" if self.is_sure else f"; the only {self.name} is {self.value}"


def _aliases(relations: Relations, symbol: Symbol, value: str) -> Iterator[_Alias]:
    """The names that a value leads to, one after the other, each with its own value."""
    seen = {symbol}
    while len(seen) <= _MOST_ALIASES and (match := _ALIAS.fullmatch(value)):
        name = match[1]
        meanings = relations.meanings(symbol.path, relations.definition_line(symbol), name)
        is_sure = bool(meanings) and not any(
            meaning.is_unknown or meaning.is_outside or meaning.is_guess or meaning.by_name_only
            for meaning in meanings
        )
        named = (target for meaning in meanings for target in meaning.symbols)
        targets = set(named if is_sure else relations.resolve(name)) - seen
        if len(targets) != 1 or not (is_sure or _stands_alone(relations, symbol, name)):
            return
        (symbol,) = targets
        value = relations.value(symbol)
        if not value or _changes(relations, [symbol]):
            return
        seen.add(symbol)
        shown = _value_line(relations, symbol, value)
        yield _Alias(
            name, value, shown if is_sure else with_remark(shown, BY_NAME_ONLY), is_sure=is_sure
        )


def _stands_alone(relations: Relations, symbol: Symbol, name: str) -> bool:
    """Whether a definition's file says the name nowhere else: it is not imported from outside."""
    whole_file = relations.text(symbol.path)
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", whole_file)) == 1


def result_of(relations: Relations, target: Target) -> ExactAnswer | None:
    """What functions of a single statement return; None where one of them does more."""
    functions = [symbol for symbol in target.symbols if symbol.kind in CALLABLE_KINDS]
    results = {symbol: literal_result(relations, symbol) for symbol in functions}
    if not results or not all(results.values()):
        return None
    lines = [
        symbol_line(symbol, relations.definition_line(symbol), f"{symbol.name}() = {result}")
        for symbol, result in results.items()
    ]
    distinct = list(dict.fromkeys(results.values()))
    text = distinct[0] if len(distinct) == 1 else count(len(distinct), "value")
    return ExactAnswer("value", f"{target.name} returns {text}", one_place_each(lines))


def literal_result(relations: Relations, symbol: Symbol) -> str:
    """The literal that a function returns and nothing else; empty where it is not so simple."""
    numbers = range(symbol.start, symbol.end + 1)
    code = "\n".join(relations.line(symbol.path, number) for number in numbers)
    result = spelled(symbol, code, ())
    return result.text.removeprefix("()=") if result.text.startswith("()=") else ""


def default_of(relations: Relations, target: Target, parameter: str) -> ExactAnswer | None:
    """The default of a parameter of the functions that the target is; None without one."""
    lines = []
    defaults = []
    for symbol in target.symbols:
        for item in relations.parameters(symbol):
            if item.default is None or item.name.split()[-1:] != [parameter]:
                continue
            defaults.append(item.default)
            lines.append(_parameter_line(relations, symbol, parameter))
    if not lines:
        return None
    text = defaults[0] if len(set(defaults)) == 1 else f"{len(set(defaults))} defaults"
    name = f"{parameter} of {target.name}"
    return ExactAnswer("value", f"{name} defaults to {text}", one_place_each(lines))


def _is_macro(relations: Relations, symbol: Symbol) -> bool:
    line = relations.line(symbol.path, symbol.start)
    return line.startswith("#") and "define" in line


def _changes(relations: Relations, symbols: Iterable[Symbol]) -> list[LocatedLine]:
    """The lines that change a variable and define none, each once."""
    line_by_place = {}
    for symbol in symbols:
        for number in relations.reassigned_lines(symbol):
            place = Location(symbol.path, number, number)
            around = relations.enclosing(symbol.path, number)
            line_by_place[place] = LocatedLine(
                place,
                shortened(relations.line(symbol.path, number)),
                symbol=around.qualified if around else symbol.qualified,
            )
    return list(line_by_place.values())


def _value_line(relations: Relations, symbol: Symbol, value: str) -> LocatedLine:
    line = relations.definition_line(symbol)
    code = relations.line(symbol.path, line)
    shown = code if value in code else f"{symbol.name} = {value}"
    return symbol_line(symbol, line, shown)


def _in_words(relations: Relations, value_by_symbol: dict[Symbol, str]) -> str:
    """The only value; several that replace each other, in order; else their number."""
    values = list(value_by_symbol.values())
    if len(set(values)) == 1:
        return values[0]
    symbols = sorted(value_by_symbol, key=lambda symbol: symbol.start_byte)
    if len(symbols) <= _MOST_IN_ORDER and _is_sequence(relations, symbols):
        return ", then ".join(value_by_symbol[symbol] for symbol in symbols)
    return f"{len(values)} values"


def _is_sequence(relations: Relations, symbols: Sequence[Symbol]) -> bool:
    """Whether the definitions run one after the other, whatever happens.

    In Python those at the margin do. Elsewhere a preprocessor may choose among them.
    """
    path = symbols[0].path
    if not path.endswith(_PYTHON) or any(symbol.path != path for symbol in symbols):
        return False
    # Only a line feed ends a line: `splitlines` would also count form feeds.
    lines = relations.text(path).split("\n")
    return all(
        lines[relations.definition_line(symbol) - 1].startswith(symbol.name) for symbol in symbols
    )


def _parameter_line(relations: Relations, symbol: Symbol, parameter: str) -> LocatedLine:
    line = relations.parameter_line(symbol, parameter)
    code = relations.line(symbol.path, line)
    shown = symbol_line(symbol, line, code)
    return LocatedLine(shown.location.at(line), shown.code, symbol=symbol.qualified)
