"""The symbols that a question from memory alone is about, and what is noted of them.

The idea. The heads hold exact lines on the symbols of most value. Questions ask about others as
well, and what the overview would say of those is known all the same, from the symbols and relations
that the scan has stored. So an answer from memory alone rests on the exact lines of the symbols
that the question names, then of those that these are linked to (what they call, who raises them,
members of a class) or that notes and documentation in the question's words lead to. Of these
related ones the best by the question's term weight are taken. No line of source is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from repo_mhm.answer.evidence import term_share
from repo_mhm.answer.facts import NAMED_KINDS as NAMED_KINDS_OF_FACTS
from repo_mhm.answer.facts import Fact, FactKind
from repo_mhm.answer.facts_lookup import facts_of
from repo_mhm.answer.noted_symbols import NotedSymbol
from repo_mhm.memory.note_input import exact_text
from repo_mhm.memory.notes import SYMBOL
from repo_mhm.memory.values import is_worth_noting
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.relations.source_file import CALLABLE_KINDS, CLASS_KINDS
from repo_mhm.retrieval.search import SearchResult
from repo_mhm.source.file_roles import is_test
from repo_mhm.source.symbols import Symbol
from repo_mhm.store import Store

MOST_NAMED, MOST_SYMBOLS, LEAST_RELATED = 5, 5, 2
"""Most symbols that a question names, and most in all, of which notes are shown; how many of these
may be related ones however many are named."""
MOST_NAMESAKES = 2
"""Definitions of one name that may all be meant, once the likelier ones are told apart."""
MOST_HITS = 20
"""How many symbols that share words with the question are weighed."""
LINKED = 1.5
"""How much more a symbol counts that is linked to a named one."""
TEST = 0.5
"""How much less a symbol of a test counts that the question does not name."""
LEAST_SHARE, RELATIVE_SHARE = 0.08, 0.35
"""Least share of the question's term weight that a related symbol holds, and least part of what the
best of them holds."""
MOST_LISTED = 10
"""Most names in one list."""
NAMED_KINDS: frozenset[FactKind] = NAMED_KINDS_OF_FACTS - {"signature", "chain", "values"}
"""What is said of symbols that a question names; signatures and values are said in front."""
RELATED_KINDS: frozenset[FactKind] = frozenset({"callees", "raises", "raised in", "callers"})
"""What is said of related ones: how they work together with others."""
_CALLED_SO = (
    r"\b(?:the|a|an)\s+{name}(?:\(\))?(?:'s)?\s+(?:method|function|class|fixture|decorator|hook|exception|error|attribute|"
    r"module|property|constant|macro|struct|type|interface|trait|field|option|parameter)s?\b"
)


def noted_symbols(store: Store, question: str, result: SearchResult) -> list[NotedSymbol]:
    """What is noted of the symbols that a question is about, those that it names first."""
    lookup = _Lookup(store, Relations(StoreRepository(store, with_tests=False)), question, result)
    named = lookup.named()[:MOST_NAMED]
    related = lookup.related(named)[: max(MOST_SYMBOLS - len(named), LEAST_RELATED)]
    noted = [lookup.noted(symbol, NAMED_KINDS) for symbol in named]
    return noted + [lookup.noted(symbol, RELATED_KINDS) for symbol in related]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """One question, and the code that it may be about."""

    store: Store
    relations: Relations
    question: str
    result: SearchResult

    def noted(self, symbol: Symbol, kinds: frozenset[FactKind]) -> NotedSymbol:
        """What is noted of one symbol."""
        facts: list[Fact] = facts_of(self.relations, symbol, kinds, MOST_LISTED)
        return NotedSymbol(symbol, self._short_code(symbol), tuple(facts))

    def _short_code(self, symbol: Symbol) -> str:
        """A constant, or a short function, as the code spells it; empty for others."""
        chunk = self.store.chunk_at(symbol.path, symbol.start)
        code = exact_text(chunk, symbol) if chunk else ""
        if not code or symbol.kind == "constant":
            return symbol.signature if code else ""
        return f"{symbol.name}{code}"

    # Named symbols

    def named(self) -> list[Symbol]:
        """The symbols that the question names, in its order."""
        query = self.result.query
        names = [*query.names, *(name for name in query.possible_names if self._is_name(name))]
        definitions = {name: self._definitions(name) for name in names}
        containers = {
            symbol.qualified
            for symbols in definitions.values()
            for symbol in symbols
            if symbol.kind in CLASS_KINDS
        }
        named: dict[tuple[str, str], Symbol] = {}
        for symbols in definitions.values():
            for symbol in self._meant(symbols, containers):
                named.setdefault((symbol.path, symbol.qualified), symbol)

        in_source = [symbol for symbol in named.values() if not is_test(symbol.path)]
        is_about_source = in_source and not query.about_tests
        return in_source if is_about_source else list(named.values())

    def _is_name(self, word: str) -> bool:
        """Whether a plain word is used as a name: capitalised, or `the parametrize method`."""
        if word[:1].isupper():
            return self.question.find(word) > 0
        return re.search(_CALLED_SO.replace("{name}", re.escape(word)), self.question) is not None

    def _definitions(self, name: str) -> list[Symbol]:
        """The definitions of a name; of its last part where it stands behind a variable."""
        return self.relations.resolve(name) or self.relations.resolve(name.rpartition(".")[2])

    def _meant(self, symbols: list[Symbol], containers: set[str]) -> list[Symbol]:
        """Those that the name may mean; none where it is too common to tell.

        Members of a named class come first, then definitions before declarations, source before
        tests, and files that the search has found.
        """
        found_paths = {chunk.path for chunk in self.result.ranked[:MOST_HITS]}
        symbols = _preferred(symbols, lambda symbol: symbol.container in containers)
        symbols = _preferred(symbols, self.relations.has_body)
        symbols = _preferred(symbols, lambda symbol: not is_test(symbol.path))
        symbols = _preferred(symbols, lambda symbol: symbol.path in found_paths)
        return symbols if len(symbols) <= MOST_NAMESAKES else []

    # Related symbols

    def related(self, named: list[Symbol]) -> list[Symbol]:
        """The others that the question is about, the best by its term weight first."""
        scores: dict[Symbol, float] = {}
        linked = [other for symbol in named for other in self._linked(symbol)]
        candidates = dict.fromkeys([*linked, *self._noted_symbols(), *self._hits()])
        for symbol in filter(is_worth_noting, candidates):
            score = self._score(symbol) * (LINKED if symbol in linked else 1.0)
            if symbol not in named and self.relations.has_body(symbol) and score >= LEAST_SHARE:
                scores[symbol] = score
        least = RELATIVE_SHARE * max(scores.values(), default=0.0)
        by_score = sorted(scores, key=lambda symbol: -scores[symbol])
        return [symbol for symbol in by_score if scores[symbol] >= least]

    def _score(self, symbol: Symbol) -> float:
        text = f"{symbol.qualified} {symbol.path} {symbol.signature} {symbol.doc}"
        share = term_share(text, self.result.term_weights)
        is_beside = is_test(symbol.path) and not self.result.query.about_tests
        return share * (TEST if is_beside else 1.0)

    def _linked(self, symbol: Symbol) -> Iterator[Symbol]:
        """What a symbol calls, its members, and who raises or calls it."""
        if symbol.kind in CLASS_KINDS:
            yield from self.relations.members(symbol)
        for callee in self.relations.callees(symbol) if symbol.kind in CALLABLE_KINDS else ():
            if len(callee.targets) == 1 and not callee.by_name_only:
                yield callee.targets[0]
        for use in self.relations.callers(symbol):
            if use.user is not None and not use.by_name_only:
                yield use.user

    def _noted_symbols(self) -> Iterator[Symbol]:
        """The symbols of the notes that match the question."""
        for note in self.result.notes[:MOST_HITS]:
            if note.level == SYMBOL:
                named = self.store.symbols_named([note.anchor])
                yield from (item.symbol for item in named if item.symbol.path == note.path)

    def _hits(self) -> Iterable[Symbol]:
        """The symbols whose names and documentation share words with the question."""
        terms = self.result.query.terms
        ids = [symbol for symbol, _ in self.store.search("symbol", terms, MOST_HITS)]
        return [stored.symbol for stored in self.store.symbols(ids)]


def _preferred(symbols: list[Symbol], is_likely: Callable[[Symbol], bool]) -> list[Symbol]:
    """The likely ones where there are any; else all."""
    return [symbol for symbol in symbols if is_likely(symbol)] or symbols
