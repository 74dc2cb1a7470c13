"""The facts for a question, looked up in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice

from repo_mhm.answer.definition_lookup import definitions_of
from repo_mhm.answer.definitions import follow_definitions
from repo_mhm.answer.evidence import Evidence
from repo_mhm.answer.exact_value_lookup import literal_result
from repo_mhm.answer.facts import (
    FACT_KINDS,
    NAMED_KINDS,
    OTHER_KINDS,
    READER_KINDS,
    Fact,
    FactKind,
    Facts,
    choose_facts,
)
from repo_mhm.answer.facts_wording import FactWriter, chain_fact, is_within, value_fact
from repo_mhm.location import Location
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.relations.records import Call, Use
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.retrieval.query import Query
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MAX_SYMBOLS = 8
"""Most symbols that facts are looked up for."""
MAX_OWNERS = 16
"""Most symbols of evidence that a word of the question is compared with."""
MAX_CHAINED = 3
"""Most functions between which call chains are looked for."""
MAX_CHAIN_BODIES = 25
"""Most functions whose bodies are read to find one chain; each takes some milliseconds."""
MAX_NAMESAKES = 2
"""A name that means more definitions than this tells too little."""
_SAY_LITTLE = frozenset({"true", "false"})
"""Results of functions that tell nothing of a routine that calls them."""
_EXAMPLE_FOLDERS = frozenset({"doc", "docs", "example", "examples"})
_FACTS_OF_CLASSES = frozenset(
    {"signature", "bases", "subclasses", "members", "raised in", "callers"}
)
_FACTS_OF_ROUTINES = frozenset(
    {"signature", "callees", "callers", "raises", "constants", "overrides"}
)


def facts_for(  # noqa: PLR0913  what they are about, and how much of it
    store: Store,
    query: Query,
    pieces: Sequence[Evidence],
    shown: Sequence[Location],
    tokens: int,
    count: TokenCounter,
    kinds: Set[FactKind] = NAMED_KINDS,
) -> Facts:
    """The facts of most worth that cost at most `tokens`, only of `kinds`.

    They are about the symbols that the question names, and those that `pieces` lie in. `pieces` are
    evidence, best first. What lines in `shown` say is not said again.
    """
    lookup = _FactLookup(store, Relations(StoreRepository(store, with_tests=False)), shown, kinds)
    return choose_facts(lookup.facts(query, pieces), tokens, count)


def reader_facts(store: Store, query: Query, shown: Sequence[Location], most: int) -> list[Fact]:
    """The first facts about the symbols that a question names, for its reader.

    What lines in `shown` say is not said again.
    """
    lookup = _FactLookup(
        store, Relations(StoreRepository(store, with_tests=False)), shown, READER_KINDS
    )
    return list(islice(lookup.facts(query, ()), most))


def facts_of(
    relations: Relations, symbol: Symbol, kinds: Set[FactKind], most_listed: int
) -> list[Fact]:
    """All facts of some kinds about one symbol, each with at most so many items."""
    return _facts_of(relations, FactWriter(symbol, (), most_listed), kinds)


@dataclass(frozen=True, slots=True)
class _FactLookup:
    """Looks up the facts of symbols."""

    store: Store
    relations: Relations
    shown: Sequence[Location]
    kinds: Set[FactKind]

    def facts(self, query: Query, pieces: Sequence[Evidence]) -> Iterator[Fact]:
        """All facts, in the order of their worth."""
        named, others = _subjects(self.relations, query, pieces)
        yield from self._chains(named)
        if "values" in self.kinds:
            look_up = partial(definitions_of, self.store)
            names = [*query.names, *self._names_used(named)]
            definitions = follow_definitions(names, look_up)
            unsaid = (item for item in definitions if not is_within(item.location, self.shown))
            yield from map(value_fact, unsaid)
        for symbol in named[:MAX_SYMBOLS]:
            yield from self._facts_of(symbol, self.kinds)
        for symbol in others[: max(0, MAX_SYMBOLS - len(named))]:
            yield from self._facts_of(symbol, self.kinds & OTHER_KINDS)

    def _names_used(self, named: Iterable[Symbol]) -> Iterator[str]:
        """The constants that the named routines use, and the functions that return a literal.

        What a routine does often follows from a limit in another file. None where facts on
        constants say it already.
        """
        if "constants" in self.kinds:
            return
        routines = [symbol for symbol in named if symbol.kind in CALLABLE_KINDS]
        for routine in routines[:MAX_CHAINED]:
            yield from (item.symbol.name for item in self.relations.constants(routine))
            yield from (function.name for function, _ in _results(self.relations, routine))

    def _chains(self, named: Iterable[Symbol]) -> Iterator[Fact]:
        """How one of two symbols reaches the other, in whichever direction."""
        if "chain" not in self.kinds:
            return
        routines = [symbol for symbol in named if symbol.kind in CALLABLE_KINDS]
        for start, end in combinations(routines[:MAX_CHAINED], 2):
            calls = self._chain(start, end) or self._chain(end, start)
            if calls:
                yield chain_fact(calls)

    def _chain(self, start: Symbol, end: Symbol) -> list[Call]:
        return self.relations.call_chain(start, end, MAX_CHAIN_BODIES)

    def _facts_of(self, symbol: Symbol, kinds: Set[FactKind]) -> list[Fact]:
        return _facts_of(self.relations, FactWriter(symbol, self.shown), kinds)


def _facts_of(relations: Relations, writer: FactWriter, kinds: Set[FactKind]) -> list[Fact]:
    """The facts of some kinds about the writer's symbol, kind by kind in the order of worth."""
    symbol = writer.symbol
    write_by_kind: Mapping[FactKind, Callable[[], list[Fact]]] = {
        "signature": writer.signature,
        "callees": lambda: writer.callees(relations.callees(symbol)),
        "callers": lambda: writer.callers(_callers(relations, symbol)),
        "raises": lambda: writer.raises(relations.raised(symbol)),
        "constants": lambda: writer.constants(
            relations.constants(symbol), _results(relations, symbol)
        ),
        "overrides": lambda: writer.overrides(
            relations.overridden(symbol), relations.overrides(symbol)
        ),
        "bases": lambda: writer.bases(relations.bases(symbol)),
        "subclasses": lambda: writer.subclasses(relations.subclasses(symbol)),
        "members": lambda: writer.members(_members(relations, symbol)),
        "raised in": lambda: writer.raised_in(relations.uses(symbol)),
    }
    facts: list[Fact] = []
    for kind in FACT_KINDS:
        if kind in kinds and _has_kind(symbol, kind):
            facts += write_by_kind[kind]()
    return facts


def _results(relations: Relations, routine: Symbol) -> Iterator[tuple[Symbol, str]]:
    """The functions it calls that return nothing but a literal, with that literal."""
    for callee in relations.callees(routine):
        is_certain = len(callee.targets) == 1 and not callee.by_name_only
        result = is_certain and literal_result(relations, callee.targets[0])
        if result and result.lower() not in _SAY_LITTLE:
            yield callee.targets[0], result


def _callers(relations: Relations, symbol: Symbol) -> list[Use]:
    """The callers that are certain."""
    uses = relations.callers(symbol)
    return [use for use in uses if not use.by_name_only and use.user != symbol]


def _members(relations: Relations, symbol: Symbol) -> list[Symbol]:
    symbols = relations.symbols_in(symbol.path)
    return [member for member in symbols if member.container == symbol.qualified]


# Symbols --------------------------------------------------------------------------------------


def _subjects(
    relations: Relations, query: Query, pieces: Sequence[Evidence]
) -> tuple[list[Symbol], list[Symbol]]:
    """The symbols that the question names, and the others that the pieces lie in, best first.

    A name that means several definitions means those that pieces lie in. A word that may be a name
    is one if a piece lies in its definition, or if it is capitalised like a class, unless a test or
    an example defines it.
    """
    owners = _owners(relations, pieces)
    named: dict[Symbol, None] = {}

    for name in (*query.names, *query.possible_names):
        is_certain = name in query.names or name[0].isupper()
        definitions = relations.resolve(name) if is_certain else ()
        in_evidence = [symbol for symbol in owners if symbol in definitions or symbol.name == name]
        meant = in_evidence or definitions
        if name not in query.names:
            meant = [symbol for symbol in meant if _is_product(symbol.path)]
        if len(meant) <= MAX_NAMESAKES:
            named |= dict.fromkeys(meant)

    others = [symbol for symbol in owners if symbol not in named and _is_product(symbol.path)]
    return list(named), others


def _owners(relations: Relations, pieces: Sequence[Evidence]) -> list[Symbol]:
    """The classes and routines that the best pieces lie in, without those inside a routine."""
    owners: dict[Symbol, None] = {}
    for piece in pieces:
        owner: Symbol | None = None
        for symbol in relations.symbols_in(piece.location.path):  # the outermost come first
            is_around = symbol.start <= piece.location.start <= symbol.end
            is_inner = owner is not None and owner.kind in CALLABLE_KINDS
            if is_around and not is_inner and symbol.kind in CLASS_KINDS | CALLABLE_KINDS:
                owner = symbol
        if owner is not None:
            owners[owner] = None
        if len(owners) >= MAX_OWNERS:
            break
    return list(owners)


def _is_product(path: str) -> bool:
    """Whether a file is neither a test nor an example."""
    return not is_test(path) and not _EXAMPLE_FOLDERS.intersection(path.split("/")[:-1])


def _has_kind(symbol: Symbol, kind: FactKind) -> bool:
    """Whether facts of a kind can be about such a symbol."""
    if symbol.kind in CLASS_KINDS:
        return kind in _FACTS_OF_CLASSES
    return symbol.kind in CALLABLE_KINDS and kind in _FACTS_OF_ROUTINES
