"""The log: past questions with their answers, read, renamed and deleted by conversation."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from repo_mhm.commands.sessions import SavedTurn, rename, saved_turn, session_name
from repo_mhm.errors import UsageError
from repo_mhm.git import state_dir
from repo_mhm.store import Store, StoredTurn, find_store


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which turns to show."""

    path: Path = Path()
    """A folder in the repository."""
    session: str = ""
    """Only the turns of this conversation; of all where it is empty."""
    search: str = ""
    """Only turns whose question or answer holds each of these words."""
    limit: int = 0
    """The newest so many; all of them where it is 0."""


@dataclass(frozen=True, slots=True)
class LoggedTurns:
    """Turns, oldest first, and whether earlier ones were left out because of the limit."""

    turns: list[SavedTurn]
    has_more: bool


def read_log(request: LogRequest) -> LoggedTurns:
    """The turns that the request asks for; none where the repository has no memory yet.

    Raises UsageError for a conversation that does not exist, RepositoryError and StoreError.
    """
    if request.session:
        with _conversation(request.path, request.session) as (store, name):
            return _read(store, name, request)

    any_store = find_store(state_dir(request.path))
    if any_store is None:
        return LoggedTurns([], has_more=False)
    with any_store:
        return _read(any_store, None, request)


def _read(store: Store, session: str | None, request: LogRequest) -> LoggedTurns:
    words = request.search.casefold().split()
    matching = (turn for turn in store.newest_turns(session) if _holds(turn, words))
    # One more than is shown tells whether there are more.
    newest = list(islice(matching, request.limit + 1 if request.limit else None))
    has_more = 0 < request.limit < len(newest)
    shown = newest[: request.limit] if has_more else newest
    return LoggedTurns([saved_turn(turn) for turn in reversed(shown)], has_more)


def _holds(turn: StoredTurn, words: list[str]) -> bool:
    text = f"{turn.question}\n{turn.answer}".casefold()
    return all(word in text for word in words)


def rename_session(path: Path, session: str, new: str) -> str:
    """Rename a conversation; returns the name it has now. Raises what `read_log` raises."""
    with _conversation(path, session) as (store, name):
        rename(store, name, new)
    return session_name(new)


def delete_session(path: Path, session: str) -> int:
    """Delete a conversation; returns how many turns it had. Raises what `read_log` raises."""
    with _conversation(path, session) as (store, name):
        return store.delete_session(name)


@contextmanager
def _conversation(path: Path, session: str) -> Iterator[tuple[Store, str]]:
    """The memory of the repository around `path`, and the name of a conversation that it has."""
    name = session_name(session)
    store = find_store(state_dir(path))
    if store is None:
        raise _unknown(name, [])
    with store:
        names = [stored.name for stored in store.sessions()]
        if name not in names:
            raise _unknown(name, names)
        yield store, name


def _unknown(session: str, names: list[str]) -> UsageError:
    near = difflib.get_close_matches(session, names) or names[:3]
    hint = f"Conversations: {', '.join(near)}." if near else "None was kept yet: ask a question."
    return UsageError(f"there is no conversation named {session!r}", hint=hint)
