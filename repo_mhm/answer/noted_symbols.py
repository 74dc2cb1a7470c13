"""What is noted of one symbol, in sentences: what an answer from memory alone rests on. Pure.

A small model says little of what it is shown, and not always what that says. So the same sentences
that it is shown also follow its answer, each symbol with its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repo_mhm.answer.facts import Fact
from repo_mhm.location import Location
from repo_mhm.memory.notes import TokenCounter
from repo_mhm.source.doc_comments import DOC_CHARACTERS
from repo_mhm.source.symbols import Symbol

MOST_TOKENS = 700
"""Most tokens of all that is noted for one question: eight seconds of reading on two cores."""
SIGNATURE_CHARACTERS = 100
"""A longer signature is left out: it says less than the calls."""
_PLAIN = re.compile(r"\((?:self|cls|&(?:mut )?self)?\)\s*$")
"""The end of a signature without parameters."""

_BEGINS_WITH_NAME = re.compile(r"[a-z]\w*[A-Z_]")
"""A name as code writes it: another first letter would make another name of it."""


@dataclass(frozen=True, slots=True)
class NotedSymbol:
    """One symbol, and what code and its authors say of it."""

    symbol: Symbol
    code: str
    """Its value, or its body where that is short; else empty."""
    facts: tuple[Fact, ...]

    @property
    def text(self) -> str:
        """Its line: name, location, and a sentence for each thing that is noted."""
        symbol = self.symbol
        said = [_sentence(fact.text) for fact in self.facts]
        sentences = [*self._description(), *said]
        ending = f": {' '.join(sentences)}" if sentences else ""
        return f"`{symbol.qualified}` ({symbol.location}){ending}"

    @property
    def locations(self) -> tuple[Location, ...]:
        """The symbol's own lines, then those that bear its facts out."""
        lines = [location for fact in self.facts for location in fact.locations]
        return tuple(dict.fromkeys([self.symbol.location, *lines]))

    def _description(self) -> list[str]:
        """What it is, in its authors' words, then as the code spells it."""
        words = [_sentence(_uncut(self.symbol.doc))] if self.symbol.doc else []
        code = self.code or self._signature()
        return [*words, f"`{code}`."] if code else words

    def _signature(self) -> str:
        """Its signature, where that says more than its name and its facts do."""
        symbol = self.symbol
        says_bases = any(fact.kind == "bases" for fact in self.facts)
        is_plain = _PLAIN.search(symbol.signature) or symbol.signature.endswith(symbol.name)
        is_short = len(symbol.signature) <= SIGNATURE_CHARACTERS
        return "" if says_bases or is_plain or not is_short else symbol.signature


def within(
    noted: Iterable[NotedSymbol], tokens: int, count: TokenCounter
) -> tuple[NotedSymbol, ...]:
    """The first of them that take at most so many tokens; one that does not fit is passed over."""
    chosen = []
    for item in noted:
        needed = count(f"- {item.text}\n")
        if needed <= tokens:
            tokens -= needed
            chosen.append(item)
    return tuple(chosen)


def listed(noted: Sequence[NotedSymbol]) -> str:
    """What is noted of each, one a line, as a prompt shows it."""
    return "".join(f"- {item.text}\n" for item in noted)


def _uncut(doc: str) -> str:
    """Documentation whose end was cut off: without the part of a word, and marked as cut."""
    if len(doc) < DOC_CHARACTERS:
        return doc
    return f"{doc[:DOC_CHARACTERS].rpartition(' ')[0] or doc} …"


def _sentence(text: str) -> str:
    """Text with a capital letter in front, unless a name of the code begins it, and an end."""
    text = text.strip()
    if not _BEGINS_WITH_NAME.match(text):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
