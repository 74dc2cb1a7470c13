"""Whether prompts show the decisive lines of questions: those that a reference answer names.

No model is asked. References name lines as `utils.py:769-771`, `lines 769-771` or `line 803` of the
file that they named last, or of the file that follows. Where a reference names spans of fewer than
SHORT_LINES lines, only those count: a longer span is a whole function. A span is shown where half
of its lines are, or LONG_SHOWN of them; a question where half of its spans are shown.

With first drafts of answers, what a thorough answer shows is counted too: it retrieves again with
the names of a draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean

from repo_mhm.answer.evidence import Evidence, EvidencePool, collect_evidence
from repo_mhm.answer.evidence_lookup import evidence_sources
from repo_mhm.answer.model_answer import DRAFT_TOKENS, with_draft_names
from repo_mhm.answer.prompt_budget import MAX_TOKENS, MIN_TOKENS, THOROUGH_TOKENS
from repo_mhm.answer.prompt_plan import EVIDENCE_CHUNKS
from repo_mhm.location import Location
from repo_mhm.retrieval.search import search
from repo_mhm.source.token_estimates import estimate_tokens
from repo_mhm.store import Store

SHORT_LINES = 12
LONG_SHOWN = 10
BUDGETS = (150, 600, MIN_TOKENS, 1500, MAX_TOKENS, THOROUGH_TOKENS)
"""Tokens of evidence."""
THOROUGH_ROW = f"{THOROUGH_TOKENS} tokens, retrieved again"
CHARACTERS_PER_TOKEN = 4
"""Of English prose, about."""

_NUMBERS = r"\d+(?:\s*[-–]\s*\d+)?"
_PATH = r"(?:\./)?(?P<path>[\w./\-]*\w\.(?:py|rst|toml|cfg|ini|md|txt|yml))"
_MENTION = re.compile(
    rf"{_PATH}(?::(?P<span>{_NUMBERS}))?"
    rf"|[Ll]ines?\s+(?P<spans>{_NUMBERS}(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*){_NUMBERS})*)"
)
_PATH_FOLLOWS = re.compile(rf"\s*(?:of|in|from)\s+`?{_PATH}")

Figures = dict[str, float]


def decisive_figures(
    store: Store, questions: Sequence[tuple[str, str]], drafts: Mapping[str, str]
) -> dict[str, Figures]:
    """By tokens of evidence, for how many questions it shows the decisive lines.

    `drafts` has the first drafts of answers by question; where there are any, the last row is that
    of thorough answers. A question without a draft is retrieved once.
    """
    last_lines = _last_lines(store)
    shares_by_row: dict[str, list[float]] = {f"{budget} tokens": [] for budget in BUDGETS}
    if drafts:
        shares_by_row[THOROUGH_ROW] = []

    for question, reference in questions:
        spans = decisive_spans(reference, last_lines)
        if not spans:
            continue
        pool = _pool(store, question)
        for budget in BUDGETS:
            share = shown_share(spans, pool.within(budget, _count))
            shares_by_row[f"{budget} tokens"].append(share)

        if drafts:
            text = with_draft_names(store, question, _cut(drafts.get(question, "")))
            again = _pool(store, text) if text else pool
            share = shown_share(spans, again.within(THOROUGH_TOKENS, _count))
            shares_by_row[THOROUGH_ROW].append(share)

    return {row: _figures(shares) for row, shares in shares_by_row.items()}


def _pool(store: Store, text: str) -> EvidencePool:
    """The evidence that is retrieved for a text."""
    result = search(store, text)
    sources = evidence_sources(store, result.ranked[:EVIDENCE_CHUNKS])
    return collect_evidence(sources, result.term_weights, result.query.names)


def _cut(draft: str) -> str:
    """As much of a draft as a thorough answer writes."""
    return draft[: DRAFT_TOKENS * CHARACTERS_PER_TOKEN]


def decisive_spans(reference: str, last_lines: Mapping[str, int]) -> list[Location]:
    """The lines that a reference names; `last_lines` has the last line of each file by path."""
    spans = [
        span
        for span in dict.fromkeys(_named_spans(reference, last_lines))
        if span.start <= span.end <= last_lines[span.path]
    ]
    return [span for span in spans if span.end - span.start < SHORT_LINES] or spans


def shown_share(spans: Sequence[Location], pieces: Iterable[Evidence]) -> float:
    """Share of the spans that the pieces show."""
    shown: dict[str, set[int]] = {}
    for piece in pieces:
        location = piece.location
        lines = range(location.start, location.end + 1)
        shown.setdefault(location.path, set()).update(lines)

    def is_shown(span: Location) -> bool:
        lines = range(span.start, span.end + 1)
        needed = min(LONG_SHOWN, (len(lines) + 1) // 2)
        return len(shown.get(span.path, set()).intersection(lines)) >= needed

    return mean(map(is_shown, spans))


def _named_spans(reference: str, last_lines: Mapping[str, int]) -> list[Location]:
    path = ""
    spans: list[Location] = []
    waiting: list[tuple[int, int]] = []

    for mention in _MENTION.finditer(reference):
        if mention["spans"]:
            numbers = [_span(text) for text in re.findall(_NUMBERS, mention["spans"])]
            if not path or _PATH_FOLLOWS.match(reference, mention.end()):
                waiting += numbers
            else:
                spans += [Location(path, *span) for span in numbers]
            continue

        path = _file(mention["path"], last_lines)
        if path:
            spans += [Location(path, *span) for span in waiting]
            waiting = []
            if mention["span"]:
                spans.append(Location(path, *_span(mention["span"])))

    return spans


def _file(name: str, paths: Iterable[str]) -> str:
    """The only path that ends with a name; empty where there are none or several."""
    matches = [path for path in paths if path == name or path.endswith(f"/{name}")]
    return matches[0] if len(matches) == 1 else ""


def _span(text: str) -> tuple[int, int]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return numbers[0], numbers[-1]


def _last_lines(store: Store) -> dict[str, int]:
    last_lines: dict[str, int] = {}
    for stored in store.chunks():
        chunk = stored.chunk
        last_lines[chunk.path] = max(chunk.end, last_lines.get(chunk.path, 0))
    return last_lines


def _figures(shares: Sequence[float]) -> Figures:
    if not shares:
        return {"questions": 0}
    return {
        "questions": len(shares),
        "decisive lines shown": round(mean(share >= 0.5 for share in shares), 3),
        "spans shown": round(mean(shares), 3),
    }


def _count(text: str) -> int:
    return estimate_tokens(text.encode())
