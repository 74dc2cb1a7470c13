"""Facts: what the code says exactly of a symbol, one a line, within a budget of tokens. Pure.

A small model that reads source gets relations wrong: who calls whom, what is raised where, which
value a constant has. The symbol graph knows them, those outside the evidence too.

The idea: facts come symbol by symbol, the symbols that the question names first, then those that
the best evidence lies in, and of each symbol kind by kind. They are taken in this order as long as
they fit, and listed under their symbols:

    `Session.send` (src/requests/sessions.py:673-748): `def send(self, request, **kwargs)`
    - calls, in order: `Session.get_adapter`, `dispatch_hook`, `extract_cookies_to_jar`
    - raises: `ValueError` (line 687)

`facts_wording` words them, `facts_lookup` reads them from the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from repo_mhm.location import Location
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.source.symbols import Symbol

FactKind = Literal[
    "chain",
    "values",
    "signature",
    "callees",
    "callers",
    "raises",
    "raised in",
    "constants",
    "bases",
    "subclasses",
    "overrides",
    "members",
]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
"""All kinds of facts, in the order of their worth.

`values` are the constants and short functions that the question names, and those behind them;
`constants` those that a function uses, with the functions that return a literal. `signature` has
the first sentence of the documentation too.
`raised in` says where an error is raised and caught."""
NAMED_KINDS: frozenset[FactKind] = frozenset(FACT_KINDS)
"""The kinds of facts about symbols that the question names, which may ask for any of them."""
OTHER_KINDS: frozenset[FactKind] = frozenset(
    {"callees", "raises", "raised in", "constants", "subclasses", "members"}
)
"""The kinds of facts about other symbols of the evidence: what their code does. Their callers and
signatures show fewer names of the reference answers than source lines of the same length."""
PROMPT_KINDS: frozenset[FactKind] = frozenset({"chain", "values"})
"""The kinds of facts that the default model is shown: what it cannot guess from source lines.

With all kinds its prompts show more names of the reference answers, but it claims more about them
than they say: 2.5 wrong sentences an answer instead of 1.3 (scripts/RESULTS.md).
"""
READER_KINDS: frozenset[FactKind] = frozenset(
    {"values", "callers", "raises", "raised in", "constants", "bases", "subclasses", "overrides"}
)
"""The kinds of facts about the symbols that a question names which its reader is told."""
FACTS_SHARE = 0.3
"""Most that facts take of the tokens for evidence and facts (`scripts/eval_ask --facts`)."""
LEAST_TOKENS = 12
"""With fewer tokens left no further fact is looked up: hardly any is shorter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a deep pass, or the code itself, says for one question."""

    text: str
    """For the prompt: facts, one a line, or the heads that a deep pass has rewritten."""
    locations: tuple[Location, ...]
    """The lines that bear them out, which sentences may be attributed to."""
    warning: str = ""
    """What the reader must know of them: that a deep pass was cut off."""


NO_FACTS = Facts("", ())


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the code says."""

    kind: FactKind
    symbol: Symbol | None
    """What it is said of; None where it relates several symbols."""
    text: str
    """Its line in a prompt, under the heading of its symbol."""
    locations: tuple[Location, ...]
    """The lines that bear it out."""

    @property
    def line(self) -> str:
        """Its line in a prompt; a signature goes on where its symbol's heading ends."""
        return f": {self.text}" if self.kind == "signature" else f"\n- {self.text}"


def choose_facts(facts: Iterable[Fact], tokens: int, count: TokenCounter) -> Facts:
    """The first of the facts that cost at most `tokens`; one that does not fit is passed over."""
    chosen: list[Fact] = []
    headed: set[Symbol | None] = {None}
    tokens_left = tokens

    for fact in facts:
        cost = count(fact.line)
        if fact.symbol not in headed:
            cost += count(_heading(fact.symbol))
        if cost <= tokens_left:
            tokens_left -= cost
            chosen.append(fact)
            headed.add(fact.symbol)
        if tokens_left < LEAST_TOKENS:
            break

    # The tokens of a text need not be the sum of those of its lines.
    while chosen and count(_text(chosen)) > tokens:
        chosen.pop()
    locations = (location for fact in chosen for location in fact.locations)
    return Facts(_text(chosen), tuple(dict.fromkeys(locations)))


def _text(facts: Iterable[Fact]) -> str:
    """The facts, each symbol's under its heading, which a signature goes on."""
    facts_by_symbol: dict[Symbol | None, list[Fact]] = {}
    for fact in facts:
        facts_by_symbol.setdefault(fact.symbol, []).append(fact)

    text = ""
    for symbol, its_facts in facts_by_symbol.items():
        signature_first = sorted(its_facts, key=lambda fact: fact.kind != "signature")
        lines = "".join(fact.line for fact in signature_first)
        text += f"{_heading(symbol)}{lines}\n"
    return text.lstrip("\n")


def _heading(symbol: Symbol | None) -> str:
    """The name and the location that stand above the facts of a symbol."""
    return f"`{symbol.qualified}` ({symbol.location})" if symbol else ""
