"""Exact answers: what code says of a symbol or a file, without a model. Reads the store.

A question may be understood in several ways; the first one whose subject the repository has, and
whose kind fits it, is answered. None: the question is for retrieval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from repo_mhm.answer.context import AnswerContext
from repo_mhm.answer.events import Located, LocatedLine, QuestionKind
from repo_mhm.answer.exact_file_lookup import FileAnswers
from repo_mhm.answer.exact_history_lookup import history_answer
from repo_mhm.answer.exact_lines import (
    BY_NAME_ONLY,
    ExactAnswer,
    by_value,
    heading,
    one_place_each,
    symbol_line,
    use_line,
    with_remark,
)
from repo_mhm.answer.exact_outside_lookup import subclasses_of_outside
from repo_mhm.answer.exact_override_lookup import overridden, overriding_members
from repo_mhm.answer.exact_spelling_lookup import misspelled
from repo_mhm.answer.exact_subject_lookup import Target, find_target
from repo_mhm.answer.exact_value_lookup import default_of, result_of, value_of_name
from repo_mhm.answer.question_kind import LAST, RETURNS, Reading, readings
from repo_mhm.formatting import count
from repo_mhm.relations.records import Relative, Use
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.scope import WHOLE, Scope
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol

_RELATIONS = frozenset({"callers", "uses", "tests", "importers", "subclasses", "overrides"})
"""Kinds whose lines lie elsewhere than the subject: a file after the verb limits the lines."""
_MOST_FOREIGN_NAMES = 8
"""Called names that are defined elsewhere and listed in the heading."""


def exact_answer(context: AnswerContext) -> Located | None:
    """The answer that code alone gives to a question; None where it is for retrieval.

    Raises StoreError when the store cannot be read.
    """
    if context.options.mode == "memory" or context.options.attached:
        return None
    ways = list(readings(context.question))
    if not ways:
        return None

    relations = Relations(StoreRepository(context.store))
    root = Path(context.store.meta("root"))
    scope, files = context.options.scope, context.options.files
    answers = ExactAnswers(relations, root, scope)
    for reading in ways:
        answer = answers.answer(reading)
        if answer is not None:
            asked = answer.within(files) if files else answer.in_scope(scope)
            asked = asked.without_files(len(relations.left_out))
            return asked.located(show_all=context.options.show_all)
    return misspelled(context.store, relations, ways)


class ExactAnswers:
    """Answers readings of one question, each kind in a method of its own."""

    def __init__(self, relations: Relations, root: Path, scope: Scope = WHOLE) -> None:
        self._relations = relations
        self._root = root
        self._scope = scope
        """Where a name has definitions here, it means those."""
        self._files = FileAnswers(relations)
        self._by_kind: dict[str, Callable[[Target, Reading], ExactAnswer | None]] = {
            "definition": self._definition,
            "callers": self._callers,
            "uses": self._all_uses,
            "callees": self._callees,
            "subclasses": self._subclasses,
            "bases": self._bases,
            "overrides": self._overrides,
            "tests": self._tests,
            "value": self._value,
            "signature": self._signature,
        }

    def answer(self, reading: Reading) -> ExactAnswer | None:
        """The answer to a reading; None where its subject is nothing that fits."""
        if not reading.within:
            return self._answer(reading)
        if reading.kind not in _RELATIONS:
            subject = replace(reading.subject, scope=reading.within)
            return self._answer(replace(reading, subject=subject, within=""))
        answer = self._answer(replace(reading, within=""))
        return _within(answer, reading.within) if answer else None

    def _answer(self, reading: Reading) -> ExactAnswer | None:
        target = find_target(self._relations, reading.subject).preferred(self._scope)
        if reading.kind == "history":
            return history_answer(self._relations, self._root, target, reading.subject)
        if reading.kind in ("imports", "importers", "contents"):
            is_of_lines = reading.kind == "contents" and reading.subject.start
            return None if is_of_lines else self._files.answer(target, reading)
        if reading.subject.start and reading.kind != "definition":
            return self._by_kind[reading.kind](target, reading) if target.symbols else None
        if reading.kind == "subclasses" and not target.classes:
            overrides = self._overrides(target, reading)
            return overrides or subclasses_of_outside(self._relations, reading.subject)
        if not target.symbols and not (reading.kind == "definition" and target.files):
            return None
        return self._by_kind[reading.kind](target, reading)

    # Where it is, and what it is

    def _definition(self, target: Target, _: Reading) -> ExactAnswer | None:
        lines = [self._line(symbol) for symbol in target.symbols]
        if not lines:
            return self._files.first_lines(target)
        ordered = by_value(lines, self._value_of(target.symbols))
        return ExactAnswer("definition", heading(len(ordered), "definition", target.name), ordered)

    def _signature(self, target: Target, _: Reading) -> ExactAnswer | None:
        symbols = [item for item in target.symbols if item.kind in CALLABLE_KINDS | CLASS_KINDS]
        constructors = [self._constructor(symbol) for symbol in symbols]
        shown = [item for group in constructors for item in group]
        if not shown:
            return None
        signatures = [self._relations.signature(item) for item in shown]
        lines = [
            symbol_line(item, self._relations.definition_line(item), signature)
            for item, signature in zip(shown, signatures, strict=True)
        ]
        ordered = by_value(lines, self._value_of(shown))
        if len(ordered) == 1:
            return ExactAnswer("signature", signatures[0], ordered)
        number = count(len(ordered), "signature")
        return ExactAnswer("signature", f"{number} of {target.name}", ordered)

    def _constructor(self, symbol: Symbol) -> Sequence[Symbol]:
        """What is called when a class is: its constructor, else the class itself."""
        if symbol.kind not in CLASS_KINDS:
            return (symbol,)
        return self._relations.constructors(symbol) or (symbol,)

    def _value(self, target: Target, reading: Reading) -> ExactAnswer | None:
        if reading.parameter:
            return default_of(self._relations, target, reading.parameter)
        if reading.part in RETURNS:
            return result_of(self._relations, target)
        return value_of_name(self._relations, target, only_last=reading.part == LAST)

    # Who uses it

    def _callers(self, target: Target, _: Reading) -> ExactAnswer | None:
        uses, doubt = self._least_doubtful(
            target, self._relations.callers, lambda use: use.kind == "call"
        )
        text = heading(len(uses), "caller", target.name) + doubt
        if not uses:
            others = self._uses_of(target.symbols, self._relations.uses)
            mentions = [use for use in others if use.kind != "import"]
            if mentions:
                text += f"; it is used without a call in {count(len(mentions), 'line')}"
        return self._answer_by_uses("callers", text, uses)

    def _all_uses(self, target: Target, _: Reading) -> ExactAnswer | None:
        uses, doubt = self._least_doubtful(target, self._relations.uses, lambda use: True)
        return self._answer_by_uses("uses", heading(len(uses), "use", target.name) + doubt, uses)

    def _least_doubtful(
        self,
        target: Target,
        relation: Callable[[Symbol], Sequence[Use]],
        is_asked: Callable[[Use], bool],
    ) -> tuple[list[Use], str]:
        """The uses that something narrows, and what the heading says of the others.

        Where nothing narrows any, they are all that can be said.
        """
        uses = self._uses_of(target.symbols, relation)
        all_doubtful = self._uses_of(target.symbols, self._relations.doubtful_uses)
        doubtful = [use for use in all_doubtful if is_asked(use)]
        if not doubtful:
            return uses, ""
        if not uses:
            return [replace(use, by_name_only=True) for use in doubtful], ""
        name = target.symbols[0].name
        number = count(len(doubtful), "line")
        return uses, f" ({number} with a {name} of unknown receivers left out)"

    def _uses_of(
        self, symbols: Sequence[Symbol], relation: Callable[[Symbol], Sequence[Use]]
    ) -> list[Use]:
        """The uses of any of the symbols, each line once, the certain one of two."""
        use_by_place: dict[tuple[str, int], Use] = {}
        for symbol in symbols:
            for use in relation(symbol):
                place = use.path, use.line
                other = use_by_place.get(place)
                if other is None or (other.by_name_only and not use.by_name_only):
                    use_by_place[place] = use
        return list(use_by_place.values())

    def _answer_by_uses(self, kind: QuestionKind, text: str, uses: Sequence[Use]) -> ExactAnswer:
        rank_by_user = {
            use.user.qualified: self._relations.rank(use.user) for use in uses if use.user
        }
        lines = [use_line(use, is_asked=False) for use in uses]
        ordered = by_value(lines, lambda line: rank_by_user.get(line.symbol, 0.0))
        return ExactAnswer(kind, text, ordered)

    def _tests(self, target: Target, reading: Reading) -> ExactAnswer | None:
        uses, _ = self._least_doubtful(target, self._relations.tests, lambda use: is_test(use.path))
        if uses:
            lines = [use_line(use) for use in _one_for_each_test(uses)]
            text = heading(len(lines), "test", target.name)
            return ExactAnswer("tests", text, by_value(lines, lambda line: 0.0))

        indirect = self._indirect_tests(target)
        text = f"No test names {target.name} itself"
        if indirect:
            text += f"; {count(len(indirect), 'test')} reach it through its callers"
        return ExactAnswer("tests", text, by_value(indirect, lambda line: 0.0))

    def _indirect_tests(self, target: Target) -> list[LocatedLine]:
        """The tests of the functions that call the target."""
        lines: list[LocatedLine] = []
        callers = [
            use.user for use in self._uses_of(target.symbols, self._relations.callers) if use.user
        ]
        for caller in dict.fromkeys(callers):
            for use in _one_for_each_test(self._relations.tests(caller)):
                lines.append(with_remark(use_line(use), f"through {caller.qualified}"))
        return list(one_place_each(lines))

    # What it calls

    def _callees(self, target: Target, _: Reading) -> ExactAnswer | None:
        functions = [item for item in target.symbols if item.kind in CALLABLE_KINDS]
        functions = [item for item in functions if self._relations.has_body(item)] or functions
        lines: list[LocatedLine] = []
        foreign: dict[str, None] = {}
        for symbol in functions or target.classes:
            for callee in self._relations.callees(symbol):
                if not callee.targets:
                    foreign[callee.name] = None
                    continue
                first = callee.targets[0]
                line = LocatedLine(
                    callee.location, callee.code, symbol=callee.name, remark=_leads_to(first)
                )
                lines.append(with_remark(line, BY_NAME_ONLY) if callee.by_name_only else line)

        if not lines and not foreign:
            return None
        text = f"{target.name} makes {count(len(lines), 'call')} of this repository's code"
        if foreign:
            names = list(foreign)[:_MOST_FOREIGN_NAMES]
            more = ", …" if len(foreign) > len(names) else ""
            text += f", in this order, besides {', '.join(names)}{more}"
        return ExactAnswer("callees", text, tuple(lines))

    # Classes

    def _subclasses(self, target: Target, reading: Reading) -> ExactAnswer | None:
        if not target.classes:
            return self._overrides(target, reading)
        direct = self._relatives(target.classes, deep=False)
        deep = self._relatives(target.classes, deep=True)
        lines = [self._relative_line(item) for item in direct]
        indirect = [item for item in deep if item.symbol not in {base.symbol for base in direct}]
        text = heading(len(lines) + len(indirect), "subclass", target.name)
        ordered = by_value(lines, self._value_of([item.symbol for item in direct if item.symbol]))
        below = by_value(
            [with_remark(self._relative_line(item), "indirect") for item in indirect],
            lambda line: 0.0,
        )
        return ExactAnswer("subclasses", text, (*ordered, *below))

    def _relatives(self, classes: Iterable[Symbol], *, deep: bool) -> list[Relative]:
        relatives = [
            relative
            for symbol in classes
            for relative in self._relations.subclasses(symbol, deep=deep)
        ]
        return list(dict.fromkeys(relatives))

    def _relative_line(self, relative: Relative) -> LocatedLine:
        if relative.symbol is None:
            return LocatedLine(relative.location, relative.code)
        return self._line(relative.symbol)

    def _bases(self, target: Target, reading: Reading) -> ExactAnswer | None:
        if not target.classes:
            return overridden(self._relations, target)
        if reading.part:
            return overriding_members(self._relations, target)
        bases = [base for symbol in target.classes for base in self._relations.bases(symbol)]
        lines = [
            self._line(base.symbol)
            if base.symbol
            else LocatedLine(base.location, base.code, symbol=base.name, remark="defined elsewhere")
            for base in bases
        ]
        names = ", ".join(dict.fromkeys(base.name for base in bases))
        text = f"Bases of {target.name}: {names}" if names else f"{target.name} has no bases"
        return ExactAnswer("bases", text, one_place_each(lines))

    def _overrides(self, target: Target, _: Reading) -> ExactAnswer | None:
        methods = [symbol for symbol in target.symbols if self._relations.owner(symbol)]
        if not methods:
            return None
        overrides = [item for symbol in methods for item in self._relations.overrides(symbol)]
        lines = [self._line(member) for member in dict.fromkeys(overrides)]
        ordered = by_value(lines, self._value_of(overrides))
        return ExactAnswer("overrides", heading(len(ordered), "override", target.name), ordered)

    # Lines

    def _line(self, symbol: Symbol) -> LocatedLine:
        line = self._relations.definition_line(symbol)
        return symbol_line(symbol, line, self._relations.line(symbol.path, line))

    def _value_of(self, symbols: Iterable[Symbol]) -> Callable[[LocatedLine], float]:
        rank_by_name = {
            (symbol.path, symbol.qualified): self._relations.rank(symbol) for symbol in symbols
        }
        return lambda line: rank_by_name.get((line.location.path, line.symbol), 0.0)


def _within(answer: ExactAnswer, path: str) -> ExactAnswer:
    """Only the lines in a file or a folder."""
    wanted = path.strip("./").rstrip("/")
    lines = tuple(line for line in answer.lines if _is_inside(line.location.path, wanted))
    return replace(answer, heading=f"In {path}: {len(lines)} of {answer.heading}", lines=lines)


def _is_inside(path: str, wanted: str) -> bool:
    return f"/{path}".endswith(f"/{wanted}") or f"/{wanted}/" in f"/{path}"


def _one_for_each_test(uses: Iterable[Use]) -> list[Use]:
    """The first use in each test; those outside any definition once a file."""
    use_by_test: dict[tuple[str, str], Use] = {}
    for use in uses:
        name = use.user.qualified if use.user else ""
        start = use.user.start if use.user else 0
        use_by_test.setdefault((use.path, f"{name}:{start}"), use)
    return list(use_by_test.values())


def _leads_to(symbol: Symbol) -> str:
    return f"→ {symbol.path}:{symbol.start}"
