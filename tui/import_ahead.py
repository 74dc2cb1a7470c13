"""Imports away from the event loop what the first answer and the other views need.

Each import would block the loop, also one that another thread has begun.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from types import ModuleType

from tui.gc_policy import GcPolicy


def import_for_answers() -> None:
    """Import what shows the answers of a conversation."""
    import tui.markdown_view  # noqa: F401


def import_for_views() -> None:
    """Import what answers and the other views need, and exempt it from garbage collection."""
    import_for_answers()
    import humanize  # noqa: F401
    from pygments.lexers.python import PythonLexer

    import tui.map
    import tui.memory
    import tui.review
    import tui.suggestions  # noqa: F401

    list(PythonLexer().get_tokens("pass"))  # compiles its expressions
    GcPolicy.freeze()


async def imported(name: str) -> ModuleType:
    """Import a module; the event loop goes on."""
    return await asyncio.to_thread(import_module, name)
