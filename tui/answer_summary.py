"""The lines under an answer: how long it took, what it lacks, and what the code says instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.safe_text import single_line

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation, Sentence
    from repo_mhm.answer.events import Answer

_SHOWN_NAMES = 5
"""Most unknown names that are listed under an answer."""


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """What the line under an answer says."""

    first_token_seconds: float
    seconds: float
    skimmed: int
    chunks: int
    model: str
    """Empty where no model was asked."""
    unknown_names: tuple[str, ...] = ()
    interrupted: bool = False
    abstained: bool = False
    corrections: tuple[str, ...] = ()
    """What the code says instead of the sentences that it contradicts."""
    warnings: tuple[str, ...] = ()
    """What may make the answer worse: no model, files left out, a stale memory."""


STOPPED = AnswerSummary(0, 0, 0, 0, model="", interrupted=True)
"""Summary of an answer that the user stopped."""


def summary_of(answer: Answer) -> AnswerSummary:
    """Return the summary of a finished answer."""
    return AnswerSummary(
        answer.first_token_seconds,
        answer.seconds,
        answer.coverage["skimmed"],
        answer.coverage["chunks"],
        answer.model,
        answer.unknown_names,
        answer.interrupted,
        answer.abstained,
        tuple(sentence.correction for sentence in answer.sentences if sentence.contradicted),
        answer.warnings,
    )


def stored_summary(result: dict[str, Any]) -> AnswerSummary:
    """Return the summary of a stored answer; `result` is what `ask --json` printed."""
    coverage = result.get("coverage", {})
    return AnswerSummary(
        float(result.get("first_token_seconds", 0)),
        float(result.get("seconds", 0)),
        int(coverage.get("skimmed", 0)),
        int(coverage.get("chunks", 0)),
        str(result.get("model", "")),
        tuple(result.get("unknown_names", ())),
        bool(result.get("interrupted")),
        bool(result.get("abstained")),
        tuple(sentence.correction for sentence in stored_sentences(result) if sentence.correction),
        tuple(result.get("warnings", ())),
    )


def stored_sentences(result: dict[str, Any]) -> list[Sentence]:
    """The sentences of a stored answer; their offsets are not stored, and 0 here."""
    from repo_mhm.answer.citations import Citation, Sentence

    with_text = {
        citation: citation for citation in map(Citation.from_json, result.get("citations", []))
    }

    def cited(sentence: dict[str, Any]) -> tuple[Citation, ...]:
        citations = map(Citation.from_json, sentence.get("citations", []))
        return tuple(with_text.get(citation, citation) for citation in citations)

    return [
        Sentence(
            text=sentence["text"],
            start=0,
            end=0,
            citations=cited(sentence),
            supported=sentence.get("supported"),
            contradicted=bool(sentence.get("contradicted")),
            correction=sentence.get("correction", ""),
        )
        for sentence in result.get("sentences", [])
    ]


def summary_text(summary: AnswerSummary) -> str:
    """Return the lines to show: what the code says instead, warnings, and the facts in one line."""
    parts = []
    if summary.seconds and not summary.model:
        parts.append(f"{summary.seconds:.1f} s, without a model")
    elif summary.seconds:
        first = f"{summary.first_token_seconds:.1f} s to the first word"
        parts += [first, f"{summary.seconds:.1f} s"]
    if summary.model and summary.skimmed < summary.chunks:
        parts.append(f"{summary.skimmed:,} of {summary.chunks:,} chunks read so far")
    if summary.interrupted:
        parts.append("stopped")
    if summary.abstained:
        parts.append("not in this repository")
    if summary.unknown_names:
        names = ", ".join(single_line(name) for name in summary.unknown_names[:_SHOWN_NAMES])
        more = len(summary.unknown_names) - _SHOWN_NAMES
        parts.append(f"unknown here: {names}" + (f" and {more} more" if more > 0 else ""))
    line = " · ".join(parts)
    corrections = (f"[!] the code says: {single_line(text)}" for text in summary.corrections)
    warnings = (f"! {single_line(text)}" for text in summary.warnings)
    return "\n".join([*corrections, *warnings, line])
