"""What the index does, and how much of the repository has been read, as text. No widgets here."""

from __future__ import annotations

from textual.content import Content

from repo_mhm.formatting import rough_duration
from tui.formatting import bar, share_label, spinner
from tui.index_progress import IndexState
from tui.safe_text import single_line


def progress_text(index: IndexState, width: int) -> Content:
    """Return what the index does, how much has been read, and the last path if there is one."""
    keys = "F5: pause" if index.running else "F5: read"
    share, label = shown_share(index)
    last_line = single_line(index.path or index.detail)
    track = bar(share, width)
    filled = track.count(bar(1, 1))
    return Content.assemble(
        (" · ".join(_progress_facts(index)), "bold"),
        (f" · {keys}\n", "dim"),
        (track[:filled], "$accent"),
        (track[filled:], "dim"),
        f" {label}",
        (f"\n{last_line}" if last_line else "", "dim"),
    )


def shown_share(index: IndexState) -> tuple[float, str]:
    """Return how long a bar is, and what it says: of files scanned, else of chunks read."""
    if index.phase in ("planning", "scanning"):
        return index.share, f"{share_label(index.share)} scanned"
    return index.share_read, read_label(index)


def read_label(index: IndexState) -> str:
    """Return the share of the chunks that has been read, in words."""
    # Rounding must not say of a repository that all of it has been read.
    is_nearly_all = 0.995 <= index.share_read < 1
    return "99% read" if is_nearly_all else f"{share_label(index.share_read)} read"


def _done_label(index: IndexState) -> str:
    if not index.chunks:
        return "Nothing to read"
    return "Read what adds most" if index.left else "All read"


def _progress_facts(index: IndexState) -> list[str]:
    labels = {
        "idle": "Not reading",
        "planning": "Scanning files",
        "scanning": "Scanning files",
        "indexing": "Reading",
        "saving": "Saving memory's state",
        "paused": "Paused",
        "done": _done_label(index),
        "failed": "Stopped",
    }
    label = labels[index.phase]
    facts = [f"{spinner(index.seconds)} {label}" if index.running else label]
    if index.phase == "indexing":
        facts.append(f"{index.tokens:,} of about {index.expected_tokens:,} tokens")
    if index.total:
        unit = "files" if index.phase in ("planning", "scanning") else "steps"
        facts.append(f"{index.done:,} of {index.total:,} {unit}")
    if index.tokens_per_second:
        facts.append(f"{index.tokens_per_second:,.0f} tokens/s")
    if index.phase == "indexing" and index.eta_seconds is not None:
        facts.append(f"about {rough_duration(index.eta_seconds)} to go")
    return facts
