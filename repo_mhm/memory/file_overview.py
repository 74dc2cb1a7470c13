"""The record of what the overview knows of one file: its value, and what its authors say. Pure."""

from __future__ import annotations

from typing import NamedTuple


class FileOverview(NamedTuple):
    """What the last look at a file found. The store keeps it, so that an index need not look."""

    path: str
    factor: float
    """What its symbols are worth for lying in it."""
    worth: float
    """What its most valuable symbol is worth."""
    value: float
    """That of its chunks together, weighed by the file."""
    lead: str
    """Content id of its most valuable chunk."""
    head: int
    """That of the same chunk."""
    names: int
    """How many of its definitions are worth a line."""
    words: str
    """What its authors say it is for; may be empty."""
    main_words: str
    """What its authors say of the main class in it, for where the model says nothing of use."""
    directory_words: str
    """What it says its directory is for, as a README or the file of a package."""
