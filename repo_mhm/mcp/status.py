"""The tool `status`: what of each repository was read, how stale that is, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repo_mhm.formatting import count, single_line
from repo_mhm.mcp.replies import Entry, Page, page

if TYPE_CHECKING:
    from repo_mhm.commands.open_memory import OpenedMemory
    from repo_mhm.commands.status import Status
    from repo_mhm.repositories import Repositories, Served

_MAX_TOKENS = 1500


def status(repositories: Repositories, name: str = "", *, cursor: str = "") -> Page:
    """The state of the repository of that name, of all where the name is empty."""
    entries: list[Entry] = []
    warnings = list(repositories.problems)
    for served in repositories.chosen(name):
        with served.repository.use() as memory:
            entries += _entries(served, memory)
            warnings.append(served.remark(memory.refreshed.warning))
    return page(entries, max_tokens=_MAX_TOKENS, cursor=cursor, remarks=warnings)


def _entries(served: Served, memory: OpenedMemory) -> Iterator[Entry]:
    from repo_mhm.commands.status import status as state_of
    from repo_mhm.commands.workspace import open_workspace

    state = state_of(memory.store, open_workspace(served.root))
    values = {"repo": served.name, **_values(state)}
    text = "\n".join(f"{name}: {single_line(str(value))}" for name, value in values.items())
    left_out = memory.store.left_out_files()
    yield Entry(f"{text}\nfiles left out: {len(left_out)}", values, "memory")

    for path, reason in left_out.items():
        value = {**served.names(), "path": path, "not_read": reason}
        location = single_line(f"{served.prefix}{path}")
        yield Entry(f"{location}  {single_line(reason)}", value, "not read")


def _values(state: Status) -> dict[str, object]:
    """What an agent may act on; the source itself was brought up to date before this call."""
    running = state.running
    return {
        "root": state.root,
        "commit": state.current_commit or "none",
        "source": count(state.chunks, "chunk") + ", up to date unless a warning says otherwise",
        "read by a model": f"{state.read} whole, {state.skimmed} by outline",
        "model": state.model or "none yet",
        "notes": state.notes,
        "chunks changed since the notes were made": state.stale_chunks,
        "index running": f"yes, process {running.process}" if running else "no",
    }
