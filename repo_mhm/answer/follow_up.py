"""What `it` means in a question that follows others up, and whether it follows any up. Pure.

Only a question that code answers exactly needs to know: "who calls it?" has an answer once the name
is known. The name is the only one in the newest earlier question that has any; where that question
has several, `it` may mean any of them, and nothing is guessed. The heading of the answer says the
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from repo_mhm.answer.question_kind import readings
from repo_mhm.retrieval.query import Query, parse_question

_PRONOUN = re.compile(
    r"(?<![\w`.])(?:(?:it|them)(?![\w`(]|\.\w)"
    r"|(?:this|that)(?=[?!.]*$| (?:function|method|class|type|constant|file|module)\b))",
    re.IGNORECASE,
)
"""`that` is one only at the end or before what it stands for: elsewhere it joins sentences."""

_REFERENCE = re.compile(
    r"\b(?:it|its|they|them|theirs?|these|those|there|else|instead|same|other|others|another|ones?"
    r"|more|further|again|details?|elaborate|examples?|above|previous|former|latter"
    r"|(?:this|that)(?=[\W]*$| (?:function|method|class|type|constant|file|module|case|way)\b))\b"
    r"|^\W*(?:and|but|so|or|then|also|ok|okay|what about|how about|what if)\b",
    re.IGNORECASE,
)
"""Words that lean on what was said before."""
_LEAST_TERMS = 2
"""A question with fewer words of its own leans on the one before: "why?", "and the tests?"."""


def refers_back(question: str, query: Query) -> bool:
    """Whether a question that names nothing means what the one before it was about.

    Of other languages than English it is not known, so they do.
    """
    return (
        query.is_foreign
        or len(query.terms) < _LEAST_TERMS
        or _REFERENCE.search(question) is not None
    )


def with_name(question: str, earlier_questions: Sequence[str]) -> str:
    """The question with the name that its pronoun stands for; as it is where that is not clear.

    Earlier questions are given oldest first.
    """
    if len(_PRONOUN.findall(question)) != 1:
        return question
    name = _last_name(reversed(earlier_questions))
    return _PRONOUN.sub(lambda _: f"`{name}`", question) if name else question


def _last_name(newest_first: Iterable[str]) -> str:
    """The only name in the first question that has any; empty where it has several."""
    for question in newest_first:
        names = _names(question)
        if names:
            return names[0] if len(names) == 1 else ""
    return ""


def _names(question: str) -> Sequence[str]:
    """The names and paths in a question; a plain word counts where its form says so."""
    query = parse_question(question)
    if query.names or query.paths:
        return [*query.names, *query.paths]
    reading = next(readings(question), None)
    return [reading.subject.text] if reading else []
