"""Imports in the background what the first answer needs: each import would block the event loop."""

from __future__ import annotations

from tui.gc_policy import GcPolicy


def import_ahead() -> None:
    """Import it, and exempt it from garbage collection."""
    import humanize  # noqa: F401
    from pygments.lexers.python import PythonLexer

    import tui.markdown_view
    import tui.suggestions  # noqa: F401

    list(PythonLexer().get_tokens("pass"))  # compiles its expressions
    GcPolicy.freeze()
