"""Sessions: the conversations kept with a repository's memory, listed, renamed, deleted and exported."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from repo_mhm.errors import UsageError
from repo_mhm.store import Store, StoredSession


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer and what `ask --json` says of it."""

    question: str
    answer: str
    result: dict[str, Any]


def new_name(now: float | None = None) -> str:
    """A name for a new session: the time it begins."""
    moment = datetime.fromtimestamp(time.time() if now is None else now)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def sessions(store: Store) -> list[StoredSession]:
    """Every conversation, the one that last went on first."""
    return store.sessions()


def exchanges(store: Store, session: str, limit: int = 20) -> list[Exchange]:
    """The last exchanges of a conversation, oldest first."""
    return [
        Exchange(turn.question, turn.answer, _result(turn.result))
        for turn in store.turns(session, limit)
    ]


def _result(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def rename(store: Store, old: str, new: str) -> None:
    """Give a conversation another name. Raises UsageError when the name is empty or taken."""
    new = " ".join(new.split())
    if not new:
        raise UsageError("a session needs a name", hint="Type one.")
    if not store.rename_session(old, new):
        raise UsageError(f"there is a session named {new!r} already", hint="Choose another name.")


def delete(store: Store, session: str) -> int:
    """Delete a conversation; returns how many exchanges went."""
    return store.delete_session(session)


def export(turns: Sequence[Exchange], title: str) -> str:
    """A conversation as Markdown, each answer with the places it cites."""
    parts = [f"# {title}\n"]
    for turn in turns:
        parts.append(f"## {turn.question}\n\n{turn.answer}\n")
        places = [
            f"- `{one['path']}:{one['start']}-{one['end']}`"
            for one in turn.result.get("citations", [])
        ]
        if places:
            parts.append("\n".join(places) + "\n")
    return "\n".join(parts)
