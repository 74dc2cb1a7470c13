"""Which kind a question is of, and what it is about, by its words alone. Pure.

A question is split into words, politeness is taken off both ends, and what is left is compared with
the forms of each kind (`question_forms`), word by word. The subject takes the words that no form
says. A form that fits only says what the question may be: whoever looks the subject up takes the
next one where there is nothing of that name, and in the end none. So a question that merely sounds
like a form goes to retrieval; a wrong guess would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from repo_mhm.answer.events import QuestionKind
from repo_mhm.answer.question_forms import FORMS, PLACES
from repo_mhm.answer.question_subject import FILE_THINGS, Subject, is_path, parse_subject

MOST_WORDS = 30
"""Longer questions are none that code answers."""
_MOST_SUBJECT_WORDS = 9

_OPENINGS = tuple(
    opening.split()
    for opening in (
        "please|hey|hi|ok|okay|so|and|now|just|quickly|can you|could you|would you|will you"
        "|can you please|could you please|do you know|i want to know|i want to see|i need to know"
        "|i need|i'd like to know|i would like to know|i want|show me|show|list|list all|print"
        "|give me|give|tell me|tell me about|find|find me|find all|find out|get|get me|display"
        "|look up|search for|let me see|let me know|help me find|what about|return|enumerate"
        "|exactly|also|then"
    ).split("|")
)
_CLOSINGS = tuple(
    closing.split()
    for closing in (
        "please|exactly|precisely|here|in this repo|in this repository|in this codebase"
        "|in this project|in this code base|in the repo|in the repository|in the codebase"
        "|in the project|in the code|in the code base|in this code|in our code|in our codebase"
        "|in the source|in the source code|across the codebase|across the repo|anywhere|in the tree"
        "|throughout the codebase|throughout the code|in production code|within this repo|right now"
        "|currently|by name|and why|and who|and when|and by whom|and who did it|and what for"
        "|thanks|thank you|for me|directly|and where|and in which file|in the end|at the end"
        "|after all assignments"
    ).split("|")
)
_FILLERS = tuple(
    filler.split()
    for filler in (
        "exactly|precisely|actually|all|else|on earth|in the code|in the codebase|in the code base"
        "|in the repo|in the repository|in the project|in the source|in the source code"
        "|in this repo|in this repository|in this project|in this codebase"
    ).split("|")
)
_NOUN_OPENINGS = tuple(
    opening.split()
    for opening in (
        "what is|what are|which are|which is|where are|where is|who are|who is|what was|what were"
        "|the|all|all the|all of the|every|any|a|an|me|me the|me all|its|full|complete|a list of"
        "|the list of|list of|what is the full|are there any|is there any|is there a"
    ).split("|")
)
_CONSTANT = re.compile(r"(?:\w+\.)*_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
RETURNS = frozenset({"return", "returns", "returned"})
_PARTS = {
    "value": RETURNS,
    "contents": {"methods", "functions", "fields", "attributes", "variables"},
    "bases": {"override", "overriding", "overrides", "reimplement"},
}
LAST = "last"
_LAST = re.compile(
    r"\b(?:in|at) the end\b|\b(?:final|last|resulting) value\b|\bends? up\b|\bafter all\b", re.I
)
"""What asks for the value that counts at last."""
_CONTRACTIONS = {"where's", "what's", "who's", "when's", "how's", "why's", "which's"}
_CONTRACTED = {"whats": "what is", "wheres": "where is", "whos": "who is", "where're": "where are"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a question."""

    kind: QuestionKind
    subject: Subject
    parameter: str = ""
    """The parameter whose default is asked for."""
    part: str = ""
    """The word for what is asked for of a class: `methods`, `fields`, what they `override`; of a
    value: LAST where it is set several times, one of RETURNS of a function; may be empty."""
    within: str = ""
    """The file or folder whose lines alone are asked for."""


def readings(question: str) -> Iterator[Reading]:
    """The ways to understand a question as one of an exact kind, the likeliest first."""
    words = _words(question)
    if not words or len(words) > MOST_WORDS:
        return
    seen: set[Reading] = set()
    is_last = _LAST.search(question) is not None
    for rest in _variants(words):
        for reading in chain(_readings(rest), _readings_within(rest)):
            if reading.kind == "value" and is_last and not reading.part:
                reading = replace(reading, part=LAST)
            if reading not in seen:
                seen.add(reading)
                yield reading


def may_be_exact(question: str) -> bool:
    """Whether a question has a form that code may answer."""
    return next(readings(question), None) is not None


def _readings(words: tuple[str, ...]) -> Iterator[Reading]:
    for kind, form in _forms():
        yield from _matches(kind, form, words)


def _readings_within(words: tuple[str, ...]) -> Iterator[Reading]:
    """The readings of a question that ends by naming a file: `where is X used in a/b.py`."""
    *rest, join, last = words if len(words) > 3 else ("", "", "")
    path = last.strip("`'\"")
    if join.lower() in ("in", "inside", "within", "from") and is_path(path):
        for reading in _readings(tuple(rest)):
            if not reading.subject.scope and not reading.subject.is_path:
                yield replace(reading, within=path)


# The words of a question


def _words(question: str) -> list[str]:
    """The words of a question, contractions written out, without the marks around them."""
    words: list[str] = []
    text = question.replace("’", "'").replace("‘", "'")
    for word in text.split():
        bare = word.rstrip("?!,;") or word
        bare = bare.rstrip(".:") or bare
        if bare.lower() in _CONTRACTIONS:
            words += [bare[: bare.index("'")], "is"]
        elif bare.lower() in _CONTRACTED:
            words += _CONTRACTED[bare.lower()].split()
        elif bare:
            words.append(bare)
    return words


def _variants(words: list[str]) -> Iterator[tuple[str, ...]]:
    """The words without openings and closings; then also without what only opens a noun."""
    rest = _without_fillers(_without_closings(_without(words, _OPENINGS)))
    yield tuple(rest)
    shorter = _without(rest, _NOUN_OPENINGS)
    if shorter and shorter != rest:
        yield tuple(shorter)


def _without(words: list[str], openings: tuple[list[str], ...]) -> list[str]:
    rest = words
    longest_first = sorted(openings, key=len, reverse=True)
    while True:
        lower = [word.lower() for word in rest[:6]]
        opening = next((item for item in longest_first if lower[: len(item)] == item), None)
        if opening is None or len(rest) - len(opening) < 2:
            return rest
        rest = rest[len(opening) :]


def _without_fillers(words: list[str]) -> list[str]:
    """The words without what may stand behind the first one and says nothing."""
    rest = words[1:]
    lower = [word.lower() for word in rest]
    for filler in _FILLERS:
        if lower[: len(filler)] == filler and len(rest) > len(filler) + 1:
            return words[:1] + rest[len(filler) :]
    return words


def _without_closings(words: list[str]) -> list[str]:
    rest = words
    while True:
        lower = [word.lower() for word in rest]
        closing = next(
            (
                item
                for item in _CLOSINGS
                if len(rest) > len(item) + 1 and lower[-len(item) :] == item
            ),
            None,
        )
        if closing is None:
            return rest
        rest = rest[: -len(closing)]


# Forms


@dataclass(frozen=True, slots=True)
class _Token:
    """One place of a form: a variable, or alternatives of words."""

    variable: str
    alternatives: tuple[tuple[str, ...], ...]
    is_optional: bool


@dataclass(frozen=True, slots=True)
class _Form:
    is_sure: bool
    tokens: tuple[_Token, ...]


@cache
def _forms() -> tuple[tuple[QuestionKind, _Form], ...]:
    forms: list[tuple[QuestionKind, _Form]] = []
    for kind, block in FORMS:
        joined = re.sub(r"\n {9,}", " ", re.sub(r"\|\s*\n\s*", "|", block))
        forms += [(kind, _form(line)) for line in joined.splitlines() if line.strip()]
    return tuple(forms)


def _form(line: str) -> _Form:
    text = line.strip()
    tokens = [_token(token) for token in text.removeprefix("!").split()]
    return _Form(text.startswith("!"), tuple(tokens))


def _token(text: str) -> _Token:
    is_optional = text.startswith("[")
    bare = text.strip("[]")
    if bare.startswith("{"):
        return _Token(bare.strip("{}"), (), is_optional)
    alternatives = bare.replace("PLACE", PLACES).split("|")
    return _Token("", tuple(tuple(item.split("_")) for item in alternatives), is_optional)


def _matches(kind: QuestionKind, form: _Form, words: tuple[str, ...]) -> Iterator[Reading]:
    lower = tuple(word.lower() for word in words)
    if not _may_begin(form, lower):
        return
    for spans in _bindings(form.tokens, lower, 0, 0):
        reading = _reading(kind, form, words, spans)
        if reading is not None:
            yield reading


def _may_begin(form: _Form, lower: tuple[str, ...]) -> bool:
    """Whether the first word fits the form at all."""
    for token in form.tokens:
        if token.variable or any(lower[: len(item)] == item for item in token.alternatives):
            return True
        if not token.is_optional:
            return False
    return False


Spans = Mapping[str, tuple[int, int]]
"""By variable, the words it stands for: the first and the one after the last."""


def _bindings(
    tokens: tuple[_Token, ...], words: tuple[str, ...], index: int, position: int
) -> Iterator[Spans]:
    """The ways to lay the tokens from `index` over the words from `position`."""
    if index == len(tokens):
        if position == len(words):
            yield {}
        return

    token = tokens[index]
    if token.variable:
        most = min(len(words), position + _MOST_SUBJECT_WORDS)
        for end in range(position + 1, most + 1):
            for rest in _bindings(tokens, words, index + 1, end):
                yield {**rest, token.variable: (position, end)}
    else:
        for alternative in token.alternatives:
            end = position + len(alternative)
            if words[position:end] == alternative:
                yield from _bindings(tokens, words, index + 1, end)
    if token.is_optional:
        yield from _bindings(tokens, words, index + 1, position)


def _reading(
    kind: QuestionKind, form: _Form, words: tuple[str, ...], spans: Spans
) -> Reading | None:
    begin, end = spans.get("x") or spans.get("f") or spans["c"]
    subject = parse_subject(words[begin:end], is_sure=form.is_sure)
    if subject is None:
        return None
    if "c" in spans and not _CONSTANT.fullmatch(subject.text):
        return None
    if "f" in spans:
        if not (subject.is_path or subject.thing in FILE_THINGS):
            return None
        subject = replace(subject, thing="file")
    parameter = ""
    if "p" in spans:
        begin, end = spans["p"]
        named = parse_subject(words[begin:end], is_sure=True)
        if named is None or named.scope or named.start:
            return None
        parameter = named.text
    parts = _PARTS.get(kind, ())
    part = next((word.lower() for word in words if word.lower() in parts), "")
    return Reading(kind, subject, parameter, part)
