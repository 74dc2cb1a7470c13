"""Sessions: the conversations kept beside a repository's memory. Named, read, renamed, exported."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from repo_mhm.errors import UsageError
from repo_mhm.store import Store


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """A question with its answer; `result` is what `ask --json` printed of it."""

    question: str
    answer: str
    result: dict[str, Any]


def new_name(now: float | None = None) -> str:
    """A name for a new session: the local time at which it begins (`now` in epoch seconds)."""
    moment = datetime.fromtimestamp(time.time() if now is None else now)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def saved_turns(store: Store, session: str, limit: int = 20) -> list[SavedTurn]:
    """The last turns of a conversation, oldest first."""
    return [
        SavedTurn(turn.question, turn.answer, _parsed(turn.result))
        for turn in store.turns(session, limit)
    ]


def rename(store: Store, old: str, new: str) -> None:
    """Rename a conversation. Raises UsageError when the name is empty or another one has it."""
    new = " ".join(new.split())
    if not new:
        raise UsageError("a session needs a name", hint="Type one.")
    if not store.rename_session(old, new):
        raise UsageError(f"there is a session named {new!r} already", hint="Choose another name.")


def export(turns: Sequence[SavedTurn], title: str) -> str:
    """A conversation as Markdown, each answer with the locations it cites."""
    from repo_mhm.answer.citations import Citation

    parts = [f"# {title}\n"]
    for turn in turns:
        parts.append(f"## {turn.question}\n\n{turn.answer}\n")
        citations = map(Citation.from_json, turn.result.get("citations", []))
        items = [f"- `{citation.location}`" for citation in citations]
        if items:
            parts.append("\n".join(items) + "\n")
    return "\n".join(parts)


def _parsed(text: str) -> dict[str, Any]:
    """A result as it was stored; empty where it is no JSON object."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
