"""Model files: which are known by name, where they lie, how they are fetched and checked.

`manifest` reads the pinned list, `gguf` a model file's header, `library` finds, adds, lists and verifies models,
`sources` and `pull` fetch them. Knows nothing about configuration (callers pass the models directory), engines or
what a model is used for.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and what is being done (a phrase for people)."""


def silent(done: int, total: int, what: str) -> None:
    """A Progress that says nothing."""
