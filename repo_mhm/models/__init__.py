"""Model files: which are known by name, where they are, how they are fetched and checked.

`manifest` reads the pinned list, `gguf` a model file's header, `library` finds, adds, lists and
verifies models, `sources` and `pull` fetch them, `records` remembers their hashes. Callers pass the
models directory. Knows nothing about configuration, engines or what a model is used for.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and the activity as a phrase for people."""


def silent(done: int, total: int, activity: str) -> None:
    """A Progress that shows nothing."""
