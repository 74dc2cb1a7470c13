"""Events of an answer with the name of its repository before each path. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from repo_mhm.answer.citations import Citation, Sentence
from repo_mhm.answer.events import Answer, Event, Finished, Retrieved
from repo_mhm.answer.joined_hits import named
from repo_mhm.answer.search_hits import SearchHits


def named_event(event: Event, name: str) -> Event:
    """An event of one repository's answer, as one of several repositories'."""
    if isinstance(event, Retrieved):
        evidence = tuple(
            replace(piece, location=named(piece.location, name)) for piece in event.evidence
        )
        files = tuple(f"{name}/{file}" for file in event.files)
        return replace(event, evidence=evidence, files=files)
    if isinstance(event, Sentence):
        return _named_sentence(event, name)
    if isinstance(event, Finished):
        return Finished(_named_answer(event.answer, name))
    return event


def _named_answer(answer: Answer, name: str) -> Answer:
    return replace(
        answer,
        sentences=tuple(_named_sentence(sentence, name) for sentence in answer.sentences),
        citations=_named_citations(answer.citations, name),
        evidence=_named_citations(answer.evidence, name),
        scope=tuple(f"{name}/{part}" for part in answer.scope),
    )


def _named_sentence(sentence: Sentence, name: str) -> Sentence:
    return replace(sentence, citations=_named_citations(sentence.citations, name))


def _named_citations(citations: Iterable[Citation], name: str) -> tuple[Citation, ...]:
    return tuple(map(partial(_named_citation, name=name), citations))


def _named_citation(citation: Citation, name: str) -> Citation:
    return replace(citation, location=named(citation.location, name))


def listed_answer(hits: SearchHits, seconds: float, warnings: Iterable[str]) -> Answer:
    """The answer that is a list of places in several repositories; none of them keeps it."""
    lines = tuple(hit.line for hit in hits.hits or hits.nearest)
    rows = [f"- {line.location.path}:{line.number}: {line.code}" for line in lines]
    return Answer(
        question=hits.query,
        kind=hits.kind,
        answer="\n".join([hits.heading, *rows]),
        sentences=(),
        citations=tuple(Citation(line.location) for line in lines),
        unknown_names=(),
        abstained=not hits.hits and not hits.is_exact,
        mode="both",
        coverage={},
        commit="",
        first_token_seconds=round(seconds, 3),
        seconds=round(seconds, 3),
        session="",
        warnings=tuple(warnings),
        scope=hits.scope,
        repositories=hits.repositories,
        heading=hits.heading,
        locations=lines,
        total=hits.total,
        locations_seconds=round(seconds, 3),
    )
