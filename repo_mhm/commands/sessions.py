"""Sessions: the conversations kept beside a repository's memory. Named, read, renamed, exported."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from repo_mhm.errors import UsageError
from repo_mhm.store import Store, StoredTurn

if TYPE_CHECKING:
    from repo_mhm.answer.citations import Citation

_NAMED_BY = 60
"""Most characters of a question that name its session."""
LONGEST_NAME = 100
"""Characters of a session's name: a line of the list still has room for the question."""
_TIME_NAME = re.compile(r"\d{4}(?:-\d\d){2} \d\d(?::\d\d){2}(?: \(\d+\))?")
"""What `new_name` gives."""


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """A question with its answer; `result` is what `ask --json` printed of it."""

    id: int
    session: str
    at: float
    """When it was kept, in seconds since the epoch."""
    question: str
    answer: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CitedAnswer:
    """An answer with marks that number its citations, from 1."""

    text: str
    citations: tuple[Citation, ...]


def new_name(now: float | None = None, used_names: Container[str] = ()) -> str:
    """A name for a new session: the local time at which it begins (`now` in epoch seconds).

    Where a session has that name, a number follows: several may begin within a second.
    """
    moment = datetime.fromtimestamp(time.time() if now is None else now)
    return _numbered(moment.strftime("%Y-%m-%d %H:%M:%S"), used_names)


def name_of_question(question: str, used_names: Container[str] = ()) -> str:
    """A name for a session that begins with this question: its first line, cut where it is long.

    Where a session has that name, a number follows.
    """
    from repo_mhm.source.redaction import without_secrets

    return _numbered(_first_line(without_secrets(question)), used_names)


def title_of(name: str, first_question: str) -> str:
    """What a session is called where it is shown: by its question where nobody has named it.

    The question is as the store has it, without secrets.
    """
    is_unnamed = _TIME_NAME.fullmatch(name) is not None
    return (_first_line(first_question) or name) if is_unnamed else name


def _first_line(question: str) -> str:
    first_line = question.strip().partition("\n")[0]
    line = " ".join(first_line.encode("utf-8", "replace").decode().split())
    return line if len(line) <= _NAMED_BY else f"{line[: _NAMED_BY - 1].rstrip()}…"


def _numbered(name: str, used_names: Container[str]) -> str:
    """The name, followed by a number where a session has it."""
    number = 2
    numbered = name
    while numbered in used_names:
        numbered = f"{name} ({number})"
        number += 1
    return numbered


def saved_turns(store: Store, session: str, limit: int = 20) -> list[SavedTurn]:
    """The last turns of a conversation, oldest first."""
    return [saved_turn(turn) for turn in store.turns(session, limit)]


def saved_turn(turn: StoredTurn) -> SavedTurn:
    """A turn as the store has it, with its result as an object."""
    return SavedTurn(turn.id, turn.session, turn.at, turn.question, turn.answer, _parsed(turn))


def cited_answer(turn: SavedTurn) -> CitedAnswer:
    """A turn's answer with `[1]` after each sentence that cites, and `[?]` after unsupported ones.

    A list of locations stays as it is: each line says its location. So does the answer of another
    version whose result lacks the sentences.
    """
    from repo_mhm.answer.citations import Citation

    if turn.result.get("locations") and not turn.result.get("model"):
        return CitedAnswer(turn.answer, ())

    marked, end = "", 0
    numbers: dict[Citation, int] = {}
    for sentence in turn.result.get("sentences", ()):
        start = turn.answer.find(sentence["text"], end)
        if start < 0:
            continue
        citations = map(Citation.from_json, sentence["citations"])
        marks = "".join(f"[{numbers.setdefault(item, len(numbers) + 1)}]" for item in citations)
        if sentence["supported"] is False:
            marks += "[?]"

        previous, end = end, start + len(sentence["text"])
        marked += turn.answer[previous:end] + (f" {marks}" if marks else "")
    return CitedAnswer(marked + turn.answer[end:], tuple(numbers))


def session_name(text: str) -> str:
    """A session's name as it is kept: in one line, and without what SQLite cannot store.

    Raises UsageError when nothing is left, or more than LONGEST_NAME characters.
    """
    name = " ".join(text.encode("utf-8", "replace").decode().split())
    if not name:
        raise UsageError("a session needs a name", hint="Type one.")
    if len(name) > LONGEST_NAME:
        raise UsageError(
            f"a session's name has at most {LONGEST_NAME} characters", hint="Choose a shorter name."
        )
    return name


def rename(store: Store, old: str, new: str) -> None:
    """Rename a conversation. Raises UsageError when the name is no name or another one has it."""
    name = session_name(new)
    if not store.rename_session(old, name):
        raise UsageError(f"there is a session named {name!r} already", hint="Choose another name.")


def export(turns: Sequence[SavedTurn], title: str) -> str:
    """A conversation as Markdown, each answer with the locations it cites."""
    from repo_mhm.answer.citations import Citation

    parts = [f"# {title}\n"]
    for turn in turns:
        parts.append(f"## {turn.question}\n\n{turn.answer}\n")
        citations = map(Citation.from_json, turn.result.get("citations", []))
        items = [f"- `{citation.location.short}`" for citation in citations]
        if items:
            parts.append("\n".join(items) + "\n")
    return "\n".join(parts)


def _parsed(turn: StoredTurn) -> dict[str, Any]:
    """A turn's result; empty where it is no JSON object."""
    try:
        value = json.loads(turn.result)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
