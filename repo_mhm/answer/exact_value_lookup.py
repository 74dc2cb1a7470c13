"""Exact answers about values: of constants, and of parameters by default. Reads the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from repo_mhm.answer.events import LocatedLine
from repo_mhm.answer.exact_lines import (
    ExactAnswer,
    by_value,
    one_place_each,
    shortened,
    symbol_line,
)
from repo_mhm.answer.exact_subject_lookup import Target
from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.source.symbols import Symbol

_MOST_IN_ORDER = 3
"""Values of one name that a heading lists one after the other."""
_PYTHON = (".py", ".pyi")


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
    return ExactAnswer("value", f"{target.name} = {text}", ordered)


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
    lines = relations.text(path).splitlines()
    return all(
        lines[relations.definition_line(symbol) - 1].startswith(symbol.name) for symbol in symbols
    )


def _parameter_line(relations: Relations, symbol: Symbol, parameter: str) -> LocatedLine:
    line = relations.parameter_line(symbol, parameter)
    code = relations.line(symbol.path, line)
    shown = symbol_line(symbol, line, code)
    return LocatedLine(shown.location.at(line), shown.code, symbol=symbol.qualified)
