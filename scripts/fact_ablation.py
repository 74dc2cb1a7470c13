"""How many of a reference answer's names the prompt shows, by the kinds of facts in it.

No model is asked. A name of the reference counts where the snapshot has it, the question does not
say it, and it is spelled as only code is or has few definitions. Facts take their tokens from the
evidence, so that a kind only gains where it shows more names than the source lines it displaces.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from statistics import mean
from typing import NamedTuple

from repo_mhm.answer.definitions import names_in
from repo_mhm.answer.evidence import EvidencePool, collect_evidence
from repo_mhm.answer.evidence_lookup import evidence_sources
from repo_mhm.answer.facts import FACT_KINDS, FACTS_SHARE, NAMED_KINDS, FactKind
from repo_mhm.answer.facts_lookup import facts_for
from repo_mhm.answer.prompt_plan import EVIDENCE_CHUNKS
from repo_mhm.answer.prompts import evidence_blocks
from repo_mhm.retrieval.query import Query
from repo_mhm.retrieval.search import search
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import Store

MAX_DEFINITIONS = 4
"""A name with more definitions than this, that prose may use too, is not distinctive."""
CHECKED = 3
"""Every so many questions, from the first, are for checking; nothing was chosen on them."""
RESAMPLES = 2000
"""Bootstrap samples for an interval."""


_CODE_SHAPE = re.compile(r"_|[a-z][A-Z]|[A-Z]{2,}[a-z]")
Figures = dict[str, float]


class Case(NamedTuple):
    """A question with what was retrieved for it, and the names that its prompt should show."""

    query: Query
    pool: EvidencePool
    names: frozenset[str]
    is_checked: bool
    """Whether it is for checking; nothing was chosen on it."""


class Prompt(NamedTuple):
    """What one prompt shows."""

    names: float
    """Share of the reference's names."""
    fact_tokens: int


def ablation(store: Store, questions: Sequence[tuple[str, str]], tokens: int) -> dict[str, Figures]:
    """By kind of facts, how many names prompts show; `questions` come with their references."""
    kinds_by_row: dict[str, Set[FactKind]] = {"none": frozenset()}
    kinds_by_row |= {f"only {kind}": {kind} for kind in FACT_KINDS}
    kinds_by_row |= {f"all but {kind}": NAMED_KINDS - {kind} for kind in FACT_KINDS}
    kinds_by_row["all"] = NAMED_KINDS
    cases = [case for case in _cases(store, questions) if case.names]
    without_facts = [_prompt(store, case, frozenset(), tokens) for case in cases]
    figures_by_row = {}

    for row, kinds in kinds_by_row.items():
        prompts = [_prompt(store, case, kinds, tokens) for case in cases]
        pairs = zip(prompts, without_facts, strict=True)
        gains = [prompt.names - without.names for prompt, without in pairs]
        figures_by_row[row] = _figures(cases, gains, prompts)

    return figures_by_row


def _cases(store: Store, questions: Sequence[tuple[str, str]]) -> Iterator[Case]:
    for index, (question, reference) in enumerate(questions):
        result = search(store, question, "source")
        sources = evidence_sources(store, result.ranked[:EVIDENCE_CHUNKS])
        pool = collect_evidence(sources, result.term_weights, result.query.names)
        names = distinctive_names(store, question, reference)
        yield Case(result.query, pool, names, index % CHECKED == 0)


def distinctive_names(store: Store, question: str, reference: str) -> frozenset[str]:
    """The names of a reference answer that tell whether the code it speaks of is shown."""
    candidates = (set(names_in([reference])) - _words(question)) & store.names()
    definitions = Counter(stored.symbol.name for stored in store.symbols_named(candidates))
    return frozenset(
        name
        for name in candidates
        if _CODE_SHAPE.search(name) or 0 < definitions[name] <= MAX_DEFINITIONS
    )


def _prompt(store: Store, case: Case, kinds: Set[FactKind], tokens: int) -> Prompt:
    """The evidence and the facts that a prompt shows within `tokens`."""
    fact_budget = round(tokens * FACTS_SHARE) if kinds else 0
    pieces = case.pool.within(tokens - fact_budget, _count)
    locations = [piece.location for piece in pieces]
    facts = facts_for(store, case.query, case.pool.pieces, locations, fact_budget, _count, kinds)

    fact_tokens = _count(facts.text)
    pieces = case.pool.within(tokens - fact_tokens, _count)
    shown_words = _words("\n".join([*evidence_blocks(pieces), facts.text]))
    return Prompt(len(case.names & shown_words) / len(case.names), fact_tokens)


def _figures(cases: Sequence[Case], gains: Sequence[float], prompts: Sequence[Prompt]) -> Figures:
    """Shares and gains over the cases."""
    tuned = [gain for gain, case in zip(gains, cases, strict=True) if not case.is_checked]
    checked = [gain for gain, case in zip(gains, cases, strict=True) if case.is_checked]
    low, high = _interval(gains)
    return {
        "names shown": round(mean(prompt.names for prompt in prompts), 3),
        "gain": round(mean(gains), 3),
        "from": low,
        "to": high,
        "gain, tuned on": round(mean(tuned), 3),
        "gain, checked on": round(mean(checked), 3),
        "fact tokens": round(mean(prompt.fact_tokens for prompt in prompts)),
    }


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    generator = random.Random(0)
    means = sorted(mean(generator.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return round(means[RESAMPLES // 40], 3), round(means[-RESAMPLES // 40], 3)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _count(text: str) -> int:
    return estimate_tokens(text.encode())
